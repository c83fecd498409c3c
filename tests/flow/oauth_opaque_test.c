/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access tokens that say nothing themselves: whoever may know asks us.
 */
#include "proof_story.h"

#include "oauth/client_change.h"
#include "store/sweep.h"
#include "token/issue.h"

enum { LONG_UP = 300 /* seconds: the memory of proofs is older than any */ };

#define OPAQUE                                                                                     \
    "'access_token_format':'opaque','first_party':true,'redirect_uris':['" APP_CALLBACK "']"

/* The tokens of Ada for APP, which gets opaque ones. */
static struct answer tokens(struct world *w, struct client *browser)
{
    *browser = oauth_ada(w);
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none'," OPAQUE
                       ",'grant_types':['authorization_code','refresh_token']}");
    struct answer t = oauth_exchange(w, oauth_code(browser, ""), "");
    assert_status(t, 200);
    return t;
}

static struct answer asks(struct world *w, const char *id, const char *secret, const char *token)
{
    return oauth_post(w, "/oauth2/introspect", id, secret,
                      text_printf(w->arena, "token=%s", token));
}

/* C1: of the token itself only its hash is kept. */
static void an_opaque_token_says_nothing_and_is_stored_as_its_hash(void **state)
{
    struct world *w = *state;
    struct client b;
    struct answer t = tokens(w, &b);
    const char *token = answer_text(&t, "access_token");
    struct table rows;
    assert_true(text_starts(token, OPAQUE_PREFIX));
    assert_int_equal(strlen(token), OPAQUE_TOKEN_CHARS);
    assert_null(strchr(token, '.'));
    assert_non_null(answer_text(&t, "id_token"));
    static const char sql[] = "SELECT hash, claims FROM opaque_tokens";
    story_does(w, db_run(world_ctx(w), sql, NULL, 0, &rows));
    assert_int_equal(rows.rows, 1);
    assert_string_not_equal(table_text(&rows, 0, 0), token);
    assert_null(strstr(table_text(&rows, 0, 1), token));
}

static void it_opens_what_a_signed_one_would(void **state)
{
    struct world *w = *state;
    struct client b;
    struct answer t = tokens(w, &b);
    const char *token = answer_text(&t, "access_token");
    const char *wrong = text_printf(w->arena, "%.45sA%s", token, token + 46);
    struct client c = story_bearer(w, token);
    struct answer a = client_get(&c, "/oauth2/userinfo");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "email"), ADA);
    const char *bad[] = { text_equal(wrong, token) ? "uat_" : wrong, "uat_", "uat_x",
                          text_printf(w->arena, "%sA", token), token + 4 };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        c.token = bad[i];
        assert_status(client_get(&c, "/oauth2/userinfo"), 401);
    }
    c.token = token;
    world_pass(w, 15 * MINUTES);
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
}

/* RFC 7662 2.2: told like any other, to the same callers. */
static void who_may_know_is_told(void **state)
{
    struct world *w = *state;
    struct client b;
    struct answer t = tokens(w, &b);
    const char *token = answer_text(&t, "access_token");
    const char *api = oauth_client(w, "api",
                                   "{'grant_types':['client_credentials'],'scope':'a',"
                                   "'audiences':['http://localhost:8080']}");
    const char *other =
        oauth_client(w, "other", "{'grant_types':['client_credentials'],'scope':'a'}");
    struct answer a = asks(w, "api", api, token);
    assert_string_equal(answer_text(&a, "active"), "true");
    assert_string_equal(answer_text(&a, "client_id"), APP);
    assert_string_equal(answer_text(&a, "scope"), "openid profile email");
    assert_string_equal(answer_text(&a, "token_type"), "Bearer");
    a = asks(w, "other", other, token);
    assert_string_equal(answer_text(&a, "active"), "false");
}

static void it_is_revoked_like_any_other(void **state)
{
    struct world *w = *state;
    struct client b;
    struct answer t = tokens(w, &b);
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    const char *form =
        text_printf(w->arena, "client_id=" APP "&token=%s", answer_text(&t, "access_token"));
    assert_status(oauth_post(w, "/oauth2/revoke", APP, NULL, form), 200);
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
    form = text_printf(w->arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                       answer_text(&t, "refresh_token"));
    t = oauth_post(w, "/oauth2/token", APP, NULL, form);
    c.token = answer_text(&t, "access_token");
    assert_true(text_starts(c.token, OPAQUE_PREFIX));
    assert_status(client_get(&c, "/oauth2/userinfo"), 200);
    assert_status(client_post(&b, "/auth/logout", "{}"), 204);
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
}

/* DP-04: bound as signed ones are. */
static void it_is_bound_to_a_key(void **state)
{
    struct world *w = *state;
    struct client b;
    (void)tokens(w, &b);
    world_pass(w, LONG_UP);
    struct holder holder = holder_new(w);
    struct answer t = holder_token(&holder, exchange_form(w, oauth_code(&b, "")));
    assert_string_equal(answer_text(&t, "token_type"), "DPoP");
    const char *token = answer_text(&t, "access_token");
    assert_true(text_starts(token, OPAQUE_PREFIX));
    assert_status(holder_get(&holder, "/oauth2/userinfo", token), 200);
    struct client c = story_bearer(w, token);
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
    struct holder thief = holder_new(w);
    assert_status(holder_get(&thief, "/oauth2/userinfo", token), 401);
}

static void what_has_expired_is_swept(void **state)
{
    struct world *w = *state;
    struct client b;
    struct table rows;
    int64_t removed = 0;
    bool more = false;
    (void)tokens(w, &b);
    world_pass(w, 15 * MINUTES);
    story_does(w, sweep(world_ctx(w), &removed, &more));
    static const char sql[] = "SELECT hash FROM opaque_tokens";
    story_does(w, db_run(world_ctx(w), sql, NULL, 0, &rows));
    assert_int_equal(rows.rows, 0);
}

/* A service, and a word that is no format. */
static void a_client_gets_them_for_itself(void **state)
{
    struct world *w = *state;
    struct ctx *c = world_ctx(w);
    const char *secret = oauth_client(w, "job",
                                      "{'grant_types':['client_credentials'],'scope':'a',"
                                      "'access_token_format':'opaque'}");
    struct answer t =
        oauth_post(w, "/oauth2/token", "job", secret, "grant_type=client_credentials");
    struct answer a = asks(w, "job", secret, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&a, "sub"), "job");
    struct client_metadata read;
    err done = client_metadata_read(c, bytes_of(story_json(w, "{" OPAQUE "}")), &read);
    story_does(w, done);
    done = client_metadata_read(
        c,
        bytes_of(story_json(w, "{'access_token_format':'x','redirect_uris':['https://a.test']}")),
        &read);
    assert_int_equal(done.code, ERR_INVALID_CLIENT_METADATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(an_opaque_token_says_nothing_and_is_stored_as_its_hash),
        STORY(it_opens_what_a_signed_one_would),
        STORY(who_may_know_is_told),
        STORY(it_is_revoked_like_any_other),
        STORY(it_is_bound_to_a_key),
        STORY(what_has_expired_is_swept),
        STORY(a_client_gets_them_for_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
