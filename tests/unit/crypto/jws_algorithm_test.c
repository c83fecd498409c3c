/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithm comes from the key and the caller, never from the token. */
#include "jose_testing.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <time.h>

static const enum jws_alg all[] = {
    ALG_RS256, ALG_PS256, ALG_ES256, ALG_ES384, ALG_EDDSA, ALG_HS256
};
enum { ALL = sizeof all / sizeof all[0], FORMS = 8 };

/* JOSE-01: every spelling of "no signature", with none, the old one, or any other behind it */
static void an_unsecured_token_is_refused(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_ES256);
    struct jws_policy policy = policy_of(c, key);
    policy.algs = ~0U;
    static const char *const algs[] = { "\"none\"",   "\"None\"",   "\"NONE\"",    "\"nOnE\"",
                                        "\"none \"",  "\"\"",       "\"\\tnone\"", "null",
                                        "0",          "false",      "[]",          "{}",
                                        "[\"none\"]", "[\"ES256\"]" };
    const char *good = forge(c, key, ALG_ES256, HEADER("ES256", key->kid), "{}");
    const char *signature = strrchr(good, '.') + 1;
    assert_true(verifies(c, good, &policy));
    for (size_t i = 0; i <= sizeof algs / sizeof algs[0]; i++) {
        const char *header =
            i == sizeof algs / sizeof algs[0]
                ? text_printf(c->arena, "{\"kid\":\"%s\"}", key->kid)
                : text_printf(c->arena, "{\"alg\":%s,\"kid\":\"%s\"}", algs[i], key->kid);
        const char *text = unsigned_text(c, header, "{}");
        assert_false(verifies(c, text, &policy));
        assert_false(verifies(c, text_printf(c->arena, "%s.", text), &policy));
        assert_false(verifies(c, text_printf(c->arena, "%s.%s", text, signature), &policy));
        assert_false(verifies(c, text_printf(c->arena, "%s.AAAA", text), &policy));
        assert_false(verifies(c, forge(c, key, ALG_ES256, header, "{}"), &policy));
    }
}

static struct bytes from_bio(struct ctx *c, BIO *bio)
{
    char *at = NULL;
    long n = BIO_get_mem_data(bio, &at);
    assert_true(n > 0);
    struct bytes out = { arena_copy(c->arena, at, (size_t)n), (size_t)n };
    BIO_free(bio);
    return out;
}

/* A certificate that the key has given itself, as DER. */
static struct bytes certificate_of(struct ctx *c, const struct key *key)
{
    X509 *x = X509_new();
    uint8_t *der = NULL;
    const EVP_MD *md = EVP_PKEY_get_base_id(key->pkey) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
    assert_int_equal(X509_set_pubkey(x, key->pkey), 1);
    assert_true(X509_sign(x, key->pkey, md) > 0);
    int n = i2d_X509(x, &der);
    assert_true(n > 0);
    struct bytes out = { arena_copy(c->arena, der, (size_t)n), (size_t)n };
    OPENSSL_free(der);
    X509_free(x);
    return out;
}

/* The forms in which a public key is known to everybody. */
static size_t public_forms(struct ctx *c, const struct key *key, struct bytes out[static FORMS])
{
    size_t n = 0;
    BIO *spki = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(spki, key->pkey), 1);
    out[n++] = from_bio(c, spki);
    out[n] = out[n - 1];
    out[n++].n--; /* without the last line break */
    out[n++] = certificate_of(c, key);
    uint8_t *der = NULL;
    int length = i2d_PUBKEY(key->pkey, &der);
    out[n++] = (struct bytes){ arena_copy(c->arena, der, (size_t)length), (size_t)length };
    OPENSSL_free(der);
    if (EVP_PKEY_get_base_id(key->pkey) == EVP_PKEY_RSA) {
        der = NULL;
        length = i2d_PublicKey(key->pkey, &der);
        out[n++] = (struct bytes){ arena_copy(c->arena, der, (size_t)length), (size_t)length };
        OPENSSL_free(der);
    }
    struct json_writer w = json_writer(c->arena);
    key_write_jwk(&w, key);
    const char *jwk = json_written(&w);
    out[n++] = bytes_of(jwk);
    struct vector *json = vectors_parse(jwk, strlen(jwk));
    const char *number = vector_text(json, vector_text(json, "n") != NULL ? "n" : "x");
    out[n++] = bytes_of(text_copy(c->arena, number, strlen(number)));
    assert_true(base64url_decode(c->arena, out[n - 1], &out[n]));
    vectors_close(json);
    return n + 1;
}

/* JOSE-02: a public key, in any form, as the secret of an HMAC */
static void a_public_key_is_no_secret(void **state)
{
    struct ctx *c = *state;
    const struct hmac_secret *real = secret_of(c, bytes_of("0123456789abcdef0123456789abcdef"));
    for (size_t i = 0; i < ALL - 1; i++) {
        const struct key *key = new_key(c, all[i]);
        struct bytes forms[FORMS];
        size_t n = public_forms(c, key, forms);
        struct jws_policy asymmetric = policy_of(c, key), any = asymmetric, both = asymmetric;
        any.algs |= ALG_HS256;
        both.algs |= ALG_HS256;
        both.secrets = &real;
        both.secrets_n = 1;
        for (size_t k = 0; k < n; k++) {
            const char *text = unsigned_text(c, HEADER("HS256", key->kid), "{}");
            uint8_t mac[DIGEST_SHA256];
            hmac_sha256(forms[k], bytes_of(text), mac);
            const char *token = with_signature(c, text, (struct bytes){ mac, sizeof mac });
            assert_false(verifies(c, token, &asymmetric));
            assert_false(verifies(c, token, &any));
            assert_false(verifies(c, token, &both));
        }
    }
}

/* RFC 8725 3.1: each key with each algorithm in the header, signed as well as the key can */
static void a_key_takes_exactly_its_own_algorithm(void **state)
{
    struct ctx *c = *state;
    const struct key *keys[ALL - 1];
    for (size_t i = 0; i < ALL - 1; i++)
        keys[i] = new_key(c, all[i]);
    struct key_set set = { keys, ALL - 1, 0 };
    struct jws_policy policy = { .algs = ALGS_ASYMMETRIC | ALG_HS256, .keys = &set };
    for (size_t row = 0; row < ALL - 1; row++) {
        unsigned accepted = 0;
        for (size_t column = 0; column < ALL; column++) {
            bool can = (key_algs_of(keys[row]->pkey) & all[column]) != 0;
            const char *token = forge(c, keys[row], can ? all[column] : all[row],
                                      HEADER(alg_name(all[column]), keys[row]->kid), "{}");
            bool good = verifies(c, token, &policy);
            accepted += good;
            assert_int_equal(good, row == column);
        }
        assert_int_equal(accepted, 1);
    }
}

/* RFC 8725 3.1: each good token under a policy of each single algorithm */
static void a_policy_takes_exactly_its_own_algorithm(void **state)
{
    struct ctx *c = *state;
    const struct key *keys[ALL - 1];
    for (size_t i = 0; i < ALL - 1; i++)
        keys[i] = new_key(c, all[i]);
    struct key_set set = { keys, ALL - 1, 0 };
    const struct hmac_secret *secret = secret_of(c, bytes_of("0123456789abcdef0123456789abcdef"));
    for (size_t row = 0; row < ALL; row++) {
        const char *token = NULL;
        if (all[row] == ALG_HS256)
            assert_int_equal(jws_sign_secret(c, secret, NULL, bytes_of("{}"), &token).code, ERR_OK);
        else
            assert_int_equal(jws_sign(c, keys[row], NULL, bytes_of("{}"), &token).code, ERR_OK);
        for (size_t column = 0; column < ALL; column++) {
            struct jws_policy policy = {
                .algs = all[column], .keys = &set, .secrets = &secret, .secrets_n = 1
            };
            assert_int_equal(verifies(c, token, &policy), row == column);
        }
    }
}

/* JOSE-14, JOSE-17: the algorithms of encrypted tokens sign nothing, whatever else the token has;
 * the work that its header asks for is never begun. */
static void an_algorithm_of_encryption_is_refused_at_once(void **state)
{
    static const char *const algs[] = { "PBES2-HS256+A128KW",
                                        "PBES2-HS512+A256KW",
                                        "RSA1_5",
                                        "RSA-OAEP",
                                        "RSA-OAEP-256",
                                        "dir",
                                        "A128KW",
                                        "A256GCMKW",
                                        "ECDH-ES",
                                        "ECDH-ES+A256KW",
                                        "RS1",
                                        "HS1" };
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_ES256);
    struct jws_policy policy = policy_of(c, key);
    policy.algs = ~0U;
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        const char *header = text_printf(c->arena,
                                         "{\"alg\":\"%s\",\"enc\":\"A128CBC-HS256\",\"kid\":\"%s\","
                                         "\"p2s\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"p2c\":2147483647}",
                                         algs[i], key->kid);
        const char *three = forge(c, key, ALG_ES256, header, "{}");
        const char *five = text_printf(c->arena, "%s.AAAA.AAAAAAAAAAAAAAAA.AAAA.AAAA",
                                       base64url_encode(c->arena, bytes_of(header)));
        struct jws out = { 0 };
        clock_t began = clock();
        assert_int_equal(jws_verify(c, three, &policy, &out).code, ERR_INVALID_TOKEN);
        assert_non_null(strstr(c->fault.text, "not accepted"));
        assert_non_null(strstr(c->fault.text, algs[i]));
        fault_clear(c);
        assert_false(verifies(c, five, &policy));
        assert_true(clock() - began < CLOCKS_PER_SEC / 100);
    }
}

/* JOSE-12: a secret for HS256 has 256 bits at least */
static void a_short_secret_is_refused(void **state)
{
    struct ctx *c = *state;
    char at[HMAC_SECRET_MAX + 1];
    memset(at, 'k', sizeof at);
    for (size_t n = 0; n <= sizeof at; n++)
        assert_int_equal(secret_of(c, (struct bytes){ (const uint8_t *)at, n }) != NULL,
                         n >= 32 && n <= HMAC_SECRET_MAX);
}

static void any_of_several_secrets_will_do(void **state)
{
    struct ctx *c = *state;
    const struct hmac_secret *secrets[] = {
        secret_of(c, bytes_of("0123456789abcdef0123456789abcdef")),
        secret_of(c, bytes_of("fedcba9876543210fedcba9876543210"))
    };
    const struct hmac_secret *other = secret_of(c, bytes_of("0123456789abcdef0123456789abcdeF"));
    struct jws_policy policy = { .algs = ALG_HS256, .secrets = secrets, .secrets_n = 2 };
    const char *token = NULL;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(jws_sign_secret(c, secrets[i], "JWT", bytes_of("{}"), &token).code,
                         ERR_OK);
        assert_true(verifies(c, token, &policy));
    }
    assert_int_equal(jws_sign_secret(c, other, "JWT", bytes_of("{}"), &token).code, ERR_OK);
    assert_false(verifies(c, token, &policy));
    assert_false(verifies(c, text_copy(c->arena, token, strlen(token) - 43), &policy));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(an_unsecured_token_is_refused),
        CRYPTO_TEST(a_public_key_is_no_secret),
        CRYPTO_TEST(a_key_takes_exactly_its_own_algorithm),
        CRYPTO_TEST(a_policy_takes_exactly_its_own_algorithm),
        CRYPTO_TEST(an_algorithm_of_encryption_is_refused_at_once),
        CRYPTO_TEST(a_short_secret_is_refused),
        CRYPTO_TEST(any_of_several_secrets_will_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
