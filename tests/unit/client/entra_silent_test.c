/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of somebody who has signed in, without a page (entra.md 3.2, 3.3). Of 9.2 "Tokens":
 *
 *   silent first; subset scopes; 300 s leeway    what_is_kept_is_given_out, (token_cache_test.c)
 *   refresh_in; aging + outage; expired + outage five_states_of_a_token
 *   RT replace newest                            the_newest_refresh_token_is_used
 *   alias hosts, tenant independent              (entra_tenant_test.c)
 *   bad_token removes                            a_bad_token_is_forgotten_and_no_other
 *   account removed during refresh               who_signed_out_does_not_come_back
 *   single flight under 64 threads               for_one_token_there_is_one_refresh
 *   claims challenge: bypass AT, keep RT         a_challenge_passes_by_the_access_token
 *
 * 6.1 test_application; 6.2 SilentFlowClient.spec, RefreshTokenClient.spec; 6.3
 * TestRefreshInMultipleRequests.
 */
#include "entra_testing.h"

static void what_is_kept_is_given_out(void **state)
{
    struct entra_world e = entra_world(state);
    assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
    entra_signed_in(&e, HOUR);
    assert_false(e.result.from_cache);
    assert_string_equal(e.result.account.home_account_id, HOME);
    assert_string_equal(e.result.account.username, "alice@contoso.example");
    assert_int_equal(entra_quietly(&e, NULL), ERR_OK);
    assert_true(e.result.from_cache);
    assert_string_equal(e.result.access_token, "at-1");
    assert_string_equal(e.result.account.name, "Alice");
    assert_non_null(e.result.id_token);
    peer_script_done(e.w);
    entra_app_free(e.app);
}

/* Three results: a token, nothing, or what the server says. */
static void nothing_is_kept_of_others(void **state)
{
    struct entra_world e = entra_world(state);
    const struct entra_asked asked = entra_asked();
    const struct entra_asked none = { 0 };
    assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
    assert_int_equal(entra_quietly(&e, NULL), ERR_NOT_FOUND);
    assert_int_equal(entra_silent(&e.w->c, e.app, NULL, &asked, &e.result, &e.error).code,
                     ERR_INVALID_REQUEST);
    assert_int_equal(entra_quietly(&e, &none), ERR_INVALID_REQUEST);
    entra_signed_in(&e, HOUR);
    fault_clear(&e.w->c);
    assert_int_equal(entra_silent(&e.w->c, e.app, "b." TENANT, &asked, &e.result, &e.error).code,
                     ERR_NOT_FOUND);
    entra_app_free(e.app);
}

/* 3.4: the family of client ids is Microsoft's own; what is said of it is kept for MSAL. */
static void a_family_is_noted_for_others(void **state)
{
    static const char said[] = "\"family_id\":\"1\"";
    struct entra_world e = entra_world(state);
    assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
    entra_signed_in(&e, HOUR ",\"foci\":\"1\"");
    const char *text = token_cache_write(&e.w->c, entra_app_cache(e.app));
    /* Of the refresh token, and of the application. */
    const char *first = strstr(text, said);
    assert_non_null(first);
    assert_non_null(strstr(first + 1, said));
    entra_app_free(e.app);
}

/* 6.1: the five states of test_application's refresh_in tests. */
static void five_states_of_a_token(void **state)
{
    static const struct {
        int64_t later;
        const char *head;  /* NULL: nobody is asked */
        const char *token; /* NULL: it fails */
    } rows[] = {
        { 10, NULL, "at-1" },          /* fresh */
        { 2000, FINE, "at-2" },        /* aging, the server answers */
        { 2000, "500 x\r\n", "at-1" }, /* aging, it does not */
        { 3600 - 299, FINE, "at-2" },  /* about to end */
        { 3601, FINE, "at-2" },        /* ended */
        { 3601, "500 x\r\n", NULL },   /* ended, and it does not answer */
    };
    struct entra_world e = entra_world(state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
        e.w->c.now = NOW;
        entra_signed_in(&e, HOUR ",\"refresh_in\":1800");
        const char *body = entra_answer(&e, "at-2", NULL, HOUR);
        SCRIPT(e.w, { TOKEN, "refresh_token=rt-1", rows[i].head, body });
        if (rows[i].head == NULL)
            e.w->steps_n = 0;
        e.w->c.now = NOW + rows[i].later;
        enum err_code code = entra_quietly(&e, NULL);
        assert_int_equal(code == ERR_OK, rows[i].token != NULL);
        if (code == ERR_OK)
            assert_string_equal(e.result.access_token, rows[i].token);
        peer_script_done(e.w);
        entra_app_free(e.app);
    }
}

static void the_newest_refresh_token_is_used(void **state)
{
    struct entra_world e = entra_world(state);
    const struct entra_asked forced = { .scopes = entra_asked().scopes, .force = true };
    assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
    entra_signed_in(&e, HOUR);
    const char *second =
        entra_answer(&e, "at-2", NULL, ",\"expires_in\":3600,\"refresh_token\":\"rt-2\"");
    const char *third = entra_answer(&e, "at-3", NULL, ",\"expires_in\":3600");
    SCRIPT(e.w,
           { TOKEN,
             "grant_type=refresh_token&refresh_token=rt-1&scope=User.Read%20openid%20"
             "profile%20offline_access&client_info=1&",
             FINE, second },
           { TOKEN, "refresh_token=rt-2&", FINE, third },
           { TOKEN, "refresh_token=rt-2&", FINE, third });
    assert_int_equal(entra_quietly(&e, &forced), ERR_OK);
    assert_int_equal(entra_quietly(&e, &forced), ERR_OK);
    assert_int_equal(entra_quietly(&e, &forced), ERR_OK);
    assert_string_equal(e.result.access_token, "at-3");
    peer_script_done(e.w);
    entra_app_free(e.app);
}

/* Core 12.2. */
static void a_refresh_that_gives_somebody_else_is_refused(void **state)
{
    struct entra_world e = entra_world(state);
    const struct entra_asked forced = { .scopes = entra_asked().scopes, .force = true };
    assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
    entra_signed_in(&e, HOUR);
    const char *id = entra_id_token(&e, TENANT, NULL);
    const char *other = text_printf(
        e.w->arena,
        "{\"access_token\":\"CANARY\",\"expires_in\":60,\"id_token\":\"%s\","
        "\"client_info\":\"%s\"}",
        id, base64url_encode(e.w->arena, bytes_of("{\"uid\":\"b\",\"utid\":\"" TENANT "\"}")));
    const char *silent = text_printf(
        e.w->arena, "{\"access_token\":\"at-3\",\"expires_in\":600,\"id_token\":\"%s\"}", id);
    SCRIPT(e.w, { TOKEN, NULL, FINE, other }, { TOKEN, NULL, FINE, silent });
    assert_int_equal(entra_quietly(&e, &forced), ERR_INVALID_TOKEN);
    assert_null(strstr(token_cache_write(&e.w->c, entra_app_cache(e.app)), "CANARY"));
    /* Where it does not say whose they are, they are of whom it was asked for. */
    assert_int_equal(entra_quietly(&e, &forced), ERR_OK);
    assert_string_equal(e.result.account.home_account_id, HOME);
    struct entra_accounts accounts = { 0 };
    assert_int_equal(entra_accounts(&e.w->c, e.app, &accounts).code, ERR_OK);
    assert_int_equal(accounts.n, 1);
    entra_app_free(e.app);
}

static void a_bad_token_is_forgotten_and_no_other(void **state)
{
    static const struct {
        const char *body;
        enum err_code first, then;
    } rows[] = {
        { "{\"error\":\"invalid_grant\",\"suberror\":\"bad_token\"}", ERR_INTERACTION_REQUIRED,
          ERR_NOT_FOUND },
        { "{\"error\":\"invalid_grant\",\"suberror\":\"x\"}", ERR_INVALID_GRANT,
          ERR_INVALID_GRANT },
        { "{\"error\":\"interaction_required\",\"claims\":\"{}\"}", ERR_INTERACTION_REQUIRED,
          ERR_INTERACTION_REQUIRED },
    };
    struct entra_world e = entra_world(state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
        e.w->c.now = NOW;
        entra_signed_in(&e, HOUR);
        e.w->c.now = NOW + 4000;
        SCRIPT(e.w, { TOKEN, NULL, "400 x\r\n", rows[i].body });
        assert_int_equal(entra_quietly(&e, NULL), rows[i].first);
        /* The second time from memory, or not at all. */
        assert_int_equal(entra_quietly(&e, NULL), rows[i].then);
        peer_script_done(e.w);
        entra_app_free(e.app);
    }
}

static void an_account_that_is_removed_is_gone(void **state)
{
    struct entra_world e = entra_world(state);
    struct entra_accounts accounts = { 0 };
    assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
    entra_signed_in(&e, HOUR);
    assert_int_equal(entra_account_remove(&e.w->c, e.app, HOME).code, ERR_OK);
    assert_int_equal(entra_quietly(&e, NULL), ERR_NOT_FOUND);
    assert_int_equal(entra_accounts(&e.w->c, e.app, &accounts).code, ERR_OK);
    assert_int_equal(accounts.n, 0);
    const char *left = token_cache_write(&e.w->c, entra_app_cache(e.app));
    assert_null(strstr(left, OID));
    entra_app_free(e.app);
}

/* skip_account_creation: the account goes while its refresh is under way. */
struct leaving {
    struct entra_world *e;
};
static RESULT leave(struct ctx *c, void *arg, const char **out)
{
    struct leaving *l = arg;
    *out = "as.ser.tion";
    return l->e->app == NULL ? ok() : entra_account_remove(c, l->e->app, HOME);
}

static void who_signed_out_does_not_come_back(void **state)
{
    struct entra_world e = entra_world(state);
    struct leaving l = { &e };
    const struct entra_options options = { .assertion = leave, .assertion_arg = &l };
    assert_int_equal(entra_open(&e, TENANT, &options), ERR_OK);
    struct entra_app *app = e.app;
    const struct entra_asked asked = entra_asked();
    const char *first = entra_answer(&e, "at-1", entra_id_token(&e, TENANT, NULL), HOUR);
    e.w->c.now = NOW + 3500;
    const char *second = entra_answer(&e, "at-2", entra_id_token(&e, TENANT, NULL), HOUR);
    e.w->c.now = NOW;
    SCRIPT(e.w, { TOKEN, NULL, FINE, first }, { TOKEN, "refresh_token=rt-1&", FINE, second });
    assert_int_equal(entra_by_refresh_token(&e.w->c, app, "rt-0", &asked, &e.result, &e.error).code,
                     ERR_OK);
    e.w->c.now = NOW + 4000;
    assert_int_equal(entra_quietly(&e, NULL), ERR_OK);
    assert_string_equal(e.result.access_token, "at-2");
    assert_null(strstr(token_cache_write(&e.w->c, entra_app_cache(app)), OID));
    peer_script_done(e.w);
    entra_app_free(app);
}

static void a_challenge_passes_by_the_access_token(void **state)
{
    struct entra_world e = entra_world(state);
    const char *capability = "cp1";
    const struct entra_options options = { .capabilities = { &capability, 1 } };
    const struct entra_asked asked = {
        .scopes = entra_asked().scopes,
        .claims = "{\"access_token\":{\"nbf\":{\"essential\":true,\"value\":\"1700000000\"}}}",
    };
    assert_int_equal(entra_open(&e, TENANT, &options), ERR_OK);
    entra_signed_in(&e, HOUR);
    const char *body = entra_answer(&e, "at-2", NULL, HOUR);
    SCRIPT(e.w, { TOKEN, "claims=%7B%22access_token%22%3A%7B%22nbf%22", FINE, body });
    assert_int_equal(entra_quietly(&e, &asked), ERR_OK);
    assert_string_equal(e.result.access_token, "at-2");
    assert_non_null(strstr(peer_last(e.w), "%22xms_cc%22%3A%7B%22values%22%3A%5B%22cp1%22%5D"));
    assert_non_null(strstr(peer_last(e.w), "refresh_token=rt-1&"));
    peer_script_done(e.w);
    /* {} asks for nothing (ClientCredentialClient.spec, SilentFlowClient.spec); what is none, for
     * what nobody can give. */
    const struct entra_asked nothing = { .scopes = asked.scopes, .claims = "{}" };
    const struct entra_asked wrong = { .scopes = asked.scopes, .claims = "e30=" };
    assert_int_equal(entra_quietly(&e, &nothing), ERR_OK);
    assert_true(e.result.from_cache);
    assert_int_equal(entra_quietly(&e, &wrong), ERR_INVALID_REQUEST);
    entra_app_free(e.app);
}

struct asking {
    struct entra_world *e;
    enum err_code code;
};

static void *ask_in_thread(void *arg)
{
    struct asking *asking = arg;
    struct ctx c = asking->e->w->c;
    struct entra_result result;
    struct entra_error error;
    const struct entra_asked asked = entra_asked();
    c.arena = arena_new(ARENA_REQUEST_CEILING);
    asking->code = entra_silent(&c, asking->e->app, HOME, &asked, &result, &error).code;
    if (asking->code == ERR_OK)
        assert_string_equal(result.access_token, "at-2");
    arena_end(c.arena);
    return NULL;
}

static void for_one_token_there_is_one_refresh(void **state)
{
    enum { MANY = 64 };
    struct entra_world e = entra_world(state);
    pthread_t threads[MANY];
    struct asking asking[MANY];
    assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
    e.w->c.now = NOW;
    entra_signed_in(&e, HOUR);
    e.w->c.now = NOW + 4000;
    const char *body = entra_answer(&e, "at-2", NULL, HOUR);
    SCRIPT(e.w, { TOKEN, NULL, FINE, body });
    for (size_t i = 0; i < MANY; i++) {
        asking[i] = (struct asking){ &e, ERR_OK };
        assert_int_equal(pthread_create(&threads[i], NULL, ask_in_thread, &asking[i]), 0);
    }
    for (size_t i = 0; i < MANY; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(asking[i].code, ERR_OK);
    }
    peer_script_done(e.w);
    entra_app_free(e.app);
}

/* 6.3 TestFindDeclinedScopes: who grants less is told by the scope, and is asked again for the rest
 * and for nothing else. */
static void a_scope_that_was_declined_is_not_in_the_token(void **state)
{
    static const char *const names[] = { "User.Read", "Mail.Read" };
    struct entra_world e = entra_world(state);
    const struct entra_asked both = { .scopes = { (const char **)(uintptr_t)names, 2 } };
    assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
    entra_signed_in(&e, HOUR);
    const char *body = entra_answer(&e, "at-2", NULL, HOUR);
    SCRIPT(e.w, { TOKEN, "scope=User.Read%20Mail.Read%20openid", FINE, body },
           { TOKEN, "scope=User.Read%20Mail.Read%20openid", FINE, body });
    for (int i = 0; i < 2; i++) {
        assert_int_equal(entra_quietly(&e, &both), ERR_OK);
        assert_false(e.result.from_cache);
        assert_null(strstr(e.result.scope, "Mail.Read"));
        assert_int_equal(entra_quietly(&e, NULL), ERR_OK);
        assert_true(e.result.from_cache);
    }
    peer_script_done(e.w);
    entra_app_free(e.app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_is_kept_is_given_out),
        WORLD_TEST(nothing_is_kept_of_others),
        WORLD_TEST(a_family_is_noted_for_others),
        WORLD_TEST(five_states_of_a_token),
        WORLD_TEST(the_newest_refresh_token_is_used),
        WORLD_TEST(a_refresh_that_gives_somebody_else_is_refused),
        WORLD_TEST(a_bad_token_is_forgotten_and_no_other),
        WORLD_TEST(an_account_that_is_removed_is_gone),
        WORLD_TEST(who_signed_out_does_not_come_back),
        WORLD_TEST(a_challenge_passes_by_the_access_token),
        WORLD_TEST(a_scope_that_was_declined_is_not_in_the_token),
        WORLD_TEST(for_one_token_there_is_one_refresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
