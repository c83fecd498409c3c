/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applications at Entra ID: how they show who they are, and whom they ask.  Of entra.md:
 *
 *   7.3 1, 2, 4      an_application_has_tokens_of_its_own, ..._asks_at_a_tenant,
 * each_proof_is_shown 7.3 5, 6         somebody_signs_in_at_a_browser, what_comes_back_is_looked_at
 *   7.3 7; 9.2 OBO   tokens_on_behalf_of_somebody_are_theirs_alone
 *   7.3 11           metadata_of_a_foreign_issuer_are_refused
 *   6.1 test_token_cache: exact entries; test_authority: ..._wont_pass_instance_discovery
 *   6.2 ClientCredentialClient, ConfidentialClientApplication, OnBehalfOfClient; 6.3
 *       TestAuthorityValidation, TestHomeAccountID
 *
 * Browsers and devices are in entra_sign_in_test.c.
 */
#include "entra_testing.h"

static const struct entra_options secret = { .secret = "CANARY~.+&" };

static const char *const vault[] = { VAULT_SCOPE };
static struct entra_asked for_vault(void)
{
    return (struct entra_asked){ .scopes = { (const char **)(uintptr_t)vault, 1 } };
}

static enum err_code own(struct entra_world *e, const struct entra_asked *asked)
{
    const struct entra_asked plain = for_vault();
    fault_clear(&e->w->c);
    return entra_client_credentials(&e->w->c, e->app, asked == NULL ? &plain : asked, &e->result,
                                    &e->error)
        .code;
}

/* ---- the application itself ---- */

static void an_application_has_tokens_of_its_own(void **state)
{
    struct entra_world e = entra_world(state);
    assert_int_equal(entra_open(&e, TENANT, &secret), ERR_OK);
    SCRIPT(e.w,
           { TOKEN, "grant_type=client_credentials&scope=https%3A%2F%2Fvault.azure.net%2F.default&",
             FINE, "{\"access_token\":\"at-own\",\"token_type\":\"Bearer\",\"expires_in\":3599}" });
    assert_int_equal(own(&e, NULL), ERR_OK);
    assert_false(e.result.from_cache);
    assert_null(strstr(peer_last(e.w), "openid"));
    assert_non_null(strstr(peer_last(e.w), "x-ms-lib-capability=retry-after%2C%20h429&"));
    assert_non_null(strstr(peer_last(e.w), "client_secret=CANARY~.%2B%26"));
    assert_int_equal(own(&e, NULL), ERR_OK);
    assert_true(e.result.from_cache);
    assert_string_equal(e.result.access_token, "at-own");
    peer_script_done(e.w);
    /* test_token_cache: the entry as MSAL writes it. */
    const char *kept = token_cache_write(&e.w->c, entra_app_cache(e.app));
    assert_non_null(strstr(kept, "\"-127.0.0.1-accesstoken-" CLIENT "-" TENANT
                                 "-https://vault.azure.net/.default\""));
    entra_app_free(e.app);
}

/* test_common_authority: without a tenant nobody is asked. */
static void an_application_asks_at_a_tenant(void **state)
{
    struct entra_world e = entra_world(state);
    static const char *const open[] = { "common", "organizations", "consumers" };
    SCRIPT(e.w, { "never", NULL, FINE, "" });
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(entra_open(&e, open[i], &secret), ERR_OK);
        assert_int_equal(own(&e, NULL), ERR_INVALID_REQUEST);
        assert_non_null(strstr(e.w->c.fault.text, "AADSTS9001023"));
        entra_app_free(e.app);
    }
    assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
    assert_int_equal(own(&e, NULL), ERR_INVALID_REQUEST);
    assert_int_equal(peer_step(e.w), 0);
    entra_app_free(e.app);
}

static RESULT ready(struct ctx *c, void *arg, const char **out)
{
    (void)c;
    *out = arg;
    return ok();
}

static void each_proof_is_shown(void **state)
{
    struct entra_world e = entra_world(state);
    char assertion[] = "as.ser.tion";
    const struct entra_options federated = { .assertion = ready, .assertion_arg = assertion };
    const struct entra_options two = { .secret = "s", .assertion_file = "/x" };
    assert_int_equal(entra_open(&e, TENANT, &two), ERR_INVALID_REQUEST);
    SCRIPT(e.w, { TOKEN, "&client_assertion=as.ser.tion", FINE,
                  "{\"access_token\":\"at\",\"expires_in\":\"3599\"}" });
    assert_int_equal(entra_open(&e, TENANT, &federated), ERR_OK);
    assert_int_equal(own(&e, NULL), ERR_OK);
    assert_null(strstr(peer_last(e.w), "client_secret"));
    peer_script_done(e.w);
    entra_app_free(e.app);
}

/* ---- tenants and issuers ---- */

static void metadata_of_a_foreign_issuer_are_refused(void **state)
{
    struct entra_world e = entra_world(state);
    entra_serve(&e, TENANT2, "https://evil.example/t");
    assert_int_equal(entra_open(&e, TENANT2, &secret), ERR_OK);
    SCRIPT(e.w, { "never", NULL, FINE, "" });
    assert_int_equal(own(&e, NULL), ERR_FORBIDDEN);
    assert_non_null(strstr(e.w->c.fault.text, "foreign issuer"));
    assert_int_equal(peer_step(e.w), 0);
    entra_app_free(e.app);
}

/* test_unknown_host_wont_pass_instance_discovery; and who cannot be reached says nothing. */
static void a_host_that_nobody_knows_is_asked_for(void **state)
{
    struct entra_world e = entra_world(state);
    static const char at[] = "GET /common/discovery/instance?api-version=1.1&"
                             "authorization_endpoint=http%3A%2F%2F127.0.0.1%3A";
    static const char good[] = "{\"access_token\":\"at\",\"expires_in\":60}";
    struct entra_options options = secret;
    options.discovery = e.w->url;
    assert_int_equal(entra_open(&e, TENANT, &options), ERR_OK);
    SCRIPT(e.w,
           { at, NULL, "400 x\r\n", "{\"error\":\"invalid_instance\",\"error_codes\":[50049]}" });
    assert_int_equal(own(&e, NULL), ERR_FORBIDDEN);
    assert_non_null(strstr(e.w->c.fault.text, "AADSTS50049"));
    SCRIPT(e.w, { at, NULL, FINE, "{\"metadata\":[]}" }, { TOKEN, NULL, FINE, good },
           { TOKEN, NULL, FINE, good });
    assert_int_equal(own(&e, NULL), ERR_OK);
    assert_int_equal(own(&e, NULL), ERR_OK);
    peer_script_done(e.w);
    entra_app_free(e.app);
    options.discovery = "http://127.0.0.1:1";
    assert_int_equal(entra_open(&e, TENANT, &options), ERR_OK);
    SCRIPT(e.w, { TOKEN, NULL, FINE, good });
    assert_int_equal(own(&e, NULL), ERR_OK);
    entra_app_free(e.app);
}

static void a_tenant_of_a_call_is_one(void **state)
{
    struct entra_world e = entra_world(state);
    static const char *const bad[] = { "a/b", "../x", "a?b", "a#b", "", "a b", "a%2fb" };
    assert_int_equal(entra_open(&e, TENANT, &secret), ERR_OK);
    SCRIPT(e.w, { "never", NULL, FINE, "" });
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct entra_asked asked = for_vault();
        asked.tenant_id = bad[i];
        assert_int_equal(own(&e, &asked), ERR_INVALID_REQUEST);
    }
    assert_int_equal(peer_step(e.w), 0);
    entra_app_free(e.app);
}

/* ---- on behalf of somebody ---- */

static enum err_code behalf(struct entra_world *e, const char *assertion)
{
    const struct entra_asked asked = entra_asked();
    fault_clear(&e->w->c);
    return entra_on_behalf_of(&e->w->c, e->app, assertion, &asked, &e->result, &e->error).code;
}

static void tokens_on_behalf_of_somebody_are_theirs_alone(void **state)
{
    struct entra_world e = entra_world(state);
    assert_int_equal(entra_open(&e, TENANT, &secret), ERR_OK);
    const char *one = entra_answer(&e, "at-one", entra_id_token(&e, TENANT, NULL), HOUR);
    const char *two = entra_answer(&e, "at-two", NULL, HOUR);
    SCRIPT(e.w,
           { TOKEN,
             "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&"
             "requested_token_use=on_behalf_of&assertion=CANARY-1&",
             FINE, one },
           { TOKEN, "&assertion=CANARY-2&", FINE, two },
           { TOKEN, "&assertion=CANARY-3&", "400 x\r\n",
             "{\"error\":\"interaction_required\",\"suberror\":\"basic_action\",\"claims\":\"{}\","
             "\"error_codes\":[50076]}" });
    assert_int_equal(behalf(&e, "CANARY-1"), ERR_OK);
    assert_int_equal(behalf(&e, "CANARY-2"), ERR_OK);
    assert_string_equal(e.result.access_token, "at-two");
    assert_int_equal(behalf(&e, "CANARY-1"), ERR_OK);
    assert_true(e.result.from_cache);
    assert_string_equal(e.result.access_token, "at-one");
    assert_int_equal(behalf(&e, "CANARY-3"), ERR_INTERACTION_REQUIRED);
    assert_string_equal(e.error.claims, "{}");
    assert_null(strstr(e.w->c.fault.text, "CANARY"));
    peer_script_done(e.w);
    /* No account comes of it, and no refresh token; the assertion is kept as its hash. */
    struct entra_accounts accounts = { 0 };
    assert_int_equal(entra_accounts(&e.w->c, e.app, &accounts).code, ERR_OK);
    assert_int_equal(accounts.n, 0);
    const char *kept = token_cache_write(&e.w->c, entra_app_cache(e.app));
    assert_null(strstr(kept, "CANARY"));
    assert_null(strstr(kept, "rt-1"));
    assert_int_equal(entra_quietly(&e, NULL), ERR_NOT_FOUND);
    entra_app_free(e.app);
}

/* 9.2 OBO, TN: the tenant that is asked for is the one that is got. */
static void tokens_on_behalf_are_of_the_tenant_that_is_asked(void **state)
{
    struct entra_world e = entra_world(state);
    entra_serve(&e, TENANT2, TENANT2);
    assert_int_equal(entra_open(&e, TENANT, &secret), ERR_OK);
    const char *one = entra_answer(&e, "at-one", NULL, HOUR);
    const char *two = entra_answer(&e, "at-two", NULL, HOUR);
    SCRIPT(e.w, { TOKEN, "&assertion=CANARY-1&", FINE, one },
           { "POST /" TENANT2 "/oauth2/v2.0/token ", "&assertion=CANARY-1&", FINE, two });
    struct entra_asked asked = entra_asked();
    const char *const due[][2] = { { NULL, "at-one" },
                                   { TENANT2, "at-two" },
                                   { NULL, "at-one" },
                                   { TENANT, "at-one" },
                                   { TENANT2, "at-two" } };
    for (size_t i = 0; i < sizeof due / sizeof due[0]; i++) {
        asked.tenant_id = due[i][0];
        assert_int_equal(
            entra_on_behalf_of(&e.w->c, e.app, "CANARY-1", &asked, &e.result, &e.error).code,
            ERR_OK);
        assert_string_equal(e.result.access_token, due[i][1]);
    }
    peer_script_done(e.w);
    entra_app_free(e.app);
}

/* Whoever a token is of that says nothing of it: not the application. */
static void a_token_of_nobody_known_is_no_token_of_the_application(void **state)
{
    struct entra_world e = entra_world(state);
    assert_int_equal(entra_open(&e, TENANT, &secret), ERR_OK);
    const struct entra_asked asked = for_vault();
    SCRIPT(e.w,
           { TOKEN, "grant_type=refresh_token", FINE,
             "{\"token_type\":\"Bearer\",\"access_token\":\"at-user\",\"expires_in\":3600}" },
           { TOKEN, "grant_type=client_credentials", FINE,
             "{\"token_type\":\"Bearer\",\"access_token\":\"at-own\",\"expires_in\":3600}" });
    assert_int_equal(
        entra_by_refresh_token(&e.w->c, e.app, "rt-0", &asked, &e.result, &e.error).code, ERR_OK);
    assert_string_equal(e.result.access_token, "at-user");
    assert_int_equal(own(&e, NULL), ERR_OK);
    assert_string_equal(e.result.access_token, "at-own");
    assert_int_equal(own(&e, NULL), ERR_OK);
    assert_true(e.result.from_cache);
    peer_script_done(e.w);
    entra_app_free(e.app);
}

/* TestHomeAccountID. */
static void an_account_is_known_by_where_it_is_at_home(void **state)
{
    struct entra_world e = entra_world(state);
    static const struct {
        const char *info, *home;
    } rows[] = { { "{\"uid\":\"u\",\"utid\":\"t\"}", "u.t" },
                 { "{\"uid\":\"u\"}", "u.u" },
                 { "{\"utid\":\"t\"}", "pairwise" },
                 { "{}", "pairwise" },
                 { "not json", "pairwise" },
                 { "{\"uid\":1}", "pairwise" } };
    const struct entra_asked asked = entra_asked();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
        const char *body = text_printf(
            e.w->arena,
            "{\"access_token\":\"at\",\"expires_in\":60,\"id_token\":\"%s\","
            "\"client_info\":\"%s\"}",
            entra_id_token(&e, TENANT, NULL), base64url_encode(e.w->arena, bytes_of(rows[i].info)));
        SCRIPT(e.w, { TOKEN, NULL, FINE, body });
        assert_int_equal(
            entra_by_refresh_token(&e.w->c, e.app, "rt", &asked, &e.result, &e.error).code, ERR_OK);
        assert_string_equal(e.result.account.home_account_id, rows[i].home);
        entra_app_free(e.app);
    }
}

/* ADFS (entra.md 3.6; 6.1 test_by_default_adfs_should_skip_validation, test_token_cache of ADFS):
 * its own paths, one issuer, no client_info. */
static void serve_adfs(struct entra_world *e)
{
    const char *u = e->w->url;
    peer_says(e->w, "/adfs/.well-known/openid-configuration", FINE,
              text_printf(e->w->arena,
                          "{\"issuer\":\"%s/adfs\",\"authorization_endpoint\":\"%s/adfs/oauth2/"
                          "authorize/\",\"token_endpoint\":\"%s/adfs/oauth2/token/\",\"jwks_uri\":"
                          "\"%s/keys\",\"id_token_signing_alg_values_supported\":[\"RS256\"]}",
                          u, u, u, u));
}

static const char *adfs_answer(struct entra_world *e, const char *issuer)
{
    const char *token = NULL;
    const char *claims = text_printf(e->w->arena,
                                     "{\"iss\":\"%s\",\"aud\":\"" CLIENT
                                     "\",\"sub\":\"subject\",\"iat\":%lld,\"exp\":%lld,"
                                     "\"upn\":\"alice@corp.example\",\"tid\":\"" TENANT "\"}",
                                     issuer, (long long)e->w->c.now, (long long)e->w->c.now + 3600);
    assert_int_equal(jwt_sign(&e->w->c, e->key, "JWT", claims, &token).code, ERR_OK);
    return text_printf(e->w->arena,
                       "{\"token_type\":\"bearer\",\"access_token\":\"at\",\"expires_in\":3600,"
                       "\"refresh_token\":\"rt-1\",\"id_token\":\"%s\"}",
                       token);
}

static void federation_services_of_an_organization_are_an_authority(void **state)
{
    struct entra_world e = entra_world(state);
    const struct entra_asked asked = entra_asked();
    const char *own = text_printf(e.w->arena, "%s/adfs", e.w->url), *at = "POST /adfs/oauth2/token";
    serve_adfs(&e);
    /* Nobody is asked whether the host is known. */
    const struct entra_options nobody = { .discovery = "http://127.0.0.1:1" };
    assert_int_equal(entra_open(&e, "adfs", &nobody), ERR_OK);
    SCRIPT(e.w, { at, NULL, FINE, adfs_answer(&e, own) });
    assert_int_equal(entra_by_refresh_token(&e.w->c, e.app, "rt", &asked, &e.result, &e.error).code,
                     ERR_OK);
    assert_string_equal(e.result.account.home_account_id, "subject");
    assert_string_equal(e.result.account.local_account_id, "subject");
    assert_string_equal(e.result.account.username, "alice@corp.example");
    assert_string_equal(e.result.account.tenant_id, "adfs");
    const char *text = token_cache_write(&e.w->c, entra_app_cache(e.app));
    assert_non_null(strstr(text, "\"authority_type\":\"ADFS\""));
    assert_non_null(strstr(text, "\"subject-127.0.0.1-adfs\""));
    const char *const others[] = { "https://evil.example/adfs", e.w->url,
                                   text_printf(e.w->arena, "%s/" TENANT "/v2.0", e.w->url) };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        fault_clear(&e.w->c);
        SCRIPT(e.w, { at, NULL, FINE, adfs_answer(&e, others[i]) });
        assert_int_equal(
            entra_by_refresh_token(&e.w->c, e.app, "rt", &asked, &e.result, &e.error).code,
            ERR_INVALID_TOKEN);
    }
    entra_app_free(e.app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_application_has_tokens_of_its_own),
        WORLD_TEST(an_application_asks_at_a_tenant),
        WORLD_TEST(each_proof_is_shown),
        WORLD_TEST(metadata_of_a_foreign_issuer_are_refused),
        WORLD_TEST(a_host_that_nobody_knows_is_asked_for),
        WORLD_TEST(a_tenant_of_a_call_is_one),
        WORLD_TEST(tokens_on_behalf_of_somebody_are_theirs_alone),
        WORLD_TEST(tokens_on_behalf_are_of_the_tenant_that_is_asked),
        WORLD_TEST(a_token_of_nobody_known_is_no_token_of_the_application),
        WORLD_TEST(an_account_is_known_by_where_it_is_at_home),
        WORLD_TEST(federation_services_of_an_organization_are_an_authority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
