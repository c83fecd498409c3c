/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of a key vault and signatures by them; how vaults are named; whom a challenge may speak for.
 * Of entra.md: 4.1, 4.2; 9.2 challenge parse, resource check incl. suffix trick, http refused. */
#include "key_vault_testing.h"

#include "crypto/digest.h"
#include "crypto/signature.h"

static const struct key_vault_plan plain = { .url = NULL };

#define EC_KEY                                                                                     \
    "\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\",\"y\":"               \
    "\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\""

static const char *key_body(struct vault_world *v, const char *members, const char *version)
{
    return text_printf(v->p.w->arena,
                       "{\"key\":{\"kid\":\"%s/keys/jwt/%s\",\"key_ops\":[\"sign\",\"verify\"],%s},"
                       "\"attributes\":{\"enabled\":true,\"created\":1700000000,\"exportable\":"
                       "false},\"tags\":{}}",
                       v->url, version, members);
}

static void a_key_is_read_as_a_jwk(void **state)
{
    static const char *const members[] = { "\"kty\":\"EC\"," EC_KEY, "\"kty\":\"EC-HSM\"," EC_KEY };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct vault_world *v = vault_world(state, &plain);
        struct world *w = v->p.w;
        struct vault_key got;
        const struct key *key = NULL;
        SCRIPT(w, { "GET /keys/jwt" API, NULL, v->challenge, "{}" }, FIRST_TOKEN,
               { "GET /keys/jwt" API, SHOWN, FINE, key_body(v, members[i], NEW_VERSION) });
        assert_int_equal(key_vault_key(&w->c, v->vault, "jwt", NULL, &got).code, ERR_OK);
        assert_true(got.may_sign);
        assert_string_equal(got.is.version, NEW_VERSION);
        assert_int_equal(key_read_jwk(&w->c, w->arena, bytes_of(got.jwk), false, &key).code,
                         ERR_OK);
        assert_int_equal(key->alg, ALG_ES256);
        vault_done(v);
    }
}

static void versions_come_newest_first_over_all_pages(void **state)
{
    struct vault_world *v = vault_world(state, &plain);
    struct world *w = v->p.w;
    struct vault_versions got;
    const char *first = text_printf(
        w->arena,
        "{\"value\":[{\"kid\":\"%s/keys/jwt/" OLD_VERSION
        "\",\"attributes\":{\"enabled\":false,\"created\":1}}],\"nextLink\":\"%s/keys/jwt/"
        "versions?$skiptoken=2\"}",
        v->url, v->url);
    const char *second = text_printf(w->arena,
                                     "{\"value\":[{\"kid\":\"%s/keys/jwt/" NEW_VERSION
                                     "\",\"attributes\":{\"enabled\":true,\"created\":2}}],"
                                     "\"nextLink\":null}",
                                     v->url);
    SCRIPT(w, { "GET /keys/jwt/versions?maxresults=25&api-version=7.4 ", NULL, v->challenge, "{}" },
           FIRST_TOKEN, { "GET /keys/jwt/versions?maxresults=25&", SHOWN, FINE, first },
           { "GET /keys/jwt/versions?$skiptoken=2 ", SHOWN, FINE, second });
    assert_int_equal(key_vault_key_versions(&w->c, v->vault, "jwt", &got).code, ERR_OK);
    assert_int_equal(got.n, 2);
    assert_string_equal(got.at[0].version, NEW_VERSION);
    assert_true(got.at[0].enabled);
    assert_false(got.at[1].enabled);
    vault_done(v);
}

/* SR-02: what an answer names is not called with our token. */
static void pages_elsewhere_are_not_read(void **state)
{
    static const char *const links[] = { "http://localhost:1/keys/jwt/versions",
                                         "https://kv1.localhost/keys/jwt/versions",
                                         "http://kv1.localhost.evil.example/keys/x", "/keys/x" };
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        struct vault_world *v = vault_world(state, &plain);
        struct world *w = v->p.w;
        struct vault_versions got;
        const char *body = text_printf(w->arena, "{\"value\":[],\"nextLink\":\"%s\"}", links[i]);
        SCRIPT(w, { "GET /keys/jwt/versions?", NULL, v->challenge, "{}" }, FIRST_TOKEN,
               { "GET /keys/jwt/versions?", SHOWN, FINE, body });
        assert_int_equal(key_vault_key_versions(&w->c, v->vault, "jwt", &got).code, ERR_UPSTREAM);
        vault_done(v);
    }
}

static void a_digest_is_signed(void **state)
{
    struct vault_world *v = vault_world(state, &plain);
    struct world *w = v->p.w;
    struct bytes signature;
    uint8_t digest[DIGEST_SHA256] = { 0 };
    struct vault_signing signing = { "jwt", NEW_VERSION, ALG_ES256, { digest, sizeof digest } };
    const char *done = text_printf(
        w->arena, "{\"kid\":\"%s/keys/jwt/" NEW_VERSION "\",\"value\":\"AQID\"}", v->url);
    const char *other = text_printf(
        w->arena, "{\"kid\":\"%s/keys/jwt/" OLD_VERSION "\",\"value\":\"AQID\"}", v->url);
    static const char sent[] = "{\"alg\":\"ES256\",\"value\":"
                               "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}";
    SCRIPT(
        w,
        { "POST /keys/jwt/" NEW_VERSION "/sign" API, "Content-Length: 0\r\n", v->challenge, "{}" },
        FIRST_TOKEN, { "POST /keys/jwt/" NEW_VERSION "/sign" API, sent, FINE, done },
        { "POST /keys/jwt/" NEW_VERSION "/sign" API, sent, FINE, other });
    assert_int_equal(key_vault_sign(&w->c, v->vault, &signing, &signature).code, ERR_OK);
    assert_int_equal(signature.n, 3);
    /* By another version it is another key's. */
    assert_int_equal(key_vault_sign(&w->c, v->vault, &signing, &signature).code, ERR_UPSTREAM);
    fault_clear(&w->c);
    signing.alg = ALG_EDDSA;
    assert_int_equal(key_vault_sign(&w->c, v->vault, &signing, &signature).code,
                     ERR_INVALID_REQUEST);
    signing.alg = ALG_ES384;
    assert_int_equal(key_vault_sign(&w->c, v->vault, &signing, &signature).code,
                     ERR_INVALID_REQUEST);
    signing.alg = ALG_RS256;
    signing.version = NULL;
    assert_int_equal(key_vault_sign(&w->c, v->vault, &signing, &signature).code,
                     ERR_INVALID_REQUEST);
    vault_done(v);
}

/* ---- names ---- */

static void vaults_are_named_in_their_cloud(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *text, *authority, *url, *version;
    } rows[] = {
        { "keyvault://kv1/db", NULL, "https://kv1.vault.azure.net", NULL },
        { "keyvault://kv1/db/" OLD_VERSION, NULL, "https://kv1.vault.azure.net", OLD_VERSION },
        { "keyvault://kv1/db", "https://login.microsoftonline.us",
          "https://kv1.vault.usgovcloudapi.net", NULL },
        { "keyvault://kv1/db", "https://login.chinacloudapi.cn", "https://kv1.vault.azure.cn",
          NULL },
        { "keyvault://KV1.vault.example:8443/db", NULL, "https://kv1.vault.example:8443", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vault_address out;
        assert_int_equal(vault_address_read(&w->c, rows[i].text, rows[i].authority, &out).code,
                         ERR_OK);
        assert_string_equal(out.url, rows[i].url);
        assert_string_equal(out.name, "db");
        assert_true(text_equal(out.version, rows[i].version));
    }
    static const char *const bad[] = {
        "keyvault://",        "keyvault://kv1",          "keyvault://kv1/",
        "keyvault://kv1/a_b", "keyvault://kv1/db/1",     "keyvault://kv1/db/" OLD_VERSION "/x",
        "keyvault://kv1//db", "keyvault://u@kv1.x.y/db", "keyvault://127.0.0.1/db",
        "https://kv1.x.y/db", "keyvault://kv1?x/db",     "keyvault://kv1.x.y:0/db",
        "keyvault://kv1/db ",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct vault_address out;
        fault_clear(&w->c);
        assert_int_equal(vault_address_read(&w->c, bad[i], NULL, &out).code, ERR_INVALID_REQUEST);
        assert_non_null(strstr(w->c.fault.text, "keyvault://VAULT/NAME"));
    }
    struct vault_address out;
    static const char *const urls[] = { "http://kv1.vault.azure.net", "https://kv1.x.y/keys",
                                        "https://1.2.3.4", "kv1" };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
        assert_int_equal(vault_url_read(&w->c, urls[i], &out).code, ERR_INVALID_REQUEST);
}

static void a_vault_asks_for_its_own_resource_alone(void **state)
{
    struct world *w = *state;
#define LOGIN "authorization=\"https://login.microsoftonline.com/t-1\", "
    static const struct {
        const char *vault, *said, *scope; /* NULL: refused */
    } rows[] = {
        { "https://kv1.vault.azure.net", "Bearer " LOGIN "resource=\"https://vault.azure.net\"",
          "https://vault.azure.net/.default" },
        { "https://kv1.vault.azure.net",
          "Bearer authorization_uri=\"https://login.windows.net/t-1/x\",scope=\"https://"
          "vault.azure.net/.default\"",
          "https://vault.azure.net/.default" },
        { "https://kv1.vault.azure.net",
          "Bearer " LOGIN "resource=\"https://vault.azure.net\", "
          "scope=\"https://vault.azure.net/.default\"",
          "https://vault.azure.net/.default" },
        { "https://kv1.vault.azure.net",
          "Bearer " LOGIN "resource=\"https://vault.azure.net\", "
          "scope=\"https://graph.microsoft.com/.default\"",
          NULL },
        { "https://kv1.vault.azure.net.evil.example",
          "Bearer " LOGIN "resource=\"https://vault.azure.net\"", NULL },
        { "https://evilvault.azure.net", "Bearer " LOGIN "resource=\"https://vault.azure.net\"",
          NULL },
        { "https://vault.azure.net", "Bearer " LOGIN "resource=\"https://vault.azure.net\"", NULL },
        { "https://kv1.vault.azure.net", "Bearer " LOGIN "resource=\"https://net\"", NULL },
        { "https://kv1.vault.azure.net", "Bearer " LOGIN "resource=\"http://vault.azure.net\"",
          NULL },
        { "https://kv1.vault.azure.net", "Bearer " LOGIN "resource=\"https://vault.azure.net/\"",
          NULL },
        { "https://kv1.vault.azure.net", "Bearer " LOGIN "resource=\"https://vault.azure.net:8\"",
          NULL },
        { "https://kv1.vault.azure.net",
          "Bearer authorization=\"https://evil.example/t-1\", resource=\"https://vault.azure.net\"",
          NULL },
        { "https://kv1.vault.azure.net",
          "Bearer authorization=\"http://login.microsoftonline.com/t-1\", "
          "resource=\"https://vault.azure.net\"",
          NULL },
        { "https://kv1.vault.azure.net",
          "Bearer authorization=\"https://login.microsoftonline.com/\", "
          "resource=\"https://vault.azure.net\"",
          NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vault_challenge out;
        const char *why = vault_challenge_read(w->arena, rows[i].said, rows[i].vault,
                                               "https://login.microsoftonline.com", &out);
        assert_int_equal(why == NULL, rows[i].scope != NULL);
        if (rows[i].scope == NULL)
            continue;
        assert_string_equal(out.scope, rows[i].scope);
        assert_string_equal(out.tenant, "t-1");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_key_is_read_as_a_jwk),
        WORLD_TEST(versions_come_newest_first_over_all_pages),
        WORLD_TEST(pages_elsewhere_are_not_read),
        WORLD_TEST(a_digest_is_signed),
        WORLD_TEST(vaults_are_named_in_their_cloud),
        WORLD_TEST(a_vault_asks_for_its_own_resource_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
