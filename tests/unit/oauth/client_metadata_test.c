/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_metadata.h"

#include "base/config.h"
#include "crypto/key.h"
#include "oauth_testing.h"

#define URIS "'redirect_uris':['https://app.test/cb']"

/* The settings say which algorithms may be registered. */
static int set_up_settings(void **state)
{
    (void)set_up(state);
    struct ctx *c = *state;
    struct config *config = ARENA_NEW(c->arena, struct config);
    struct config_sources sources;
    passes(c, config_load(c, &(struct config_input){ 0 }, config, &sources), "the defaults");
    c->config = config;
    return 0;
}

#define METADATA_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_settings, tear_down)

static err reads(struct ctx *c, const char *json, struct client_metadata *m)
{
    return client_metadata_read(c, bytes_of(quoted(c, json)), m);
}

static void what_is_left_out_is_filled_in(void **state)
{
    struct ctx *c = *state;
    struct client_metadata m;
    passes(c, reads(c, "{" URIS "}", &m), "a web application");
    assert_string_equal(m.token_endpoint_auth_method, "client_secret_basic");
    assert_string_equal(text_join(c->arena, m.grant_types, " "), "authorization_code");
    assert_string_equal(text_join(c->arena, m.response_types, " "), "code");
    assert_string_equal(m.scope, "openid profile email offline_access");
    assert_true(client_metadata_is_confidential(&m));
    passes(c, reads(c, "{'grant_types':['client_credentials']}", &m), "a job");
    assert_string_equal(m.scope, "");
    assert_int_equal(m.response_types.n, 0);
    passes(c, reads(c, "{'token_endpoint_auth_method':'none'," URIS "}", &m), "a browser's");
    assert_false(client_metadata_is_confidential(&m));
}

/* CL-11: what is not known is dropped, and never stored. */
static void what_is_written_is_read_back(void **state)
{
    struct ctx *c = *state;
    struct client_metadata m, again;
    const char *json = "{" URIS ",'client_name':'App','scope':'openid a:b','contacts':['a@b'],"
                       "'default_max_age':60,'first_party':true,'resources':['https://api.test'],"
                       "'allowed_origins':['https://app.test'],'unknown':{'x':1},"
                       "'client_uri':'https://app.test/','audiences':['https://api.test']}";
    passes(c, reads(c, json, &m), json);
    const char *written = client_metadata_write(c->arena, &m);
    passes(c, client_metadata_load(c, written, &again), written);
    assert_string_equal(written, client_metadata_write(c->arena, &again));
    assert_null(strstr(written, "unknown"));
    assert_string_equal(again.client_name, "App");
    assert_int_equal(again.default_max_age, 60);
    assert_true(again.first_party);
}

static const char *const good_uris[] = {
    "https://app.test",          "https://app.test/cb?a=1",  "http://127.0.0.1/cb",
    "http://[::1]:8080/cb",      "http://localhost:3000/cb", "com.example.app:/cb",
    "com.example.app://host/cb",
};

/* URI-07, URI-11, URI-14, URI-16: what cannot be registered. */
static const char *const bad_uris[] = {
    "",
    "app.test/cb",
    "/cb",
    "//app.test/cb",
    "https:app.test",
    "https:///cb",
    "https://app.test/cb#",
    "https://app.test/cb#x",
    "https://*.app.test/cb",
    "https://user@app.test/cb",
    "https://app.test:0/cb",
    "https://app.test/../cb",
    "https://app.test/%2e%2e/cb",
    "https://app.test\\\\@evil.test/",
    "https://[app.test]/",
    "https://xn--app-.test/",
    "http://app.test/cb",
    "http://127.0.0.1.evil.test/cb",
    "http://localhost.evil.test/cb",
    "javascript://app.test/%0aalert(1)",
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "blob:https://app.test/x",
    "file:///etc/passwd",
    "about:blank",
    "myapp:/cb",
};

static void redirect_uris_are_read_strictly(void **state)
{
    struct ctx *c = *state;
    struct client_metadata m;
    for (size_t i = 0; i < sizeof good_uris / sizeof good_uris[0]; i++)
        passes(c, reads(c, text_printf(c->arena, "{'redirect_uris':['%s']}", good_uris[i]), &m),
               good_uris[i]);
    for (size_t i = 0; i < sizeof good_uris / sizeof good_uris[0]; i++)
        passes(c,
               reads(c,
                     text_printf(c->arena, "{" URIS ",'post_logout_redirect_uris':['%s']}",
                                 good_uris[i]),
                     &m),
               good_uris[i]);
    for (size_t i = 0; i < sizeof bad_uris / sizeof bad_uris[0]; i++) {
        const char *leaving =
            text_printf(c->arena, "{" URIS ",'post_logout_redirect_uris':['%s']}", bad_uris[i]);
        refused(c, reads(c, leaving, &m), ERR_INVALID_CLIENT_METADATA, bad_uris[i]);
        err e = reads(c, text_printf(c->arena, "{'redirect_uris':['%s']}", bad_uris[i]), &m);
        if (e.code != ERR_INVALID_REDIRECT_URI && bad_uris[i][0] != '\0')
            fail_msg("taken: %s", bad_uris[i]);
        assert_int_not_equal(e.code, ERR_OK);
        fault_clear(c);
    }
    refused(c, reads(c, "{}", &m), ERR_INVALID_REDIRECT_URI, "none at all");
}

static const struct {
    const char *json, *member;
} bad[] = {
    { "{" URIS ",'grant_types':['implicit']}", "grant_types" },
    { "{" URIS ",'grant_types':['password']}", "grant_types" },
    { "{" URIS ",'grant_types':[]}", "grant_types" },
    { "{'grant_types':['refresh_token']}", "grant_types" },
    { "{'token_endpoint_auth_method':'none','grant_types':['client_credentials']}", "grant_types" },
    { "{" URIS ",'response_types':['token']}", "response_types" },
    { "{" URIS ",'response_types':['code id_token']}", "response_types" },
    { "{" URIS ",'token_endpoint_auth_method':'tls'}", "token_endpoint_auth_method" },
    { "{" URIS ",'token_endpoint_auth_method':'private_key_jwt'}", "jwks" },
    { "{" URIS ",'token_endpoint_auth_method':'private_key_jwt','jwks':{'keys':[]}}", "jwks" },
    { "{" URIS ",'jwks':{'keys':[{'kty':'oct','k':'AAAA'}]}}", "jwks" },
    { "{" URIS ",'jwks':[]}", "jwks" },
    { "{" URIS ",'token_endpoint_auth_signing_alg':'none'}", "token_endpoint_auth_signing_alg" },
    { "{" URIS ",'token_endpoint_auth_method':'client_secret_jwt',"
      "'token_endpoint_auth_signing_alg':'RS256'}",
      "token_endpoint_auth_signing_alg" },
    { "{" URIS ",'scope':'a  b'}", "scope" },
    { "{" URIS ",'scope':'a a'}", "scope" },
    { "{" URIS ",'scope':'\\u00e4'}", "scope" },
    { "{" URIS ",'client_uri':'javascript:x'}", "client_uri" },
    { "{" URIS ",'logo_uri':'com.example:/x'}", "logo_uri" },
    { "{" URIS ",'allowed_origins':['https://app.test/']}", "allowed_origins" },
    { "{" URIS ",'allowed_origins':['*']}", "allowed_origins" },
    { "{" URIS ",'allowed_origins':['null']}", "allowed_origins" },
    { "{" URIS ",'resources':['api']}", "resources" },
    { "{" URIS ",'resources':['https://api.test/#x']}", "resources" },
    { "{" URIS ",'client_name':'a\\u202eb'}", "client_name" },
    { "{" URIS ",'client_name':''}", "client_name" },
    { "{" URIS ",'default_max_age':-1}", "default_max_age" },
    { "{" URIS ",'frontchannel_logout_uri':'https://other.test/out'}", "frontchannel_logout_uri" },
    { "{" URIS ",'frontchannel_logout_uri':'https://app.test:8443/'}", "frontchannel_logout_uri" },
    { "{" URIS ",'frontchannel_logout_uri':'http://app.test/out'}", "frontchannel_logout_uri" },
    { "{" URIS ",'frontchannel_logout_uri':'https://app.test/#x'}", "frontchannel_logout_uri" },
    { "{" URIS ",'frontchannel_logout_uri':'javascript:x'}", "frontchannel_logout_uri" },
    { "{" URIS ",'first_party':'yes'}", "first_party" },
};

/* CL-15: each refusal names its member. */
static void what_does_not_fit_is_named(void **state)
{
    struct ctx *c = *state;
    struct client_metadata m;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        err e = reads(c, bad[i].json, &m);
        if (e.code != ERR_INVALID_CLIENT_METADATA || !text_equal(c->fault.field, bad[i].member))
            fail_msg("%s: %s %s", bad[i].json, e.code == ERR_OK ? "taken" : err_slug(e.code),
                     c->fault.field == NULL ? "" : c->fault.field);
        fault_clear(c);
    }
    refused(c, reads(c, "{", &m), ERR_INVALID_JSON, "no JSON");
    refused(c, reads(c, "[]", &m), ERR_INVALID_JSON, "a list");
}

/* JOSE-12: a private key, or a secret, is no public key. */
static void only_public_keys_are_registered(void **state)
{
    struct ctx *c = *state;
    struct client_metadata m;
    const struct key *key = NULL;
    passes(c, key_generate(c, c->arena, ALG_ES256, 0, &key), "a key");
    const struct key_set set = { .at = &key, .n = 1 };
    const char *keys = key_set_write(c->arena, &set);
    const char *json = "{" URIS ",'token_endpoint_auth_method':'private_key_jwt','jwks':";
    passes(c, reads(c, text_printf(c->arena, "%s%s}", json, keys), &m), "public");
    struct json_writer w = json_writer(c->arena);
    key_write_private_jwk(&w, key);
    refused(c, reads(c, text_printf(c->arena, "%s{'keys':[%s]}}", json, json_written(&w)), &m),
            ERR_INVALID_CLIENT_METADATA, "private");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        METADATA_TEST(what_is_left_out_is_filled_in),   METADATA_TEST(what_is_written_is_read_back),
        METADATA_TEST(redirect_uris_are_read_strictly), METADATA_TEST(what_does_not_fit_is_named),
        METADATA_TEST(only_public_keys_are_registered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
