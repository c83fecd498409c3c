/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Managed identities: which place is asked, how, and what is made of its answers.  Of entra.md:
 *
 *   9.2 detection table incl. conflicts      the_first_place_that_is_here_is_asked
 *       invalid endpoint URL                 an_endpoint_that_is_no_url_is_named
 *       UAMI parameter per source            each_place_has_its_names_for_identities
 *       two ids refused                      an_identity_is_chosen_in_one_way
 *       IMDS schedule with 410               a_busy_metadata_service_is_asked_again, ..._gone_...
 *       no proxy, no redirect                no_proxy_is_used_and_no_redirect_followed
 *       expires_on forms, both missing       token_expiry_test.c; a_token_without_an_end_is_none
 *   6.1 test_mi, 6.2 *.spec, 6.4 test_imds_credential, test_managed_identity
 *
 * Arc is in azure_arc_test.c, the chain in azure_chain_test.c, Service Fabric's certificate in
 * tests/wire/azure.test.mjs.
 */
#include "azure_testing.h"

#include "base/time.h"

/* ---- which one ---- */

struct row {
    const char *variables[8]; /* name, value, ... */
    const char *target, *has, *answer;
};

static void the_first_place_that_is_here_is_asked(void **state)
{
    struct world *w = *state;
    static const struct row rows[] = {
        { { "IDENTITY_ENDPOINT", "URL/msi", "IDENTITY_HEADER", "CANARY-h" },
          "GET /msi?api-version=2019-08-01&" RESOURCE " ",
          "X-IDENTITY-HEADER: CANARY-h\r\n",
          HOUR_TOKEN },
        { { "IDENTITY_ENDPOINT", "URL/msi", "IDENTITY_HEADER", "h", "IMDS_ENDPOINT", "URL/x" },
          "GET /msi?api-version=2019-08-01&" RESOURCE " ",
          "X-IDENTITY-HEADER: h\r\n",
          HOUR_TOKEN },
        { { "MSI_ENDPOINT", "URL/ml", "MSI_SECRET", "CANARY-s" },
          "GET /ml?api-version=2017-09-01&" RESOURCE " ",
          "secret: CANARY-s\r\n",
          HOUR_TOKEN },
        { { "MSI_ENDPOINT", "URL/ml", "MSI_SECRET", "s", "DEFAULT_IDENTITY_CLIENT_ID", "d-1" },
          "GET /ml?api-version=2017-09-01&" RESOURCE "&clientid=d-1 ",
          "secret: s\r\n",
          HOUR_TOKEN },
        { { "MSI_ENDPOINT", "URL/shell" }, "POST /shell ", "Metadata: true\r\n", HOUR_TOKEN },
        { { "MSI_ENDPOINT", "URL/shell", "IMDS_ENDPOINT", "URL/x" },
          "POST /shell ",
          "\r\n\r\n" RESOURCE,
          HOUR_TOKEN },
        { { "IDENTITY_HEADER", "h" }, IMDS " ", "Metadata: true\r\n", HOUR_TOKEN },
        { { "IDENTITY_ENDPOINT", "URL/x" }, IMDS " ", NULL, HOUR_TOKEN },
        { { NULL }, IMDS " ", NULL, HOUR_TOKEN },
        { { "AZURE_POD_IDENTITY_AUTHORITY_HOST", "URL/" }, IMDS " ", NULL, HOUR_TOKEN },
        { { "AZURE_CLIENT_ID", "c-1" }, IMDS "&client_id=c-1 ", NULL, HOUR_TOKEN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct azure_place p = azure_place(state);
        struct azure_token token = { 0 };
        for (size_t k = 0; k < 8 && rows[i].variables[k] != NULL; k += 2)
            azure_set(&p, rows[i].variables[k], rows[i].variables[k + 1]);
        SCRIPT(w, { rows[i].target, rows[i].has, FINE, rows[i].answer });
        assert_int_equal(azure_once(&p, &managed_only, &token), ERR_OK);
        peer_script_done(w);
        assert_string_equal(token.token, "at-hour");
        assert_int_equal(token.expires_on, 1795532767);
        assert_string_equal(token.source, "managed-identity");
    }
}

static void an_endpoint_that_is_no_url_is_named(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *name, *value, *with;
    } rows[] = {
        { "IDENTITY_ENDPOINT", "not a url", "IDENTITY_HEADER" },
        { "IDENTITY_ENDPOINT", "ftp://127.0.0.1/x", "IDENTITY_HEADER" },
        { "IDENTITY_ENDPOINT", "//127.0.0.1/x", "IDENTITY_HEADER" },
        { "IDENTITY_ENDPOINT", "http://user@127.0.0.1/x", "IDENTITY_HEADER" },
        { "IDENTITY_ENDPOINT", ":::", "IMDS_ENDPOINT" },
        { "MSI_ENDPOINT", "x", "MSI_SECRET" },
        { "MSI_ENDPOINT", "x", "X" },
        { "IDENTITY_HEADER", "a\r\nb", "IDENTITY_ENDPOINT" },
    };
    SCRIPT(w, { "never", NULL, FINE, "" });
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct azure_place p = azure_place(state);
        struct azure_token token = { 0 };
        azure_set(&p, rows[i].name, rows[i].value);
        azure_set(&p, rows[i].with, "URL");
        assert_int_equal(azure_once(&p, &managed_only, &token), ERR_INVALID_REQUEST);
        assert_non_null(strstr(w->c.fault.text, rows[i].name));
    }
    assert_int_equal(peer_step(w), 0);
}

/* ---- identities ---- */

static void each_place_has_its_names_for_identities(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *endpoint, *with;                     /* variables */
        const char *by_client, *by_object, *by_resource; /* NULL: refused */
    } rows[] = {
        { "X", "X", "&client_id=1 ", "&object_id=1 ", "&msi_res_id=1 " },
        { "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "&client_id=1 ", "&object_id=1 ",
          "&mi_res_id=1 " },
        { "MSI_ENDPOINT", "MSI_SECRET", "&clientid=1 ", NULL, NULL },
        { "MSI_ENDPOINT", "X", NULL, NULL, NULL },
    };
    for (size_t i = 0; i < 3 * (sizeof rows / sizeof rows[0]); i++) {
        struct azure_place p = azure_place(state);
        struct azure_token token = { 0 };
        const char *due[] = { rows[i / 3].by_client, rows[i / 3].by_object,
                              rows[i / 3].by_resource };
        struct azure_options options = managed_only;
        *(i % 3 == 0   ? &options.client_id
          : i % 3 == 1 ? &options.object_id
                       : &options.resource_id) = "1";
        azure_set(&p, rows[i / 3].endpoint, "URL/x");
        azure_set(&p, rows[i / 3].with, "h");
        SCRIPT(w, { "GET ", due[i % 3], FINE, HOUR_TOKEN });
        assert_int_equal(azure_once(&p, &options, &token),
                         due[i % 3] == NULL ? ERR_INVALID_REQUEST : ERR_OK);
        if (due[i % 3] != NULL)
            peer_script_done(w);
    }
}

static void an_identity_is_chosen_in_one_way(void **state)
{
    struct azure_place p = azure_place(state);
    struct azure_options options = managed_only;
    options.client_id = "1";
    options.resource_id = "2";
    assert_int_equal(azure_open(&p, &options), ERR_INVALID_REQUEST);
}

/* test_no_scopes, test_multiple_scopes: a caller's mistake, and nobody is asked. */
static void one_scope_is_asked_for(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    static const char *const bad[] = { NULL, "", VAULT_SCOPE " https://graph/.default",
                                       VAULT_SCOPE "\n" };
    struct azure_token token = { 0 };
    SCRIPT(w, { "never", NULL, FINE, "" });
    assert_int_equal(azure_open(&p, &managed_only), ERR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct azure_asked asked = { .scope = bad[i] };
        fault_clear(&w->c);
        assert_int_equal(azure_credential_get(&w->c, p.credential, &asked, &token).code,
                         ERR_INVALID_REQUEST);
    }
    assert_int_equal(peer_step(w), 0);
    azure_credential_free(p.credential);
}

/* ---- trouble ---- */

static void a_busy_metadata_service_is_asked_again(void **state)
{
    struct world *w = *state;
    static const char *const busy[] = { "404 x\r\n", "429 x\r\nRetry-After: 3\r\n", "500 x\r\n",
                                        "503 x\r\nRetry-After: Tue, 24 Nov 2026 14:06:10 GMT\r\n" };
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    for (size_t i = 0; i < sizeof busy / sizeof busy[0]; i++) {
        SCRIPT(w, { IMDS, NULL, busy[i], "{}" }, { IMDS, NULL, FINE, HOUR_TOKEN });
        assert_int_equal(azure_once(&p, &managed_only, &token), ERR_OK);
        peer_script_done(w);
    }
}

/* 7.3 15: six requests, then the error; and each further call has its own six. */
static void it_is_asked_six_times_and_no_more(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    struct peer_step steps[12];
    for (size_t i = 0; i < 12; i++)
        steps[i] = (struct peer_step){ IMDS, NULL, "500 x\r\n", "{\"error\":\"unknown\"}" };
    peer_script(w, steps, 12);
    assert_int_equal(azure_open(&p, &managed_only), ERR_OK);
    assert_int_equal(azure_ask(&p, &token), ERR_UNAVAILABLE);
    assert_int_equal(peer_step(w), 6);
    assert_int_equal(azure_ask(&p, &token), ERR_UNAVAILABLE);
    peer_script_done(w);
    azure_credential_free(p.credential);
}

/* While it is updated it says 410, for up to 70 s: seconds are milliseconds here. */
static void a_metadata_service_that_is_gone_is_waited_for_longer(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    struct peer_step steps[6];
    for (size_t i = 0; i < 6; i++)
        steps[i] = (struct peer_step){ IMDS, NULL, "410 x\r\n", "" };
    peer_script(w, steps, 6);
    int64_t before = time_monotonic_ms();
    assert_int_equal(azure_once(&p, &managed_only, &token), ERR_UPSTREAM);
    assert_true(time_monotonic_ms() - before >= 70);
    peer_script_done(w);
}

/* test_unexpected_error: each status is told with its message, and never with a token. */
static void what_was_answered_is_said(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *head, *body, *said;
        enum err_code code;
    } rows[] = {
        { "401 x\r\n", "{\"error\":\"unknown_source\",\"error_description\":\"bad path\"}",
          "unknown_source: bad path", ERR_UPSTREAM },
        { "403 x\r\n", "<html>", "status 403", ERR_UPSTREAM },
        { "400 x\r\n",
          "{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}",
          "Identity not found", ERR_NOT_FOUND },
        { "405 x\r\n", "{\"error\":{\"code\":\"C-1\",\"message\":\"m-1\"}}", "C-1: m-1",
          ERR_UPSTREAM },
        { "405 x\r\n", "{\"statusCode\":405,\"message\":\"m-2\"}", "m-2", ERR_UPSTREAM },
        { "405 x\r\n", "{\"message\":\"a\\u001bb\"}", "no reason", ERR_UPSTREAM },
        { "302 x\r\nLocation: http://127.0.0.1/\r\n", "", "status 302", ERR_UPSTREAM },
        { FINE, "<html>", "no JSON object", ERR_UPSTREAM },
        { FINE, "", "no JSON object", ERR_UPSTREAM },
        { FINE, "{\"access_token\":\"CANARY", "without a token", ERR_UPSTREAM },
        { FINE, "{\"expires_in\":1}", "without a token", ERR_UPSTREAM },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct azure_place p = azure_place(state);
        struct azure_token token = { 0 };
        SCRIPT(w, { IMDS, NULL, rows[i].head, rows[i].body });
        assert_int_equal(azure_once(&p, &managed_only, &token), rows[i].code);
        assert_non_null(strstr(w->c.fault.text, rows[i].said));
        assert_null(strstr(w->c.fault.text, "CANARY"));
        peer_script_done(w);
    }
}

static void a_token_without_an_end_is_none(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = { "",
                                       ",\"expires_on\":\"soon\"",
                                       ",\"expires_in\":-1",
                                       ",\"expires_on\":\"\"",
                                       ",\"expires_in\":\"1e99\"",
                                       ",\"expires_on\":{}" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct azure_place p = azure_place(state);
        struct azure_token token = { 0 };
        const char *body = text_printf(w->arena, "{\"access_token\":\"CANARY\"%s}", bad[i]);
        SCRIPT(w, { IMDS, NULL, FINE, body });
        assert_int_equal(azure_once(&p, &managed_only, &token), ERR_UPSTREAM);
        assert_null(strstr(w->c.fault.text, "CANARY"));
    }
}

/* Whatever the environment says of proxies. */
static void no_proxy_is_used_and_no_redirect_followed(void **state)
{
    struct world *w = *state;
    const struct outbound_rules rules = { .proxy = "http://127.0.0.1:1", .tls_only = true };
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    w->c.outbound = &rules;
    SCRIPT(w, { IMDS, NULL, FINE, HOUR_TOKEN });
    assert_int_equal(azure_once(&p, &managed_only, &token), ERR_OK);
    peer_script_done(w);
    SCRIPT(w, { IMDS, NULL, "307 x\r\nLocation: /metadata\r\n", HOUR_TOKEN });
    assert_int_equal(azure_once(&p, &managed_only, &token), ERR_UPSTREAM);
    peer_script_done(w);
    assert_int_equal(unsetenv("http_proxy"), 0);
}

/* Places elsewhere than IMDS: three more tries, and not for what is final. */
static void other_places_are_asked_again_three_times(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *head;
        size_t times;
    } rows[] = { { "500 x\r\n", 4 }, { "404 x\r\n", 4 }, { "429 x\r\n", 4 }, { "408 x\r\n", 4 },
                 { "400 x\r\n", 1 }, { "401 x\r\n", 1 }, { "501 x\r\n", 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct azure_place p = azure_place(state);
        struct azure_token token = { 0 };
        struct peer_step steps[4];
        for (size_t k = 0; k < 4; k++)
            steps[k] = (struct peer_step){ "GET /msi?", NULL, rows[i].head, "{\"message\":\"m\"}" };
        peer_script(w, steps, rows[i].times);
        azure_set(&p, "IDENTITY_ENDPOINT", "URL/msi");
        azure_set(&p, "IDENTITY_HEADER", "CANARY-h");
        assert_int_not_equal(azure_once(&p, &managed_only, &token), ERR_OK);
        assert_null(strstr(w->c.fault.text, "CANARY"));
        peer_script_done(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_first_place_that_is_here_is_asked),
        WORLD_TEST(an_endpoint_that_is_no_url_is_named),
        WORLD_TEST(each_place_has_its_names_for_identities),
        WORLD_TEST(an_identity_is_chosen_in_one_way),
        WORLD_TEST(one_scope_is_asked_for),
        WORLD_TEST(a_busy_metadata_service_is_asked_again),
        WORLD_TEST(it_is_asked_six_times_and_no_more),
        WORLD_TEST(a_metadata_service_that_is_gone_is_waited_for_longer),
        WORLD_TEST(what_was_answered_is_said),
        WORLD_TEST(a_token_without_an_end_is_none),
        WORLD_TEST(no_proxy_is_used_and_no_redirect_followed),
        WORLD_TEST(other_places_are_asked_again_three_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
