/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Discovery under each setting that changes what the server does: what is advertised works, and
 * what works is advertised.  Each row of settings is a service of its own, and meets every check.
 * With the settings of a new service each single value is tried in tests/wire/discovery.test.mjs.
 */
#include "certificate_story.h"
#include "proof_story.h"

#include "crypto/key.h"
#include "oauth/client_change.h"

#define DISCOVERY "/.well-known/openid-configuration"

enum { SETTINGS_MAX = 6, SAYS_MAX = 6 };

static struct answer discovery(struct world *w)
{
    struct client c = client_new(w);
    struct answer a = client_get(&c, DISCOVERY);
    assert_status(a, 200);
    return a;
}

static bool has_member(const struct answer *a, const char *name)
{
    return strstr(a->body, text_printf(a->w->arena, "\"%s\":", name)) != NULL;
}

/* Whether the list `name` has the value. */
static bool lists(const struct answer *a, const char *name, const char *value)
{
    const char *at = strstr(a->body, text_printf(a->w->arena, "\"%s\":[", name));
    if (at == NULL)
        return false;
    const char *list = text_copy(a->w->arena, at, strcspn(at, "]"));
    return strstr(list + strlen(name) + 3, text_printf(a->w->arena, "\"%s\"", value)) != NULL;
}

static void assert_advertised(bool advertised, bool works, const char *what)
{
    if (advertised != works)
        fail_msg("%s %s, and %s", what, advertised ? "is advertised" : "is not advertised",
                 works ? "works" : "does not work");
}

/* Whether a client may register this; it is made. */
static bool registers(struct world *w, const char *id, const char *metadata)
{
    struct ctx *c = world_ctx(w);
    struct client_new client = { .id = id };
    struct client_made made;
    const char *json = story_json(w, "{%s,'redirect_uris':['" APP_CALLBACK "']}", metadata);
    if (client_metadata_read(c, bytes_of(json), &client.metadata).code != ERR_OK ||
        client_create(c, &client, &made).code != ERR_OK) {
        fault_clear(c);
        return false;
    }
    return true;
}

/* ---- the checks ---- */

static void both_documents_are_one(struct world *w, const struct answer *said)
{
    struct client c = client_new(w);
    struct answer other = client_get(&c, "/.well-known/oauth-authorization-server");
    assert_string_equal(said->body, other.body);
}

/* Where an endpoint is named there is one, below the address of the service. */
static void endpoints_are_there(struct world *w, const struct answer *said)
{
    /* clang-format off */
    static const char *const names[] = {
        "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri",
        "introspection_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint",
        "end_session_endpoint", "device_authorization_endpoint", "registration_endpoint",
        "status_list_aggregation_endpoint",
    };
    /* clang-format on */
    const char *base = w->config->public_url;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *url = answer_text(said, names[i]);
        if (url == NULL)
            continue;
        assert_true(text_starts(url, base));
        struct client c = client_new(w);
        struct sent sent = { .method = HTTP_GET, .target = url + strlen(base) };
        struct answer got = client_send(&c, &sent);
        sent.method = HTTP_POST;
        struct answer posted = client_send(&c, &sent);
        if (got.status == 404 || got.status >= 500 || posted.status == 404 || posted.status >= 500)
            fail_msg("%s: %d, %d", url, got.status, posted.status);
    }
}

static void methods_register(struct world *w, const struct answer *said)
{
    static const struct {
        const char *name, *more;
    } methods[] = {
        { "none", "" },
        { "client_secret_basic", "" },
        { "client_secret_post", "" },
        { "client_secret_jwt", "" },
        { "private_key_jwt", ",'jwks_uri':'https://app.test/jwks'" },
        { "tls_client_auth", ",'tls_client_auth_san_dns':'app.test'" },
        { "self_signed_tls_client_auth", ",'jwks_uri':'https://app.test/jwks'" },
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        const char *name = methods[i].name;
        const char *metadata =
            text_printf(w->arena, "'token_endpoint_auth_method':'%s'%s", name, methods[i].more);
        assert_advertised(lists(said, "token_endpoint_auth_methods_supported", name),
                          registers(w, text_printf(w->arena, "method-%zu", i), metadata), name);
    }
    assert_advertised(has_member(said, "tls_client_certificate_bound_access_tokens"),
                      registers(w, "bound", "'tls_client_certificate_bound_access_tokens':true"),
                      "a token that is bound to a certificate");
}

/* For each algorithm: what a client registers for it is signed by it. */
static void algorithms_sign(struct world *w, const struct answer *said)
{
    static const char *const kinds[] = { "id_token", "userinfo", "introspection", "authorization" };
    struct texts algs = alg_names(w->arena, ALGS_ASYMMETRIC);
    for (size_t i = 0; i < algs.n; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            const char *member = text_printf(w->arena, "%s_signing_alg_values_supported", kinds[k]);
            const char *metadata =
                text_printf(w->arena, "'%s_signed_response_alg':'%s'", kinds[k], algs.at[i]);
            bool works =
                registers(w, text_printf(w->arena, "%s-%s", kinds[k], algs.at[i]), metadata);
            assert_advertised(lists(said, member, algs.at[i]), works, algs.at[i]);
        }
}

static const char *signed_with(struct world *w, struct client *browser, const char *alg)
{
    const char *id = text_printf(w->arena, "signs-%s", alg);
    (void)oauth_client(w, id,
                       text_printf(w->arena,
                                   "{'token_endpoint_auth_method':'none','first_party':true,"
                                   "'redirect_uris':['" APP_CALLBACK "'],"
                                   "'id_token_signed_response_alg':'%s'}",
                                   alg));
    const char *named = text_printf(w->arena, "client_id=%s", id);
    struct answer t = oauth_exchange(w, oauth_code(browser, named), named);
    assert_status(t, 200);
    struct answer header = story_header(w, answer_text(&t, "id_token"));
    return answer_text(&header, "alg");
}

static void what_is_promised_is_signed(struct world *w, const struct answer *said)
{
    struct texts algs = alg_names(w->arena, ALGS_ASYMMETRIC);
    struct client browser = story_browser(w, ADA, "session");
    struct client c = client_new(w);
    struct answer keys = client_get(&c, "/.well-known/jwks.json");
    for (size_t i = 0; i < algs.n; i++) {
        bool advertised = lists(said, "id_token_signing_alg_values_supported", algs.at[i]);
        if (advertised)
            assert_string_equal(signed_with(w, &browser, algs.at[i]), algs.at[i]);
        assert_advertised(advertised, answer_holds(&keys, algs.at[i]), algs.at[i]);
    }
}

static void prompts_are_followed(struct world *w, const struct answer *said)
{
    static const char *const prompts[] = { "none",           "login",  "consent",
                                           "select_account", "create", "signup" };
    struct client nobody = browser_new(w);
    for (size_t i = 0; i < sizeof prompts / sizeof prompts[0]; i++) {
        struct answer a = oauth_authorize(&nobody, text_printf(w->arena, "prompt=%s", prompts[i]));
        const char *error = oauth_param(&a, "error");
        assert_advertised(lists(said, "prompt_values_supported", prompts[i]),
                          a.status == 303 && !text_equal(error, "invalid_request"), prompts[i]);
    }
}

static void proof_of_the_code_is_by_s256(struct world *w, const struct answer *said)
{
    struct client browser = story_browser(w, ADA, "session");
    assert_true(lists(said, "code_challenge_methods_supported", "S256"));
    assert_false(lists(said, "code_challenge_methods_supported", "plain"));
    (void)oauth_code(&browser, "");
    struct answer plain = oauth_authorize(&browser, "code_challenge_method=plain");
    assert_string_equal(oauth_param(&plain, "error"), "invalid_request");
    /* Who may leave it out is no matter of discovery. */
    struct answer without =
        oauth_authorize(&browser, "client_id=" WEB "&code_challenge=&code_challenge_method=");
    assert_true((oauth_param(&without, "code") != NULL) == (w->config->require_pkce != 0));
}

static void references_are_followed(struct world *w, const struct answer *said)
{
    assert_true(registers(w, "refers", "'request_uris':['https://app.test/object']"));
    struct client browser = browser_new(w);
    struct answer a =
        oauth_authorize(&browser, "client_id=refers&request_uri=https%3A%2F%2Fapp.test%2Fobject");
    bool follows = !text_equal(oauth_param(&a, "error"), "request_uri_not_supported");
    const char *says = answer_text(said, "request_uri_parameter_supported");
    assert_advertised(text_equal(says, "true"), follows, "request_uri");
    assert_advertised(has_member(said, "require_request_uri_registration"), follows, "request_uri");
}

/* Nobody is called in a story, so that a document that would be fetched is not there now. */
static void documents_are_fetched(struct world *w, const struct answer *said)
{
    struct client browser = browser_new(w);
    struct answer a = oauth_authorize(&browser, "client_id=https%3A%2F%2Fapp.test%2Fclient");
    assert_null(answer_header(&a, "location"));
    assert_advertised(has_member(said, "client_id_metadata_document_supported"), a.status == 503,
                      "a document as client");
}

static void clients_register_themselves(struct world *w, const struct answer *said)
{
    struct client c = client_new(w);
    struct answer a = client_post(&c, "/oauth2/register",
                                  story_json(w, "{'redirect_uris':['" APP_CALLBACK "']}"));
    /* With a token, which nobody has here, it is a 401 of another kind. */
    bool asks = a.status == 401 && w->config->client_registration != 0;
    assert_advertised(has_member(said, "registration_endpoint"), a.status == 201 || asks,
                      "registration");
}

static void tokens_have_a_status(struct world *w, const struct answer *said)
{
    struct client browser = story_browser(w, ADA, "session");
    struct answer t = oauth_exchange(w, oauth_code(&browser, ""), "");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    bool advertised = has_member(said, "status_list_aggregation_endpoint");
    assert_advertised(advertised, answer_text(&claims, "status.status_list.uri") != NULL, "status");
    assert_advertised(advertised, client_get(&browser, "/oauth2/status-lists").status == 200,
                      "status");
    assert_string_equal(answer_text(&claims, "iss"), answer_text(said, "issuer"));
}

static void proofs_of_keys_are_taken(struct world *w, const struct answer *said)
{
    struct client browser = story_browser(w, ADA, "session");
    struct holder holder = holder_new(w);
    assert_true(lists(said, "dpop_signing_alg_values_supported", "ES256"));
    const char *form = exchange_form(w, oauth_code(&browser, ""));
    struct answer a = holder_token(&holder, form);
    if (a.status == 400) {
        assert_string_equal(answer_text(&a, "error"), "use_dpop_nonce");
        holder.nonce = answer_header(&a, "dpop-nonce");
        a = holder_token(&holder, form);
    }
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "token_type"), "DPoP");
}

/* What no setting turns on. */
static void nothing_old_is_offered(struct world *w, const struct answer *said)
{
    (void)w;
    static const char *const grants[] = { "password", "implicit" };
    for (size_t i = 0; i < 2; i++)
        assert_false(lists(said, "grant_types_supported", grants[i]));
    assert_false(lists(said, "response_types_supported", "token"));
    assert_false(lists(said, "id_token_signing_alg_values_supported", "none"));
    assert_oauth_error(oauth_post(w, "/oauth2/token", APP, NULL,
                                  "grant_type=password&client_id=" APP "&username=a&password=b"),
                       400, "unsupported_grant_type");
}

typedef void check(struct world *w, const struct answer *said);

static check *const checks[] = {
    both_documents_are_one,
    endpoints_are_there,
    methods_register,
    algorithms_sign,
    what_is_promised_is_signed,
    prompts_are_followed,
    proof_of_the_code_is_by_s256,
    references_are_followed,
    documents_are_fetched,
    clients_register_themselves,
    tokens_have_a_status,
    proofs_of_keys_are_taken,
    nothing_old_is_offered,
};

/* ---- the settings ---- */

#define PROXIED "AUTH_CLIENT_CERT_HEADER=on", "AUTH_TRUSTED_PROXIES=10.0.0.0/8"

/* What its document has to say, and has not to, beside what the checks find. */
/* clang-format off */
static const struct row {
    const char *settings[SETTINGS_MAX];
    const char *says[SAYS_MAX];
    const char *not_says[SAYS_MAX];
} rows[] = {
    { { NULL },
      { "\"issuer\":\"http://localhost:8080\"", "\"id_token_signing_alg_values_supported\":[\"ES256\"]",
        "\"request_uri_parameter_supported\":false", "\"create\"", "\"status_list_aggregation_endpoint\"" },
      { "registration_endpoint\"", "client_id_metadata", "tls_client", "mtls_endpoint_aliases", "require_request_uri_registration" } },
    { { "AUTH_REQUIRE_PKCE=public" }, { "\"code_challenge_methods_supported\":[\"S256\"]" }, { NULL } },
    { { "AUTH_JWT_ALGORITHM=RS256" }, { "\"id_token_signing_alg_values_supported\":[\"RS256\"]" }, { NULL } },
    { { "AUTH_JWT_ALGORITHM=EdDSA", "AUTH_JWT_MORE_ALGORITHMS=ES256,ES384,PS256" },
      { "\"id_token_signing_alg_values_supported\":[\"PS256\",\"ES256\",\"ES384\",\"EdDSA\"]" }, { NULL } },
    { { "AUTH_CLIENT_REGISTRATION=open" }, { "registration_endpoint\"" }, { NULL } },
    { { "AUTH_CLIENT_REGISTRATION=token" }, { "registration_endpoint\"" }, { NULL } },
    { { "AUTH_CLIENT_ID_METADATA_DOCUMENTS=on" }, { "\"client_id_metadata_document_supported\":true" }, { NULL } },
    { { "AUTH_REQUEST_URI_FETCH=on" },
      { "\"request_uri_parameter_supported\":true", "\"require_request_uri_registration\":true" }, { NULL } },
    { { "AUTH_STATUS_LIST_SECONDS=0" }, { NULL }, { "status_list_aggregation_endpoint" } },
    { { "AUTH_DPOP_NONCE=required" }, { "\"dpop_signing_alg_values_supported\"" }, { NULL } },
    { { "AUTH_REGISTRATION=closed" }, { "\"select_account\"]" }, { "\"create\"" } },
    { { "AUTH_REGISTRATION=invite" }, { "\"select_account\"]" }, { "\"create\"" } },
    { { "AUTH_JWT_ISSUER=https://issuer.example.com" },
      { "\"issuer\":\"https://issuer.example.com\"", "\"token_endpoint\":\"http://localhost:8080/oauth2/token\"" }, { NULL } },
    { { PROXIED },
      { "\"self_signed_tls_client_auth\"", "\"tls_client_certificate_bound_access_tokens\":true" },
      { "\"tls_client_auth\"", "mtls_endpoint_aliases" } },
    { { PROXIED, authority.setting, "AUTH_MTLS_URL=https://mtls.test" },
      { "\"tls_client_auth\"", "\"self_signed_tls_client_auth\"",
        "\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://mtls.test/oauth2/token\"" }, { NULL } },
    { { "AUTH_TLS_CLIENT_CERTS=optional", authority.own_cert, authority.own_key, authority.setting },
      { "\"tls_client_auth\"", "\"tls_client_certificate_bound_access_tokens\":true" }, { "mtls_endpoint_aliases" } },
};
/* clang-format on */

/* Somebody who signs in, before the doors are closed: an invitation would do as well. */
static void people(struct world *w)
{
    enum { WAS_OPEN = 0 };
    const int64_t mode = w->config->registration;
    w->config->registration = WAS_OPEN;
    (void)story_person(w, ADA);
    w->config->registration = mode;
}

static void meets_its_row(struct world *w, const struct row *row)
{
    struct answer said = discovery(w);
    for (size_t i = 0; i < SAYS_MAX && row->says[i] != NULL; i++)
        if (strstr(said.body, row->says[i]) == NULL)
            fail_msg("%s: not %s: %s", row->settings[0], row->says[i], said.body);
    for (size_t i = 0; i < SAYS_MAX && row->not_says[i] != NULL; i++)
        if (strstr(said.body, row->not_says[i]) != NULL)
            fail_msg("%s: %s: %s", row->settings[0], row->not_says[i], said.body);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        checks[i](w, &said);
}

static void what_is_advertised_works_under_each_setting(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        void *it = (void *)(uintptr_t)rows[i].settings;
        print_message("# %s\n", rows[i].settings[0] == NULL ? "as it comes" : rows[i].settings[0]);
        assert_int_equal(world_set_up(&it), 0);
        struct world *w = it;
        people(w);
        oauth_app(w);
        (void)oauth_web(w);
        world_pass(w, 1);
        meets_its_row(w, &rows[i]);
        assert_int_equal(world_tear_down(&it), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_advertised_works_under_each_setting),
    };
    return cmocka_run_group_tests(tests, authority_begin, authority_end);
}
