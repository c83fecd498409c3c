/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of credentials: whom it asks in which order, and what it says when there is nothing. Of
 * entra.md:
 *
 *   2.10 order, fall-through, winner           the_chain_asks_in_order, ..._winner_...
 *   9.2  AZURE_TOKEN_CREDENTIALS values        a_variable_chooses_among_the_sources
 *        bad secret stops the chain            a_credential_that_is_refused_ends_the_chain
 *        aggregate error text has no secret    what_each_source_says_is_told
 *        federated token file re-read, missing, empty, trailing newline
 *                                              a_federated_token_is_read_each_time
 *        probe, Docker 403                     a_metadata_service_is_looked_for_first
 *   6.4  test_chained_credential, test_default
 *
 * What is kept is in azure_kept_test.c.
 */
#include "azure_testing.h"

#include <fcntl.h>

#define TOKEN       "POST /t-1/oauth2/v2.0/token "
#define ENTRA_TOKEN "{\"access_token\":\"at-entra\",\"token_type\":\"Bearer\",\"expires_in\":3599}"
#define BAD_SECRET                                                                                 \
    "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: x\\r\\nTrace\","         \
    "\"error_codes\":[7000215],\"trace_id\":\"tr-1\"}"

static void set_secret(struct azure_place *p)
{
    azure_set(p, "AZURE_AUTHORITY_HOST", "URL/");
    azure_set(p, "AZURE_TENANT_ID", "t-1");
    azure_set(p, "AZURE_CLIENT_ID", "c-1");
    azure_set(p, "AZURE_CLIENT_SECRET", "CANARY~.+&");
}

/* ---- who is asked ---- */

static void a_secret_of_the_environment_is_shown_to_entra(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    set_secret(&p);
    SCRIPT(w,
           { TOKEN, "grant_type=client_credentials&scope=https%3A%2F%2Fvault.azure.net%2F.default&",
             FINE, ENTRA_TOKEN });
    assert_int_equal(azure_once(&p, NULL, &token), ERR_OK);
    peer_script_done(w);
    assert_non_null(strstr(peer_last(w), "&client_id=c-1&client_secret=CANARY~.%2B%26"));
    assert_string_equal(token.source, "environment");
    assert_string_equal(token.token, "at-entra");
    assert_int_equal(token.expires_on, NOW + 3599);
}

/* 7.3 14: the bad secret is told, and nothing else is tried. */
static void a_credential_that_is_refused_ends_the_chain(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    set_secret(&p);
    azure_set(&p, "IDENTITY_ENDPOINT", "URL/msi");
    azure_set(&p, "IDENTITY_HEADER", "h");
    SCRIPT(w, { TOKEN, NULL, "401 x\r\n", BAD_SECRET });
    assert_int_equal(azure_once(&p, NULL, &token), ERR_INVALID_CLIENT);
    peer_script_done(w);
    assert_non_null(strstr(w->c.fault.text, "environment: Entra ID refused with status 401"));
    assert_non_null(strstr(w->c.fault.text, "AADSTS7000215"));
    assert_non_null(strstr(w->c.fault.text, "not its id"));
    assert_non_null(strstr(w->c.fault.text, "trace id tr-1"));
    assert_null(strstr(w->c.fault.text, "CANARY"));
}

static void what_each_source_says_is_told(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    azure_set(&p, "AZURE_CLIENT_SECRET", "CANARY");
    azure_set(&p, "PATH", "/nonexistent");
    p.platform.imds = "http://127.0.0.1:1";
    assert_int_equal(azure_once(&p, NULL, &token), ERR_NOT_FOUND);
    const char *text = w->c.fault.text;
    assert_non_null(strstr(text, "\n  environment: not set: AZURE_TENANT_ID AZURE_CLIENT_ID;"));
    assert_non_null(strstr(text, "\n  workload-identity: not set: AZURE_FEDERATED_TOKEN_FILE"));
    assert_non_null(strstr(text, "\n  managed-identity: no metadata service of Azure answers"));
    assert_non_null(strstr(text, "\n  azure-cli: the Azure CLI is not installed"));
    assert_null(strstr(text, "CANARY"));
}

/* test_iterates_only_once. */
static void the_winner_is_asked_alone_from_then_on(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    azure_set(&p, "IDENTITY_ENDPOINT", "URL/msi");
    azure_set(&p, "IDENTITY_HEADER", "h");
    SCRIPT(w, { "GET /msi?", NULL, FINE, HOUR_TOKEN }, { "GET /msi?", NULL, FINE, DAY_TOKEN });
    assert_int_equal(azure_open(&p, NULL), ERR_OK);
    assert_int_equal(azure_ask(&p, &token), ERR_OK);
    /* A secret that comes later changes nothing. */
    set_secret(&p);
    const struct azure_asked other = { .scope = "https://graph.microsoft.com/.default" };
    assert_int_equal(azure_credential_get(&w->c, p.credential, &other, &token).code, ERR_OK);
    assert_string_equal(token.token, "at-day");
    peer_script_done(w);
    azure_credential_free(p.credential);
}

static void a_variable_chooses_among_the_sources(void **state)
{
    static const struct {
        const char *value, *option, *said;
        enum err_code code;
    } rows[] = {
        { "prod", NULL, "workload-identity: ", ERR_NOT_FOUND },
        { "dev", NULL, "azure-cli: ", ERR_NOT_FOUND },
        { " DEV ", NULL, "azure-cli: ", ERR_NOT_FOUND },
        { "AzureCliCredential", NULL, "azure-cli: ", ERR_NOT_FOUND },
        { "environmentcredential", NULL, "environment: ", ERR_NOT_FOUND },
        { "WorkloadIdentityCredential", NULL, "workload-identity: ", ERR_NOT_FOUND },
        { "VisualStudioCodeCredential", NULL, "there is no credential called",
          ERR_INVALID_REQUEST },
        { "x", NULL, "there is no credential called", ERR_INVALID_REQUEST },
        { "x", "environment", "environment: ", ERR_NOT_FOUND },
        { "prod", "x", "there is no credential called", ERR_INVALID_REQUEST },
    };
    struct world *w = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct azure_place p = azure_place(state);
        const struct azure_options options = { .credential = rows[i].option };
        struct azure_token token = { 0 };
        p.platform.imds = "http://127.0.0.1:1";
        azure_set(&p, "AZURE_TOKEN_CREDENTIALS", rows[i].value);
        assert_int_equal(azure_once(&p, &options, &token), rows[i].code);
        assert_non_null(strstr(w->c.fault.text, rows[i].said));
        bool is_dev = rows[i].option == NULL && strcasestr(rows[i].value, "dev") != NULL;
        assert_true(!is_dev || strstr(w->c.fault.text, "environment: ") == NULL);
    }
}

static void variables_that_are_required_are_looked_for_first(void **state)
{
    struct azure_place p = azure_place(state);
    const char *names[] = { "AZURE_TENANT_ID", "X" };
    const struct azure_options options = { .required = { names, 2 } };
    azure_set(&p, "AZURE_TENANT_ID", "t-1");
    azure_set(&p, "X", "");
    assert_int_equal(azure_open(&p, &options), ERR_INVALID_REQUEST);
    assert_non_null(strstr(p.w->c.fault.text, "the variable X"));
}

/* ---- tenants ---- */

static void another_tenant_has_to_be_allowed(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *asked, *variable;
        bool good;
    } rows[] = { { "t-1", "", true },        { "T-1", "", true },  { "t-2", "", false },
                 { "t-2", "t-3;T-2", true }, { "t-2", "*", true }, { "t-2", "t-22", false },
                 { "a/../b", "*", false },   { "a?b", "*", false } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct azure_place p = azure_place(state);
        struct azure_token token = { 0 };
        set_secret(&p);
        azure_set(&p, "AZURE_ADDITIONALLY_ALLOWED_TENANTS", rows[i].variable);
        const struct azure_asked asked = { .scope = VAULT_SCOPE, .tenant_id = rows[i].asked };
        SCRIPT(w,
               { text_equal_nocase(rows[i].asked, "t-1") ? TOKEN : "POST /t-2/oauth2/v2.0/token ",
                 NULL, FINE, ENTRA_TOKEN });
        assert_int_equal(azure_open(&p, NULL), ERR_OK);
        enum err_code code = azure_credential_get(&w->c, p.credential, &asked, &token).code;
        assert_int_equal(code, rows[i].good ? ERR_OK : ERR_INVALID_REQUEST);
        assert_int_equal(peer_step(w), rows[i].good);
        azure_credential_free(p.credential);
    }
}

static void an_authority_is_https_or_on_this_host(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = { "http://login.example", "https://login.example/path",
                                       "https://login.example?x", "ftp://x", "https://" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct azure_place p = azure_place(state);
        struct azure_token token = { 0 };
        azure_set(&p, "AZURE_AUTHORITY_HOST", bad[i]);
        azure_set(&p, "AZURE_TENANT_ID", "t-1");
        azure_set(&p, "AZURE_CLIENT_ID", "c-1");
        azure_set(&p, "AZURE_CLIENT_SECRET", "s");
        assert_int_equal(azure_once(&p, NULL, &token), ERR_INVALID_REQUEST);
        assert_non_null(strstr(w->c.fault.text, "AZURE_AUTHORITY_HOST"));
    }
}

/* ---- workload identity ---- */

static void write_file(const char *path, const char *content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    (void)close(fd);
}

static void a_federated_token_is_read_each_time(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    char path[] = "/tmp/uauth-federated-XXXXXX";
    (void)close(mkstemp(path));
    azure_set(&p, "AZURE_AUTHORITY_HOST", "URL");
    azure_set(&p, "AZURE_TENANT_ID", "t-1");
    azure_set(&p, "AZURE_CLIENT_ID", "c-1");
    azure_set(&p, "AZURE_FEDERATED_TOKEN_FILE", path);
    write_file(path, "one.two.three\n");
    SCRIPT(w, { TOKEN, "&client_assertion=one.two.three", FINE, ENTRA_TOKEN });
    assert_int_equal(azure_once(&p, NULL, &token), ERR_OK);
    assert_non_null(strstr(peer_last(w), "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                                         "client-assertion-type%3Ajwt-bearer&"));
    assert_null(strstr(peer_last(w), "client_secret"));
    write_file(path, "four.five.six \r\n");
    SCRIPT(w, { TOKEN, "&client_assertion=four.five.six", FINE, ENTRA_TOKEN });
    assert_int_equal(azure_once(&p, NULL, &token), ERR_OK);
    assert_string_equal(token.source, "workload-identity");
    assert_true(text_ends(peer_last(w), "four.five.six"));
    peer_script_done(w);
    SCRIPT(w, { "never", NULL, FINE, "" });
    write_file(path, " \n");
    assert_int_equal(azure_once(&p, NULL, &token), ERR_INVALID_REQUEST);
    (void)unlink(path);
    assert_int_equal(azure_once(&p, NULL, &token), ERR_INVALID_REQUEST);
    assert_non_null(strstr(w->c.fault.text, path));
    assert_int_equal(peer_step(w), 0);
}

/* ---- the probe ---- */

static void a_metadata_service_is_looked_for_first(void **state)
{
    struct world *w = *state;
    static const char probe[] = "GET /metadata/identity/oauth2/token HTTP/1.1\r\n";
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    SCRIPT(w, { probe, NULL, "400 x\r\n", "" }, { IMDS, "Metadata: true\r\n", FINE, HOUR_TOKEN },
           { "GET /metadata/identity/oauth2/token?", NULL, FINE, HOUR_TOKEN });
    assert_int_equal(azure_open(&p, NULL), ERR_OK);
    assert_int_equal(azure_ask(&p, &token), ERR_OK);
    /* Once is enough for the life of the process. */
    const struct azure_asked other = { .scope = "https://graph.microsoft.com" };
    assert_int_equal(azure_credential_get(&w->c, p.credential, &other, &token).code, ERR_OK);
    peer_script_done(w);
    azure_credential_free(p.credential);
    SCRIPT(w, { probe, NULL, "403 x\r\n", "connecting to 169.254.169.254: unreachable network" });
    assert_int_equal(azure_once(&p, NULL, &token), ERR_NOT_FOUND);
    peer_script_done(w);
}

static void a_probe_shows_nothing(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    SCRIPT(w, { "GET /metadata", NULL, "403 x\r\n", "unreachable" });
    assert_int_equal(azure_once(&p, NULL, &token), ERR_NOT_FOUND);
    assert_null(strstr(peer_last(w), "Metadata:"));
}

/* test_imds_authority_override. */
static void a_host_that_was_set_is_not_looked_for(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    azure_set(&p, "AZURE_POD_IDENTITY_AUTHORITY_HOST", "URL");
    SCRIPT(w, { IMDS " ", NULL, FINE, HOUR_TOKEN });
    assert_int_equal(azure_once(&p, NULL, &token), ERR_OK);
    peer_script_done(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_secret_of_the_environment_is_shown_to_entra),
        WORLD_TEST(a_credential_that_is_refused_ends_the_chain),
        WORLD_TEST(what_each_source_says_is_told),
        WORLD_TEST(the_winner_is_asked_alone_from_then_on),
        WORLD_TEST(a_variable_chooses_among_the_sources),
        WORLD_TEST(variables_that_are_required_are_looked_for_first),
        WORLD_TEST(another_tenant_has_to_be_allowed),
        WORLD_TEST(an_authority_is_https_or_on_this_host),
        WORLD_TEST(a_federated_token_is_read_each_time),
        WORLD_TEST(a_metadata_service_is_looked_for_first),
        WORLD_TEST(a_probe_shows_nothing),
        WORLD_TEST(a_host_that_was_set_is_not_looked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
