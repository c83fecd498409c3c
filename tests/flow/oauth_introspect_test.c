/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients and APIs are told of tokens, and how tokens are given up.
 */
#include "oauth_story.h"

#include "base/codec.h"
#include "oauth/client_change.h"
#include "token/revoke.h"

static struct answer refreshed(struct world *w, const char *token, const char *more)
{
    const char *form = text_printf(
        w->arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s%s", token, more);
    return oauth_post(w, "/oauth2/token", APP, NULL, form);
}

/* ---- introspection ---- */

static struct answer told(struct world *w, const char *client, const char *secret,
                          const char *token)
{
    return oauth_post(w, "/oauth2/introspect", client, secret,
                      text_printf(w->arena, "token=%s", token));
}

static void assert_inactive(struct answer a)
{
    assert_status(a, 200);
    assert_string_equal(a.body, "{\"active\":false}");
}

static void introspection_tells_who_may_know(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    const char *other = oauth_web(w);
    const char *api = oauth_client(
        w, "api", "{'grant_types':['client_credentials'],'audiences':['http://localhost:8080']}");
    const char *token = answer_text(&t, "access_token");
    struct answer a = told(w, "api", api, token);
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "active"), "true");
    assert_string_equal(answer_text(&a, "client_id"), APP);
    assert_string_equal(answer_text(&a, "scope"), "openid profile email");
    assert_string_equal(answer_text(&a, "token_type"), "Bearer");
    assert_string_equal(answer_text(&a, "aud"), "http://localhost:8080");
    assert_non_null(answer_text(&a, "exp"));
    assert_non_null(answer_text(&a, "jti"));
    assert_inactive(told(w, WEB, other, token));
    /* A refresh token is its own client's business. */
    assert_inactive(told(w, "api", api, answer_text(&t, "refresh_token")));
    assert_inactive(told(w, "api", api, "x"));
    assert_inactive(told(w, "api", api, answer_text(&t, "id_token")));
    world_pass(w, 901);
    assert_inactive(told(w, "api", api, token));
}

static struct answer told_as(struct world *w, const char *secret, const char *accept)
{
    const char *pair = text_printf(w->arena, "api:%s", secret);
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_POST,
                         .target = "/oauth2/introspect",
                         .form = "token=x",
                         .headers = {
                             { "authorization",
                               text_printf(w->arena, "Basic %s",
                                           base64_encode(w->arena, bytes_of(pair), true)) },
                             { "accept", accept } } };
    return client_send(&c, &sent);
}

/* RFC 9701 4: who asks for it gets it signed, and nobody else. */
static void who_asks_gets_the_answer_signed(void **state)
{
    static const struct {
        const char *accept;
        bool is_signed;
    } asked[] = {
        { "application/token-introspection+jwt", true },
        { "application/json;q=0.5, application/token-introspection+jwt", true },
        { "Application/Token-Introspection+JWT", true },
        { "*/*", false },
        { "application/*", false },
        { "application/json", false },
        { "application/json, application/token-introspection+jwt", false },
        { "application/token-introspection+jwt;q=0", false },
        { "application/jwt", false },
    };
    struct world *w = *state;
    const char *secret = oauth_client(w, "api", "{'grant_types':['client_credentials']}");
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct answer a = told_as(w, secret, asked[i].accept);
        assert_status(a, 200);
        bool is_signed =
            text_starts(answer_header(&a, "content-type"), "application/token-introspection+jwt");
        if (is_signed != asked[i].is_signed)
            fail_msg("%s: %s", asked[i].accept, answer_header(&a, "content-type"));
    }
}

static void a_client_is_told_of_its_refresh_token(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    const char *secret = oauth_web(w);
    static const char form[] =
        "grant_type=authorization_code&code=%s&redirect_uri=https%%3A%%2F%%2Fapp."
        "test%%2Fcb&code_verifier=" VERIFIER;
    struct answer t = oauth_post(w, "/oauth2/token", WEB, secret,
                                 text_printf(w->arena, form, oauth_code(&b, "client_id=web")));
    assert_status(t, 200);
    struct answer a = told(w, WEB, secret, answer_text(&t, "refresh_token"));
    assert_string_equal(answer_text(&a, "active"), "true");
    assert_string_equal(answer_text(&a, "token_type"), "refresh_token");
    assert_status(client_post(&b, "/auth/logout", "{}"), 204);
    assert_inactive(told(w, WEB, secret, answer_text(&t, "refresh_token")));
}

/* CD-12: a parameter comes once, here as elsewhere. */
static void a_token_is_named_once(void **state)
{
    struct world *w = *state;
    const char *secret = oauth_web(w);
    static const char *const paths[] = { "/oauth2/introspect", "/oauth2/revoke" };
    static const char *const twice[] = { "token=x&token=x",
                                         "token=x&token_type_hint=a&token_type_hint=a",
                                         "token=x&client_id=web&client_id=web", "" };
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < sizeof twice / sizeof twice[0]; k++)
            assert_oauth_error(oauth_post(w, paths[i], WEB, secret, twice[k]), 400,
                               "invalid_request");
    assert_oauth_error(oauth_post(w, "/oauth2/introspect?token=x", WEB, secret, "token=x"), 400,
                       "invalid_request");
}

/* RFC 7662 2.1: not for everybody. */
static void introspection_needs_a_secret(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    const char *form =
        text_printf(w->arena, "client_id=app&token=%s", answer_text(&t, "access_token"));
    assert_oauth_error(oauth_post(w, "/oauth2/introspect", APP, NULL, form), 401, "invalid_client");
}

/* ---- revocation ---- */

static struct answer given_up(struct world *w, const char *token)
{
    return oauth_post(w, "/oauth2/revoke", APP, NULL,
                      text_printf(w->arena, "client_id=app&token=%s", token));
}

static void a_revoked_refresh_token_takes_all_along(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    assert_status(given_up(w, answer_text(&t, "refresh_token")), 200);
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
    assert_oauth_error(refreshed(w, answer_text(&t, "refresh_token"), ""), 400, "invalid_grant");
    assert_status(given_up(w, answer_text(&t, "refresh_token")), 200);
}

/* RT-14: a wrong hint does not hide a token, and an unknown one is no error. */
static void a_revoked_access_token_goes_alone(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    assert_status(given_up(w, answer_text(&t, "access_token")), 200);
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
    assert_status(refreshed(w, answer_text(&t, "refresh_token"), ""), 200);
    assert_status(given_up(w, "what-is-this"), 200);
    t = refreshed(w, answer_text(&t, "refresh_token"), "");
    assert_status(given_up(w, text_printf(w->arena, "%s&token_type_hint=access_token",
                                          answer_text(&t, "refresh_token"))),
                  200);
    assert_oauth_error(refreshed(w, answer_text(&t, "refresh_token"), ""), 400, "invalid_grant");
}

/* RT-14: of another client nothing is revoked. */
static void only_ones_own_tokens_are_revoked(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    const char *secret = oauth_web(w);
    const char *const tokens[] = { answer_text(&t, "access_token"),
                                   answer_text(&t, "refresh_token") };
    for (size_t i = 0; i < 2; i++)
        assert_oauth_error(oauth_post(w, "/oauth2/revoke", WEB, secret,
                                      text_printf(w->arena, "token=%s", tokens[i])),
                           400, "invalid_grant");
    assert_status(refreshed(w, tokens[1], ""), 200);
    struct client c = story_bearer(w, tokens[0]);
    assert_status(client_get(&c, "/oauth2/userinfo"), 200);
}

/* CL-09, RT-05: what was granted to a client ends when it is disabled, and the client gets nowhere.
 */
static void a_disabled_client_gets_nowhere(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    world_pass(w, 1);
    struct ctx *ctx = world_ctx(w);
    story_does(w, client_switch(ctx, APP, CLIENT_DISABLED, NULL));
    /* What a job of each node does all the time. */
    story_does(w, revocations_read(ctx, ctx->revoked));
    assert_oauth_error(refreshed(w, answer_text(&t, "refresh_token"), ""), 401, "invalid_client");
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(introspection_tells_who_may_know),
        STORY(who_asks_gets_the_answer_signed),
        STORY(a_client_is_told_of_its_refresh_token),
        STORY(a_token_is_named_once),
        STORY(introspection_needs_a_secret),
        STORY(a_revoked_refresh_token_takes_all_along),
        STORY(a_revoked_access_token_goes_alone),
        STORY(only_ones_own_tokens_are_revoked),
        STORY(a_disabled_client_gets_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
