/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose tokens are found (entra.md 3.1 to 3.3): of which tenant, under which name of it, at which
 * host, of which account.  9.2 "Tokens": alias hosts; tenant independent.  6.1 test_get_accounts;
 * 6.3 TestAcquireTokenSilentTenants.
 */
#include "entra_testing.h"

/* Of another tenant, stored there; the refresh token is shared. */
static void a_refresh_token_is_good_for_other_tenants(void **state)
{
    struct entra_world e = entra_world(state);
    const struct entra_asked there = { .scopes = entra_asked().scopes, .tenant_id = TENANT2 };
    entra_serve(&e, TENANT2, TENANT2);
    assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
    entra_signed_in(&e, HOUR);
    const char *body = entra_answer(&e, "at-guest", entra_id_token(&e, TENANT2, NULL), HOUR);
    SCRIPT(e.w, { "POST /" TENANT2 "/oauth2/v2.0/token ", "refresh_token=rt-1&", FINE, body });
    assert_int_equal(entra_quietly(&e, &there), ERR_OK);
    assert_int_equal(entra_quietly(&e, &there), ERR_OK);
    assert_true(e.result.from_cache);
    assert_string_equal(e.result.access_token, "at-guest");
    assert_int_equal(entra_quietly(&e, NULL), ERR_OK);
    assert_string_equal(e.result.access_token, "at-1");
    peer_script_done(e.w);
    /* Two tenants, one person (test_get_accounts). */
    struct entra_accounts accounts = { 0 };
    assert_int_equal(entra_accounts(&e.w->c, e.app, &accounts).code, ERR_OK);
    assert_int_equal(accounts.n, 1);
    assert_string_equal(accounts.at[0].tenant_id, TENANT);
    entra_app_free(e.app);
}

/* entra.md 3.3: a domain is a name of a tenant, whose tokens are kept under its id. */
static void a_tenant_that_is_named_is_known_by_its_id(void **state)
{
    struct entra_world e = entra_world(state);
    const struct entra_asked guest = { .scopes = entra_asked().scopes,
                                       .tenant_id = "fabrikam.example" };
    entra_serve(&e, "contoso.example", TENANT);
    entra_serve(&e, "fabrikam.example", TENANT2);
    assert_int_equal(entra_open(&e, "contoso.example", NULL), ERR_OK);
    entra_signed_in(&e, HOUR);
    assert_string_equal(e.result.tenant_id, TENANT);
    const char *kept = token_cache_write(&e.w->c, entra_app_cache(e.app));
    assert_non_null(strstr(kept, "\"realm\":\"" TENANT "\""));
    assert_null(strstr(kept, "\"realm\":\"contoso"));
    assert_int_equal(entra_quietly(&e, NULL), ERR_OK);
    assert_true(e.result.from_cache);
    /* Where they are a guest, what they have at home is not what was asked for. */
    const char *body = entra_answer(&e, "at-guest", entra_id_token(&e, TENANT2, NULL), HOUR);
    SCRIPT(e.w, { "POST /fabrikam.example/oauth2/v2.0/token ", "refresh_token=rt-1&", FINE, body });
    assert_int_equal(entra_quietly(&e, &guest), ERR_OK);
    assert_string_equal(e.result.access_token, "at-guest");
    assert_string_equal(e.result.tenant_id, TENANT2);
    assert_int_equal(entra_quietly(&e, &guest), ERR_OK);
    assert_true(e.result.from_cache);
    assert_string_equal(e.result.account.tenant_id, TENANT2);
    peer_script_done(e.w);
    entra_app_free(e.app);
}

/* What MSAL has kept of the application itself: Node.js by the name, Python by the id. */
static void tokens_of_the_application_are_found_by_name_and_by_id(void **state)
{
    static const char *const realms[] = { "contoso.example", TENANT };
    static const char *const scope[] = { "https://graph.microsoft.com/.default" };
    const struct entra_asked asked = { .scopes = { (const char **)(uintptr_t)scope, 1 } };
    const struct entra_options options = { .secret = "s" };
    struct entra_world e = entra_world(state);
    entra_serve(&e, "contoso.example", TENANT);
    for (size_t i = 0; i < sizeof realms / sizeof realms[0]; i++) {
        assert_int_equal(entra_open(&e, "contoso.example", &options), ERR_OK);
        const char *kept = text_printf(
            e.w->arena,
            "{\"AccessToken\":{\"k\":{\"home_account_id\":null,\"environment\":\"127.0.0.1\","
            "\"client_id\":\"" CLIENT "\",\"realm\":\"%s\",\"target\":\"%s\",\"secret\":\"at-own\","
            "\"token_type\":\"Bearer\",\"cached_at\":\"1\",\"expires_on\":\"4000000000\"}}}",
            realms[i], scope[0]);
        assert_int_equal(token_cache_read(&e.w->c, entra_app_cache(e.app), bytes_of(kept)).code,
                         ERR_OK);
        assert_int_equal(entra_client_credentials(&e.w->c, e.app, &asked, &e.result, &e.error).code,
                         ERR_OK);
        assert_string_equal(e.result.access_token, "at-own");
        entra_app_free(e.app);
    }
}

static void tokens_of_an_alias_are_found(void **state)
{
    struct entra_world e = entra_world(state);
    static const char kept[] =
        "{\"AccessToken\":{\"k\":{\"home_account_id\":\"" HOME
        "\",\"environment\":\"login.windows.net\",\"client_id\":\"" CLIENT "\",\"realm\":\"" TENANT
        "\",\"target\":\"User.Read\",\"secret\":\"at-old\",\"token_type\":\"Bearer\","
        "\"cached_at\":\"1795529000\",\"expires_on\":\"1795539000\"}},\"Account\":{\"a\":{"
        "\"home_account_id\":\"" HOME "\",\"environment\":\"sts.windows.net\",\"realm\":\"" TENANT
        "\",\"username\":\"bob\"}}}";
    const struct entra_options options = { .client_id = CLIENT,
                                           .authority =
                                               "https://login.microsoftonline.com/" TENANT };
    struct entra_accounts accounts = { 0 };
    assert_int_equal(entra_app_new(&e.w->c, &options, &e.app).code, ERR_OK);
    assert_int_equal(token_cache_read(&e.w->c, entra_app_cache(e.app), bytes_of(kept)).code,
                     ERR_OK);
    assert_int_equal(entra_accounts(&e.w->c, e.app, &accounts).code, ERR_OK);
    assert_int_equal(accounts.n, 1);
    assert_string_equal(accounts.at[0].username, "bob");
    assert_int_equal(entra_quietly(&e, NULL), ERR_OK);
    assert_string_equal(e.result.access_token, "at-old");
    entra_app_free(e.app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_refresh_token_is_good_for_other_tenants),
        WORLD_TEST(a_tenant_that_is_named_is_known_by_its_id),
        WORLD_TEST(tokens_of_the_application_are_found_by_name_and_by_id),
        WORLD_TEST(tokens_of_an_alias_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
