/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens when the library under us fails in the middle: its functions are replaced here by
 * ones that do as told, or pass on to it.
 */
#include "jose_testing.h"

#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

enum { AS_IT_IS = 7 };
static int verify_answer = AS_IT_IS, sign_answer = AS_IT_IS;
static bool no_context;

int EVP_DigestVerify(EVP_MD_CTX *x, const unsigned char *signature, size_t signature_n,
                     const unsigned char *in, size_t n)
{
    int (*real)(EVP_MD_CTX *, const unsigned char *, size_t, const unsigned char *, size_t);
    *(void **)&real = dlsym(RTLD_NEXT, "EVP_DigestVerify");
    return verify_answer == AS_IT_IS ? real(x, signature, signature_n, in, n) : verify_answer;
}

int EVP_DigestSign(EVP_MD_CTX *x, unsigned char *out, size_t *out_n, const unsigned char *in,
                   size_t n)
{
    int (*real)(EVP_MD_CTX *, unsigned char *, size_t *, const unsigned char *, size_t);
    *(void **)&real = dlsym(RTLD_NEXT, "EVP_DigestSign");
    return sign_answer == AS_IT_IS ? real(x, out, out_n, in, n) : sign_answer;
}

EVP_MD_CTX *EVP_MD_CTX_new(void)
{
    EVP_MD_CTX *(*real)(void);
    *(void **)&real = dlsym(RTLD_NEXT, "EVP_MD_CTX_new");
    return no_context ? NULL : real();
}

/* JOSE-31, ME-02: only one of the three answers of a verification is yes; without memory to look,
 * the token is not called wrong either */
static void a_verification_that_fails_or_breaks_refuses(void **state)
{
    struct ctx *c = *state;
    static const int answers[] = { 0, -1, -2, 2, INT32_MAX, INT32_MIN };
    static const enum jws_alg algs[] = { ALG_RS256, ALG_PS256, ALG_ES256, ALG_ES384, ALG_EDDSA };
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        const struct key *key = new_key(c, algs[i]);
        struct jws_policy policy = policy_of(c, key);
        const char *token = NULL;
        assert_int_equal(jws_sign(c, key, "JWT", bytes_of("{}"), &token).code, ERR_OK);
        for (size_t k = 0; k < sizeof answers / sizeof answers[0]; k++) {
            verify_answer = answers[k];
            bool accepted = verifies(c, token, &policy);
            verify_answer = AS_IT_IS;
            assert_false(accepted);
        }
        struct jws out = { 0 };
        no_context = true;
        err e = jws_verify(c, token, &policy, &out);
        no_context = false;
        assert_int_equal(e.code, ERR_UNAVAILABLE);
        assert_null(out.key);
        fault_clear(c);
        assert_true(verifies(c, token, &policy));
    }
}

/* CR-12: signing that fails is a failure and gives nothing away */
static void signing_that_fails_gives_no_token(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_ES256);
    for (int answer = -1; answer <= 0; answer++) {
        const char *token = NULL;
        sign_answer = answer;
        err e = jws_sign(c, key, "JWT", bytes_of("{}"), &token);
        sign_answer = AS_IT_IS;
        assert_int_equal(e.code, ERR_UNAVAILABLE);
        assert_null(token);
        fault_clear(c);
    }
}

static EVP_PKEY *with_parameters(const OSSL_PARAM *parameters)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(x), 1);
    assert_int_equal(
        EVP_PKEY_fromdata(x, &pkey, EVP_PKEY_KEYPAIR, (OSSL_PARAM *)(uintptr_t)parameters), 1);
    EVP_PKEY_CTX_free(x);
    return pkey;
}

/* CR-12: a fault in one of the two halves of an RSA signature would give the key away; none comes
 * out */
static void a_fault_in_one_half_of_rsa_gives_no_bad_signature(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_RS256);
    OSSL_PARAM *parameters = NULL;
    assert_int_equal(EVP_PKEY_todata(key->pkey, EVP_PKEY_KEYPAIR, &parameters), 1);
    OSSL_PARAM *half = OSSL_PARAM_locate(parameters, OSSL_PKEY_PARAM_RSA_EXPONENT1);
    assert_non_null(half);
    ((uint8_t *)half->data)[3] ^= 0x10;
    EVP_PKEY *faulty = with_parameters(parameters);
    OSSL_PARAM_free(parameters);
    ARENA_OWN(c->arena, EVP_PKEY, EVP_PKEY_free, faulty);
    struct key plan = { .algs = ALG_RS256, .is_private = true, .pkey = faulty };
    const struct key *made = NULL;
    err e = key_make(c, c->arena, &plan, &made);
    if (e.code != ERR_OK)
        return; /* refused at once is as good */
    for (int i = 0; i < 5; i++) {
        struct bytes in = bytes_of(text_printf(c->arena, "text %d", i)), signature = { 0 };
        e = signature_make(c, made, ALG_RS256, in, &signature);
        assert_true(e.code != ERR_OK || signature_holds(key, ALG_RS256, in, signature));
    }
}

/* CR-12: no two signatures of ECDSA share a nonce, which r would show */
static void ecdsa_never_uses_a_nonce_twice(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_ES256);
    enum { N = 200 };
    struct bytes made[N];
    for (size_t i = 0; i < N; i++)
        assert_int_equal(signature_make(c, key, ALG_ES256, bytes_of("text"), &made[i]).code,
                         ERR_OK);
    for (size_t i = 0; i < N; i++)
        for (size_t k = i + 1; k < N; k++)
            assert_memory_not_equal(made[i].at, made[k].at, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(a_verification_that_fails_or_breaks_refuses),
        CRYPTO_TEST(signing_that_fails_gives_no_token),
        CRYPTO_TEST(a_fault_in_one_half_of_rsa_gives_no_bad_signature),
        CRYPTO_TEST(ecdsa_never_uses_a_nonce_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
