/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairwise subjects (OpenID Connect Core 1.0 8): applications of different sectors know the same
 * user by different names.
 */
#include "exchange_story.h"

#include "oauth/client_change.h"

#define PAIRWISE                                                                                   \
    "'token_endpoint_auth_method':'none','first_party':true,'subject_type':'pairwise',"            \
    "'grant_types':['authorization_code','refresh_token']"

static void pairwise_app(struct world *w, const char *id, const char *uri, const char *more)
{
    (void)oauth_client(w, id,
                       text_printf(w->arena, "{" PAIRWISE ",'redirect_uris':['%s']%s}", uri, more));
}

/* The tokens that `id` gets for who is signed in. */
static struct answer tokens_of(struct client *browser, const char *id, const char *uri)
{
    struct world *w = browser->w;
    const char *form = text_printf(w->arena, "client_id=%s&redirect_uri=%s", id, uri);
    struct answer t = oauth_exchange(w, oauth_code(browser, form), form);
    assert_status(t, 200);
    return t;
}

static const char *sub_of(struct world *w, const struct answer *tokens)
{
    struct answer claims = story_claims(w, answer_text(tokens, "id_token"));
    return answer_text(&claims, "sub");
}

/* 8.1: another for another sector, the same for the same, and for ever. */
static void each_sector_knows_the_user_by_another_name(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    pairwise_app(w, APP, APP_CALLBACK, "");
    pairwise_app(w, "sister", "https://APP.test/other", "");
    pairwise_app(w, "stranger", "https://stranger.test/cb", "");
    (void)oauth_client(w, "known",
                       "{'token_endpoint_auth_method':'none','first_party':true,"
                       "'redirect_uris':['https://app.test/known']}");
    struct answer own = tokens_of(&b, APP, APP_CALLBACK);
    struct answer sister = tokens_of(&b, "sister", "https://APP.test/other");
    struct answer stranger = tokens_of(&b, "stranger", "https://stranger.test/cb");
    struct answer known = tokens_of(&b, "known", "https://app.test/known");
    const char *sub = sub_of(w, &own);
    assert_int_equal(strlen(sub), 43);
    assert_string_equal(sub_of(w, &sister), sub);
    assert_string_not_equal(sub_of(w, &stranger), sub);
    assert_string_not_equal(sub_of(w, &known), sub);
    assert_int_equal(strlen(sub_of(w, &known)), 36);
    own = tokens_of(&b, APP, APP_CALLBACK);
    assert_string_equal(sub_of(w, &own), sub);
}

/* OpenID Connect Core 5.3.2: everywhere the same; and nothing else tells the id. */
static void the_application_sees_one_name_everywhere(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    struct answer me = client_get(&b, "/auth/me");
    const char *id = answer_text(&me, "id");
    pairwise_app(w, APP, APP_CALLBACK, "");
    struct answer t = tokens_of(&b, APP, APP_CALLBACK);
    const char *sub = sub_of(w, &t);
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    struct answer a = client_get(&c, "/oauth2/userinfo");
    assert_string_equal(answer_text(&a, "sub"), sub);
    assert_null(strstr(a.body, id));
    assert_true(text_starts(answer_text(&t, "access_token"), "uat_"));
    struct answer claims = story_claims(w, answer_text(&t, "id_token"));
    assert_null(strstr(claims.body, id));
    t = oauth_post(w, "/oauth2/token", APP, NULL,
                   text_printf(w->arena,
                               "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                               answer_text(&t, "refresh_token")));
    assert_string_equal(sub_of(w, &t), sub);
}

/* RFC 7662 2.2: whoever asks is told the name that it knows. */
static void introspection_tells_the_name_that_the_caller_knows(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    struct answer me = client_get(&b, "/auth/me");
    const char *secret = oauth_client(w, WEB,
                                      "{'subject_type':'pairwise','first_party':true,"
                                      "'redirect_uris':['" APP_CALLBACK "'],"
                                      "'grant_types':['authorization_code','refresh_token']}");
    const char *api = oauth_client(w, "api",
                                   "{'grant_types':['client_credentials'],'scope':'a',"
                                   "'audiences':['http://localhost:8080']}");
    const char *form = text_printf(w->arena,
                                   "grant_type=authorization_code&code=%s&redirect_uri="
                                   "https%%3A%%2F%%2Fapp.test%%2Fcb&code_verifier=" VERIFIER,
                                   oauth_code(&b, "client_id=web"));
    struct answer t = oauth_post(w, "/oauth2/token", WEB, secret, form);
    assert_status(t, 200);
    const char *sub = sub_of(w, &t);
    const char *names[] = { "access_token", "refresh_token" };
    for (size_t i = 0; i < 2; i++) {
        form = text_printf(w->arena, "token=%s", answer_text(&t, names[i]));
        struct answer told = oauth_post(w, "/oauth2/introspect", WEB, secret, form);
        assert_string_equal(answer_text(&told, "sub"), sub);
    }
    form = text_printf(w->arena, "token=%s", answer_text(&t, "access_token"));
    struct answer told = oauth_post(w, "/oauth2/introspect", "api", api, form);
    assert_string_equal(answer_text(&told, "sub"), answer_text(&me, "id"));
}

/* OpenID Connect Core 3.1.2.1: a hint, and a claim asked for by value, are by that name. */
static void a_hint_names_the_user_as_the_application_knows_them(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    pairwise_app(w, APP, APP_CALLBACK, "");
    struct answer t = tokens_of(&b, APP, APP_CALLBACK);
    const char *hint =
        text_printf(w->arena, "prompt=none&id_token_hint=%s", answer_text(&t, "id_token"));
    assert_non_null(oauth_code(&b, hint));
    const char *asked = text_printf(w->arena,
                                    "prompt=none&claims=%%7B%%22id_token%%22%%3A%%7B%%22sub%%22%%"
                                    "3A%%7B%%22value%%22%%3A%%22%s%%22%%7D%%7D%%7D",
                                    sub_of(w, &t));
    assert_non_null(oauth_code(&b, asked));
    (void)story_person(w, EVE);
    struct client other = story_browser(w, EVE, "session");
    assert_redirected_error(oauth_authorize(&other, hint), APP_CALLBACK, "login_required");
}

/* The export of a user says who they are to each application. */
static void an_export_maps_back(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    pairwise_app(w, APP, APP_CALLBACK, "");
    struct answer t = tokens_of(&b, APP, APP_CALLBACK);
    struct answer e = client_get(&b, "/auth/me/export");
    assert_status(e, 200);
    assert_true(answer_holds(&e, sub_of(w, &t)));
}

/* RFC 8693: an exchange does not tell what the tokens of the client do not. */
static void an_exchange_gives_opaque_tokens(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK ",'subject_type':'pairwise',"
                                             "'sector_identifier_uri':'https://orders.test/s'");
    const char *token = shown(w);
    struct answer t = exchanges(w, secret, token, "");
    assert_status(t, 200);
    assert_true(text_starts(answer_text(&t, "access_token"), "uat_"));
    assert_no_exchange(exchanges(w, secret, token, "requested_token_type=" TYPE "jwt"));
}

/* OpenID Connect Core 8.1, Registration 2. */
static void a_registration_has_one_sector(void **state)
{
    struct world *w = *state;
    struct ctx *c = world_ctx(w);
    struct client_metadata read;
    static const struct {
        const char *uris, *more;
        bool good;
    } cases[] = {
        { "'https://a.test/1','https://a.test/2'", "", true },
        { "'https://a.test/1','https://b.test/2'", "", false },
        { "'https://a.test/1','https://b.test/2'",
          ",'sector_identifier_uri':'https://a.test/sector.json'", true },
        { "'https://a.test/1'", ",'sector_identifier_uri':'http://a.test/sector.json'", false },
        { "'https://a.test/1'", ",'sector_identifier_uri':'https://10.0.0.1/sector.json'", false },
        { "'http://127.0.0.1/cb'", "", false },
        { "'com.example.app:/cb'", "", false },
        { "'https://a.test/1'", ",'access_token_format':'opaque'", true },
        { "'https://a.test/1'", ",'access_token_format':'jwt'", false },
        { "'https://a.test/1'", ",'subject_type':'pairwise'", false }, /* twice */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *json = text_printf(w->arena, "{" PAIRWISE ",'redirect_uris':[%s]%s}",
                                       cases[i].uris, cases[i].more);
        err done = client_metadata_read(c, bytes_of(story_json(w, "%s", json)), &read);
        if ((done.code == ERR_OK) != cases[i].good)
            fail_msg("%s", json);
        fault_clear(c);
    }
}

/* Back-Channel Logout 1.0 2.4 is told in tests/wire/pairwise.test.mjs. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(each_sector_knows_the_user_by_another_name),
        STORY(the_application_sees_one_name_everywhere),
        STORY(introspection_tells_the_name_that_the_caller_knows),
        STORY(a_hint_names_the_user_as_the_application_knows_them),
        STORY(an_export_maps_back),
        STORY(an_exchange_gives_opaque_tokens),
        STORY(a_registration_has_one_sector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
