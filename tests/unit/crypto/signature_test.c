/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/signature.h"

#include "jose_testing.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

/* A file of Wycheproof's with bare signatures, and what it is about. */
struct vectors {
    const char *file;
    enum jws_alg alg;
    size_t expected; /* at least this many tests */
};

static const struct vectors files[] = {
    { "wycheproof/rsa_signature_2048_sha256_test.json", ALG_RS256, 250 },
    { "wycheproof/rsa_signature_3072_sha256_test.json", ALG_RS256, 250 },
    { "wycheproof/rsa_signature_4096_sha256_test.json", ALG_RS256, 200 },
    { "wycheproof/rsa_pss_2048_sha256_mgf1_32_test.json", ALG_PS256, 100 },
    { "wycheproof/rsa_pss_3072_sha256_mgf1_32_test.json", ALG_PS256, 100 },
    { "wycheproof/ecdsa_secp256r1_sha256_p1363_test.json", ALG_ES256, 250 },
    { "wycheproof/ecdsa_secp384r1_sha384_p1363_test.json", ALG_ES384, 270 },
    { "wycheproof/ed25519_test.json", ALG_EDDSA, 140 },
};

/* The group's public key from its DER form. */
static const struct key *key_of(struct ctx *c, const struct vector *group, enum jws_alg alg)
{
    struct bytes der = vector_hex(c, group, "publicKeyDer");
    const uint8_t *at = der.at;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)der.n);
    assert_non_null(pkey);
    ARENA_OWN(c->arena, EVP_PKEY, EVP_PKEY_free, pkey);
    assert_int_equal(key_algs_of(pkey) & alg, alg);
    struct key plan = { .algs = alg, .pkey = pkey };
    const struct key *key = NULL;
    assert_int_equal(key_make(c, c->arena, &plan, &key).code, ERR_OK);
    return key;
}

/* "acceptable" is what Wycheproof calls a legacy form (a missing NULL parameter): we refuse it. */
static size_t check_group(struct ctx *c, const struct vector *group, enum jws_alg alg)
{
    struct arena_mark mark = arena_mark(c->arena);
    const struct key *key = key_of(c, group, alg);
    size_t n = 0;
    const struct vector *test;
    for (EACH(vector_get(group, "tests"), test)) {
        bool holds =
            signature_holds(key, alg, vector_hex(c, test, "msg"), vector_hex(c, test, "sig"));
        if (holds != text_equal(vector_text(test, "result"), "valid"))
            fail_msg("%s test %lld: %s", alg_name(alg), vector_int(test, "tcId"),
                     vector_text(test, "comment"));
        n++;
    }
    arena_rewind(c->arena, mark);
    return n;
}

/* JOSE-10, JOSE-11, JOSE-36: among them zeros, numbers beyond the order, other lengths and
 * encodings */
static void signatures_hold_where_wycheproof_says_so(void **state)
{
    struct ctx *c = *state;
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        struct vector *file = vectors_open(c, files[f].file);
        const struct vector *group;
        if (file == NULL)
            skip();
        size_t n = 0;
        for (EACH(vector_get(file, "testGroups"), group))
            n += check_group(c, group, files[f].alg);
        assert_true(n >= files[f].expected);
        vectors_close(file);
    }
}

static struct bytes sign(struct ctx *c, const struct key *key, struct bytes in)
{
    struct bytes out = { 0 };
    assert_int_equal(signature_make(c, key, key->alg, in, &out).code, ERR_OK);
    return out;
}

static void what_was_signed_holds_and_nothing_else(void **state)
{
    struct ctx *c = *state;
    static const struct {
        enum jws_alg alg;
        size_t bytes;
    } kinds[] = { { ALG_RS256, 256 },
                  { ALG_PS256, 256 },
                  { ALG_ES256, 64 },
                  { ALG_ES384, 96 },
                  { ALG_EDDSA, 64 } };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        enum jws_alg alg = kinds[i].alg;
        const struct key *key = new_key(c, alg), *other = new_key(c, alg);
        struct bytes in = bytes_of("text"), made = sign(c, key, in);
        assert_int_equal(made.n, kinds[i].bytes);
        assert_true(signature_holds(key, alg, in, made));
        assert_false(signature_holds(other, alg, in, made));
        assert_false(signature_holds(key, alg, bytes_of("texu"), made));
        assert_false(signature_holds(key, alg, NOTHING, made));
        uint8_t *changed = arena_copy(c->arena, made.at, made.n);
        for (size_t k = 0; k < made.n; k += 7) {
            changed[k] ^= 1;
            assert_false(signature_holds(key, alg, in, (struct bytes){ changed, made.n }));
            changed[k] ^= 1;
        }
    }
}

static void an_empty_text_can_be_signed(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_EDDSA);
    assert_true(signature_holds(key, ALG_EDDSA, NOTHING, sign(c, key, NOTHING)));
}

static void short_numbers_are_padded_in_both_directions(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_ES256);
    unsigned short_ones = 0;
    /* One in 128 signatures has an r or s with a zero in front. */
    for (uint32_t i = 0; i < 1500; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        struct bytes in = { (const uint8_t *)&i, sizeof i }, made = sign(c, key, in);
        assert_int_equal(made.n, 64);
        short_ones += made.at[0] == 0 || made.at[32] == 0;
        assert_true(signature_holds(key, ALG_ES256, in, made));
        arena_rewind(c->arena, mark);
    }
    assert_true(short_ones > 0);
}

/* JOSE-10: r = s = 0, and numbers at and beyond the order and the field */
static void psychic_signatures_do_not_hold(void **state)
{
    struct ctx *c = *state;
    static const char *const numbers[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000001",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550", /* n - 1 */
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", /* n */
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552",
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", /* p */
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    enum { N = sizeof numbers / sizeof numbers[0] };
    const struct key *key = new_key(c, ALG_ES256);
    for (size_t r = 0; r < N; r++)
        for (size_t s = 0; s < N; s++) {
            struct bytes raw = { 0 };
            const char *hex = text_printf(c->arena, "%s%s", numbers[r], numbers[s]);
            assert_true(hex_decode(c->arena, bytes_of(hex), &raw));
            assert_false(signature_holds(key, ALG_ES256, bytes_of("text"), raw));
        }
    uint8_t zeros[96] = { 0 };
    assert_false(signature_holds(new_key(c, ALG_ES384), ALG_ES384, bytes_of("text"),
                                 (struct bytes){ zeros, sizeof zeros }));
}

/* JOSE-11: another length, or DER, before anything is computed with it */
static void a_signature_of_another_length_does_not_hold(void **state)
{
    struct ctx *c = *state;
    static const size_t lengths[] = { 0,  1,  31,  32,  63,  65,  66,  70,   71,    72,   95,
                                      97, 98, 131, 132, 133, 255, 257, 8192, 16384, 32768 };
    static const enum jws_alg algs[] = { ALG_RS256, ALG_PS256, ALG_ES256, ALG_ES384, ALG_EDDSA };
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        const struct key *key = new_key(c, algs[i]);
        struct bytes in = bytes_of("text"), made = sign(c, key, in);
        for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
            /* The good one, cut or with zeros behind or in front, in a place of exactly its size.
             */
            size_t n = lengths[k], shared = n < made.n ? n : made.n;
            uint8_t *behind = arena_alloc(c->arena, n), *front = arena_alloc(c->arena, n);
            memcpy(behind, made.at, shared);
            memcpy(front + n - shared, made.at, shared);
            assert_false(n != made.n &&
                         signature_holds(key, algs[i], in, (struct bytes){ behind, n }));
            assert_false(n != made.n &&
                         signature_holds(key, algs[i], in, (struct bytes){ front, n }));
        }
    }
}

/* JOSE-11: what OpenSSL itself would take is not the form of a JWS */
static void a_signature_in_der_does_not_hold(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_ES256);
    EVP_MD_CTX *x = EVP_MD_CTX_new();
    uint8_t der[80];
    for (int i = 0; i < 20; i++) {
        size_t n = sizeof der;
        assert_int_equal(EVP_MD_CTX_copy_ex(x, key->sign), 1);
        assert_int_equal(EVP_DigestSign(x, der, &n, (const uint8_t *)"text", 4), 1);
        assert_false(signature_holds(key, ALG_ES256, bytes_of("text"), (struct bytes){ der, n }));
    }
    EVP_MD_CTX_free(x);
}

static void a_key_does_not_verify_with_an_algorithm_it_is_not_for(void **state)
{
    struct ctx *c = *state;
    const struct key *rsa = new_key(c, ALG_PS256);
    struct key both = *rsa;
    both.algs = ALG_RS256 | ALG_PS256;
    struct bytes made = { 0 };
    assert_int_equal(signature_make(c, &both, ALG_RS256, bytes_of("text"), &made).code, ERR_OK);
    assert_true(signature_holds(&both, ALG_RS256, bytes_of("text"), made));
    assert_false(signature_holds(&both, ALG_PS256, bytes_of("text"), made));
    assert_false(signature_holds(rsa, ALG_RS256, bytes_of("text"), made));
    assert_false(signature_holds(rsa, ALG_HS256, bytes_of("text"), made));
    assert_false(signature_holds(rsa, (enum jws_alg)0, bytes_of("text"), made));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(signatures_hold_where_wycheproof_says_so),
        CRYPTO_TEST(what_was_signed_holds_and_nothing_else),
        CRYPTO_TEST(an_empty_text_can_be_signed),
        CRYPTO_TEST(short_numbers_are_padded_in_both_directions),
        CRYPTO_TEST(psychic_signatures_do_not_hold),
        CRYPTO_TEST(a_signature_of_another_length_does_not_hold),
        CRYPTO_TEST(a_signature_in_der_does_not_hold),
        CRYPTO_TEST(a_key_does_not_verify_with_an_algorithm_it_is_not_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
