/* SPDX-License-Identifier: Apache-2.0 */
/* Key vaults, as programs meet them in the library. */
#include <uauth/uauth.h>

#include "tests/unit/client/key_vault_testing.h"

struct scene {
    struct vault_world *v;
    struct uauth *u;
    struct uauth_azure *azure;
    struct uauth_key_vault *vault;
};

static struct scene open_scene(void **state)
{
    struct scene s = { .v = vault_world(state, &(struct key_vault_plan){ .url = NULL }) };
    const struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
    const struct uauth_azure_options managed = { .size = sizeof managed,
                                                 .credential = "managed-identity" };
    struct uauth_key_vault_options wanted = { .size = sizeof wanted, .url = s.v->url };
    assert_int_equal(uauth_new(&options, &s.u, NULL), UAUTH_OK);
    assert_int_equal(setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", s.v->p.w->url, 1), 0);
    assert_int_equal(uauth_azure_new(s.u, &managed, &s.azure, NULL), UAUTH_OK);
    assert_int_equal(unsetenv("AZURE_POD_IDENTITY_AUTHORITY_HOST"), 0);
    wanted.azure = s.azure;
    assert_int_equal(uauth_key_vault_new(s.u, &wanted, &s.vault, NULL), UAUTH_OK);
    return s;
}

static void close_scene(struct scene *s)
{
    uauth_key_vault_free(s->vault);
    uauth_azure_free(s->azure);
    uauth_free(s->u);
    vault_done(s->v);
}

static void a_secret_is_read(void **state)
{
    struct scene s = open_scene(state);
    struct uauth_vault_secret *secret = NULL;
    struct uauth_error *error = NULL;
    SCRIPT(
        s.v->p.w, { "GET /secrets/db" API, NULL, s.v->challenge, "{}" }, FIRST_TOKEN,
        { "GET /secrets/db" API, SHOWN, FINE, secret_body(s.v, "hunter2", NEW_VERSION) },
        { "GET /secrets/no" API, SHOWN, "404 x\r\n", "{\"error\":{\"code\":\"SecretNotFound\"}}" },
        { "GET /secrets/db" API, SHOWN, "403 x\r\n", "{\"error\":{\"code\":\"Forbidden\"}}" });
    assert_int_equal(uauth_key_vault_secret(s.vault, "db", NULL, &secret, &error), UAUTH_OK);
    assert_string_equal(uauth_vault_secret_value(secret), "hunter2");
    assert_string_equal(uauth_vault_secret_version(secret), NEW_VERSION);
    assert_int_equal(uauth_vault_secret_expires_at(secret), 1800000000);
    assert_null(uauth_vault_secret_content_type(secret));
    uauth_vault_secret_free(secret);
    assert_int_equal(uauth_key_vault_secret(s.vault, "no", NULL, &secret, &error), UAUTH_NOT_FOUND);
    assert_null(secret);
    uauth_error_free(error);
    assert_int_equal(uauth_key_vault_secret(s.vault, "db", NULL, &secret, &error), UAUTH_REFUSED);
    assert_non_null(strstr(uauth_error_text(error), "Key Vault Secrets User"));
    uauth_error_free(error);
    assert_int_equal(uauth_key_vault_secret(s.vault, "a/b", NULL, &secret, NULL), UAUTH_ARGUMENT);
    close_scene(&s);
}

static void a_key_signs(void **state)
{
    struct scene s = open_scene(state);
    struct uauth_vault_key *key = NULL;
    struct uauth_vault_signature *signature = NULL;
    struct arena *a = s.v->p.w->arena;
    static const uint8_t digest[32] = { 1 };
    const char *body = text_printf(a,
                                   "{\"key\":{\"kid\":\"%s/keys/jwt/" NEW_VERSION
                                   "\",\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\",\"key_ops\":["
                                   "\"sign\"]},\"attributes\":{\"enabled\":true}}",
                                   s.v->url);
    const char *done =
        text_printf(a, "{\"kid\":\"%s/keys/jwt/" NEW_VERSION "\",\"value\":\"AQID\"}", s.v->url);
    SCRIPT(s.v->p.w, { "GET /keys/jwt" API, NULL, s.v->challenge, "{}" }, FIRST_TOKEN,
           { "GET /keys/jwt" API, SHOWN, FINE, body },
           { "POST /keys/jwt/" NEW_VERSION "/sign" API, "{\"alg\":\"RS256\",\"value\":\"AQAAA",
             FINE, done });
    assert_int_equal(uauth_key_vault_key(s.vault, "jwt", NULL, &key, NULL), UAUTH_OK);
    assert_string_equal(uauth_vault_key_jwk(key), "{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"}");
    assert_true(uauth_vault_key_may_sign(key));
    struct uauth_vault_signing signing = { .size = sizeof signing,
                                           .name = "jwt",
                                           .version = uauth_vault_key_version(key),
                                           .alg = "RS256",
                                           .digest = digest,
                                           .digest_n = sizeof digest };
    size_t n = 0;
    assert_int_equal(uauth_key_vault_sign(s.vault, &signing, &signature, NULL), UAUTH_OK);
    assert_memory_equal(uauth_vault_signature_bytes(signature, &n), "\1\2\3", 3);
    assert_int_equal(n, 3);
    uauth_vault_signature_free(signature);
    signing.alg = "none";
    assert_int_equal(uauth_key_vault_sign(s.vault, &signing, &signature, NULL), UAUTH_ARGUMENT);
    signing.digest = NULL;
    assert_int_equal(uauth_key_vault_sign(s.vault, &signing, &signature, NULL), UAUTH_ARGUMENT);
    uauth_vault_key_free(key);
    close_scene(&s);
}

static void what_cannot_be_is_an_argument(void **state)
{
    struct scene s = open_scene(state);
    struct uauth_key_vault *vault = NULL;
    struct uauth_error *error = NULL;
    struct uauth_key_vault_options options = { .size = sizeof options, .url = s.v->url };
    SCRIPT(s.v->p.w, { "never", NULL, FINE, "" });
    assert_int_equal(uauth_key_vault_new(s.u, NULL, &vault, &error), UAUTH_ARGUMENT);
    uauth_error_free(error);
    assert_int_equal(uauth_key_vault_new(s.u, &options, &vault, NULL), UAUTH_ARGUMENT);
    options.azure = s.azure;
    options.url = "http://kv1.vault.azure.net";
    assert_int_equal(uauth_key_vault_new(s.u, &options, &vault, NULL), UAUTH_ARGUMENT);
    assert_null(vault);
    uauth_key_vault_free(NULL);
    uauth_vault_secret_free(NULL);
    uauth_vault_key_free(NULL);
    uauth_vault_signature_free(NULL);
    s.v->p.w->step = s.v->p.w->steps_n;
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_secret_is_read),
        WORLD_TEST(a_key_signs),
        WORLD_TEST(what_cannot_be_is_an_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
