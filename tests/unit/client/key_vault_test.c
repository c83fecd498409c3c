/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key vault as it is called: the challenge, tokens, tries, refusals, secrets.  Of entra.md:
 *
 *   4.3  the first request has neither body nor token    a_secret_is_got_after_a_challenge
 *        the challenge is kept for the vault             the_same
 *        a later one that differs, and claims, once      another_challenge_is_followed_once, ...
 *   4.4  errors                                          a_refusal_says_what_it_is
 */
#include "key_vault_testing.h"

static const struct key_vault_plan plain = { .url = NULL };

static void a_secret_is_got_after_a_challenge(void **state)
{
    struct vault_world *v = vault_world(state, &plain);
    struct world *w = v->p.w;
    struct vault_secret secret;
    SCRIPT(w, { "GET /secrets/db" API, NULL, v->challenge, "{}" }, FIRST_TOKEN,
           { "GET /secrets/db" API, SHOWN, FINE, secret_body(v, "hunter2", NEW_VERSION) },
           { "GET /secrets/db/" OLD_VERSION API, SHOWN, FINE,
             secret_body(v, "line\\nline", OLD_VERSION) });
    assert_int_equal(key_vault_secret(&w->c, v->vault, "db", NULL, &secret).code, ERR_OK);
    assert_string_equal(secret.value, "hunter2");
    assert_string_equal(secret.is.version, NEW_VERSION);
    assert_true(secret.is.enabled);
    assert_int_equal(secret.is.expires_at, 1800000000);
    assert_int_equal(key_vault_secret(&w->c, v->vault, "db", OLD_VERSION, &secret).code, ERR_OK);
    assert_string_equal(secret.value, "line\nline");
    vault_done(v);
}

/* SR-02: the token of one place is never got for another. */
static void a_challenge_for_somebody_else_gets_no_token(void **state)
{
    static const char of_graph[] = "Bearer authorization=\"https://login.microsoftonline.com/t\", "
                                   "resource=\"https://graph.microsoft.com\"";
    static const char *const bad[] = {
        of_graph,
        "Bearer authorization=\"https://login.microsoftonline.com/t\"",
        "Bearer resource=\"http://localhost\"",
        "Bearer",
        "Negotiate",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct vault_world *v = vault_world(state, &(struct key_vault_plan){ .limit_ms = 200 });
        struct world *w = v->p.w;
        struct vault_secret secret;
        SCRIPT(w, { "GET /secrets/db" API, NULL, challenge_head(w, bad[i]), "{}" });
        assert_int_equal(key_vault_secret(&w->c, v->vault, "db", NULL, &secret).code, ERR_UPSTREAM);
        assert_non_null(strstr(w->c.fault.text, "challenge"));
        vault_done(v);
    }
}

static void another_challenge_is_followed_once(void **state)
{
    struct vault_world *v = vault_world(state, &plain);
    struct world *w = v->p.w;
    struct vault_secret secret;
    const char *moved = challenge_head(
        w, text_printf(w->arena,
                       "Bearer authorization=\"https://login.microsoftonline.com/other\", "
                       "resource=\"%s\"",
                       v->resource));
    SCRIPT(w, { "GET /secrets/db" API, NULL, v->challenge, "{}" }, FIRST_TOKEN,
           { "GET /secrets/db" API, SHOWN, moved, "{}" },
           { TOKEN_ASKED, NULL, FINE, "{\"access_token\":\"at-2\",\"expires_in\":86399}" },
           { "GET /secrets/db" API, "Bearer at-2\r\n", FINE, secret_body(v, "x", NEW_VERSION) },
           { "GET /secrets/db" API, "Bearer at-2\r\n", moved, "{}" });
    assert_int_equal(key_vault_secret(&w->c, v->vault, "db", NULL, &secret).code, ERR_OK);
    /* The same again is an answer, and no reason to ask again. */
    assert_int_equal(key_vault_secret(&w->c, v->vault, "db", NULL, &secret).code,
                     ERR_ACCESS_DENIED);
    vault_done(v);
}

static void claims_are_asked_for_once(void **state)
{
    struct vault_world *v = vault_world(state, &plain);
    struct world *w = v->p.w;
    struct vault_secret secret;
    const char *claims =
        challenge_head(w, "Bearer error=\"insufficient_claims\", claims=\"eyJhIjoxfQ==\"");
    SCRIPT(w, { "GET /secrets/db" API, NULL, v->challenge, "{}" }, FIRST_TOKEN,
           { "GET /secrets/db" API, SHOWN, claims, "{}" },
           { TOKEN_ASKED, NULL, FINE, "{\"access_token\":\"at-2\",\"expires_in\":86399}" },
           { "GET /secrets/db" API, "Bearer at-2\r\n", claims, "{}" });
    assert_int_equal(key_vault_secret(&w->c, v->vault, "db", NULL, &secret).code,
                     ERR_ACCESS_DENIED);
    vault_done(v);
}

static void a_busy_vault_is_asked_again_while_there_is_time(void **state)
{
    struct vault_world *v = vault_world(state, &plain);
    struct world *w = v->p.w;
    struct vault_secret secret;
    SCRIPT(w, { "GET /secrets/db" API, NULL, v->challenge, "{}" }, FIRST_TOKEN,
           { "GET /secrets/db" API, SHOWN, "429 x\r\nRetry-After: 2\r\n", "{}" },
           { "GET /secrets/db" API, SHOWN, "503 x\r\n", "" },
           { "GET /secrets/db" API, SHOWN, FINE, secret_body(v, "x", NEW_VERSION) });
    assert_int_equal(key_vault_secret(&w->c, v->vault, "db", NULL, &secret).code, ERR_OK);
    vault_done(v);
}

static void one_that_wants_more_time_than_there_is_is_left_alone(void **state)
{
    const struct key_vault_plan plan = { .breaker = "key vault kv1" };
    struct vault_world *v = vault_world(state, &plan);
    struct world *w = v->p.w;
    struct vault_secret secret;
    SCRIPT(w, { "GET /secrets/db" API, NULL, v->challenge, "{}" }, FIRST_TOKEN,
           { "GET /secrets/db" API, SHOWN, "429 x\r\nRetry-After: 90\r\n",
             "{\"error\":{\"code\":\"Throttled\",\"message\":\"later\"}}" });
    assert_int_equal(key_vault_secret(&w->c, v->vault, "db", NULL, &secret).code, ERR_UNAVAILABLE);
    assert_int_equal(w->c.fault.retry_after, 90);
    assert_non_null(strstr(w->c.fault.text, "Throttled"));
    /* And is not called meanwhile. */
    fault_clear(&w->c);
    assert_int_equal(key_vault_secret(&w->c, v->vault, "db", NULL, &secret).code, ERR_UNAVAILABLE);
    assert_int_equal(w->c.fault.retry_after, 90);
    vault_done(v);
}

static void a_refusal_says_what_it_is(void **state)
{
    static const struct {
        const char *head, *body;
        enum err_code code;
        const char *says;
    } rows[] = {
        { "403 x\r\n",
          "{\"error\":{\"code\":\"Forbidden\",\"message\":\"no\",\"innererror\":{\"code\":"
          "\"ForbiddenByRbac\"}}}",
          ERR_ACCESS_DENIED, "Forbidden (ForbiddenByRbac): no" },
        { "404 x\r\n", "{\"error\":{\"code\":\"SecretNotFound\"}}", ERR_NOT_FOUND,
          "SecretNotFound" },
        { "400 x\r\n", "{\"error\":{\"code\":\"BadParameter\"}}", ERR_INVALID_REQUEST,
          "BadParameter" },
        { "302 x\r\nLocation: http://localhost/\r\n", "", ERR_UPSTREAM, "302" },
        { "200 OK\r\n", "[]", ERR_UPSTREAM, "properly" },
        { "200 OK\r\n", "{\"value\":\"CANARY\"}", ERR_UPSTREAM, "properly" },
        { "200 OK\r\n", "{\"value\":\"CANARY\",\"id\":\"x/secrets/db/1\"}", ERR_UPSTREAM,
          "another version" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vault_world *v = vault_world(state, &plain);
        struct world *w = v->p.w;
        struct vault_secret secret;
        SCRIPT(w, { "GET /secrets/db" API, NULL, v->challenge, "{}" }, FIRST_TOKEN,
               { "GET /secrets/db" API, SHOWN, rows[i].head, rows[i].body });
        assert_int_equal(key_vault_secret(&w->c, v->vault, "db", NULL, &secret).code, rows[i].code);
        assert_non_null(strstr(w->c.fault.text, rows[i].says));
        assert_null(strstr(w->c.fault.text, "CANARY"));
        vault_done(v);
    }
}

static void names_are_checked_before_anybody_is_asked(void **state)
{
    struct vault_world *v = vault_world(state, &plain);
    struct world *w = v->p.w;
    struct vault_secret secret;
    static const char *const bad[] = { NULL, "", "a/b", "a?b", "..", "a%2f", "a b" };
    SCRIPT(w, { "never", NULL, FINE, "" });
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(key_vault_secret(&w->c, v->vault, bad[i], NULL, &secret).code,
                         ERR_INVALID_REQUEST);
    assert_int_equal(key_vault_secret(&w->c, v->vault, "db", "1", &secret).code,
                     ERR_INVALID_REQUEST);
    assert_int_equal(w->step, 0);
    key_vault_free(v->vault);
    azure_credential_free(v->p.credential);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_secret_is_got_after_a_challenge),
        WORLD_TEST(a_challenge_for_somebody_else_gets_no_token),
        WORLD_TEST(another_challenge_is_followed_once),
        WORLD_TEST(claims_are_asked_for_once),
        WORLD_TEST(a_busy_vault_is_asked_again_while_there_is_time),
        WORLD_TEST(one_that_wants_more_time_than_there_is_is_left_alone),
        WORLD_TEST(a_refusal_says_what_it_is),
        WORLD_TEST(names_are_checked_before_anybody_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
