/* SPDX-License-Identifier: Apache-2.0 */
/* What only somebody with a key could tell apart, and points that are none. */
#include "crypto/jwe.h"

#include "jwe_testing.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

static struct bytes flipped(struct ctx *c, struct bytes in, size_t at)
{
    uint8_t *out = arena_copy(c->arena, in.at, in.n);
    out[at] ^= 1;
    return (struct bytes){ out, in.n };
}

/* What must be refused with one text: each part of a good token with a bit changed. */
static void check_changes(struct ctx *c, const struct jwe_hand *hand,
                          const struct jwe_policy *policy)
{
    assert_true(opens(c, by_hand(c, hand), policy));
    const char *due = NULL;
    struct jwe_hand changed[] = { *hand, *hand, *hand, *hand, *hand, *hand };
    changed[0].tag = flipped(c, hand->tag, 0);
    changed[1].tag = flipped(c, hand->tag, 15);
    changed[2].iv = flipped(c, hand->iv, 3);
    changed[3].ciphertext = flipped(c, hand->ciphertext, hand->ciphertext.n - 1);
    changed[4].header = text_printf(c->arena, " %s", hand->header);
    if (hand->encrypted_key.n > 0)
        changed[5].encrypted_key = flipped(c, hand->encrypted_key, hand->encrypted_key.n - 1);
    else
        changed[5].ciphertext = flipped(c, hand->ciphertext, 0);
    for (size_t i = 0; i < 6; i++) {
        const char *text = refusal_of(c, by_hand(c, &changed[i]), policy);
        due = due == NULL ? text : due;
        assert_string_equal(text, due);
        assert_non_null(strstr(text, "does not decrypt"));
    }
}

/* JOSE-17 */
static void whatever_does_not_decrypt_is_refused_in_the_same_words(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < ALGS_OF_JWE * ENCS_OF_JWE; i++) {
        enum jwe_alg alg = jwe_algs[i / ENCS_OF_JWE];
        enum jwe_enc enc = jwe_encs[i % ENCS_OF_JWE];
        const struct encryption_key *key = new_encryption_key(c, alg);
        struct jwe_policy policy = jwe_policy_of(c, key);
        struct jwe_cek cek;
        assert_int_equal(jwe_cek_make(c, key, alg, enc, &cek).code, ERR_OK);
        struct jwe_hand hand = { .header =
                                     text_printf(c->arena, "{\"alg\":\"%s\",\"enc\":\"%s\"%s%s}",
                                                 jwe_alg_name(alg), jwe_enc_name(enc),
                                                 cek.epk == NULL ? "" : ",\"epk\":",
                                                 cek.epk == NULL ? "" : cek.epk),
                                 .encrypted_key = cek.encrypted };
        fill_hand(c, &hand, enc, cek.key, bytes_of("what is said"));
        check_changes(c, &hand, &policy);
    }
}

#define RSA_CBC "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A128CBC-HS256\"}"

/* JOSE-17: a padding that is wrong under a tag that is right is the sender's own doing, and is
 * refused as a wrong tag is */
static void a_wrong_padding_is_refused_as_a_wrong_tag_is(void **state)
{
    struct ctx *c = *state;
    const struct encryption_key *key = new_encryption_key(c, JWE_RSA_OAEP_256);
    struct jwe_policy policy = jwe_policy_of(c, key);
    struct jwe_cek cek;
    assert_int_equal(jwe_cek_make(c, key, JWE_RSA_OAEP_256, JWE_A128CBC_HS256, &cek).code, ERR_OK);
    struct jwe_hand hand = { .header = RSA_CBC, .encrypted_key = cek.encrypted };
    fill_hand(c, &hand, JWE_A128CBC_HS256, cek.key, bytes_of("sixteen letters!"));
    struct jwe_hand wrong_tag = hand;
    wrong_tag.tag = flipped(c, hand.tag, 1);
    /* Without its last block, which is all padding, the text ends in "!". */
    struct jwe_hand wrong_padding = hand;
    wrong_padding.ciphertext.n -= 16;
    const char *aad = base64url_encode(c->arena, bytes_of(RSA_CBC));
    uint8_t input[256] = { 0 }, mac[DIGEST_SHA256];
    size_t n = strlen(aad);
    memcpy(input, aad, n);
    memcpy(input + n, hand.iv.at, 16);
    memcpy(input + n + 16, wrong_padding.ciphertext.at, 16);
    input[n + 32 + 6] = (uint8_t)(8 * n >> 8);
    input[n + 32 + 7] = (uint8_t)(8 * n);
    hmac_sha256((struct bytes){ cek.key, 16 }, (struct bytes){ input, n + 40 }, mac);
    wrong_padding.tag = (struct bytes){ mac, JWE_TAG_BYTES };
    assert_true(opens(c, by_hand(c, &hand), &policy));
    assert_string_equal(refusal_of(c, by_hand(c, &wrong_padding), &policy),
                        refusal_of(c, by_hand(c, &wrong_tag), &policy));
}

/* `cek` encrypted for the owner of `key` with PKCS #1 v1.5. */
static struct bytes pkcs1(struct ctx *c, const struct encryption_key *key, struct bytes cek)
{
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    uint8_t *out = arena_alloc(c->arena, 256);
    size_t n = 256;
    assert_int_equal(EVP_PKEY_encrypt_init(x), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(x, RSA_PKCS1_PADDING), 1);
    assert_int_equal(EVP_PKEY_encrypt(x, out, &n, cek.at, cek.n), 1);
    EVP_PKEY_CTX_free(x);
    return (struct bytes){ out, n };
}

/* RFC 7516 11.5; a peer once took a key of zeros for the one that it could not decrypt */
static void no_known_key_stands_in_for_one_that_does_not_decrypt(void **state)
{
    struct ctx *c = *state;
    static const uint8_t zero[JWE_CEK_BYTES], ones[JWE_CEK_BYTES] = { 1, 1, 1, 1 };
    const struct encryption_key *key = new_encryption_key(c, JWE_RSA_OAEP_256);
    struct jwe_policy policy = jwe_policy_of(c, key);
    struct jwe_hand hand = { .header = RSA_CBC };
    struct bytes broken[] = { pkcs1(c, key, (struct bytes){ ones, 32 }), { NULL, 0 } };
    uint8_t *noise = arena_alloc(c->arena, 256);
    random_fill(c->random, noise + 1, 255);
    broken[1] = (struct bytes){ noise, 256 };
    for (size_t i = 0; i < 2; i++) {
        hand.encrypted_key = broken[i];
        fill_hand(c, &hand, JWE_A128CBC_HS256, zero, bytes_of("what is said"));
        assert_non_null(strstr(refusal_of(c, by_hand(c, &hand), &policy), "does not decrypt"));
        fill_hand(c, &hand, JWE_A128CBC_HS256, ones, bytes_of("what is said"));
        assert_non_null(strstr(refusal_of(c, by_hand(c, &hand), &policy), "does not decrypt"));
    }
}

/* Coordinates of a point on P-256 (RFC 7518 C), and of one on P-384. */
#define X   "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0"
#define Y   "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"
#define X_3 "uBo4kHPw6kbjx5l0xowrd_oYzBmaz-GKFZu4xAFFkbYiWgutEK6iuEDsQ6wNdNg3"
#define Y_3 "sp3p5SGhZVC2faXumI-e9JU2Mo8KpoYrFDr5yPNVtW4PgEwZOyQTA-JdaY8tb7E0"

#define EC(crv, x, y) "{\"kty\":\"EC\",\"crv\":\"" crv "\",\"x\":\"" x "\",\"y\":\"" y "\"}"

static const char *with_epk(struct ctx *c, const char *alg, const char *epk)
{
    struct jwe_hand hand = { .header =
                                 text_printf(c->arena, "{\"alg\":\"%s\",\"enc\":\"A256GCM\"%s%s}",
                                             alg, *epk == '\0' ? "" : ",\"epk\":", epk) };
    static const uint8_t some[40];
    hand.encrypted_key = (struct bytes){ some, text_equal(alg, "ECDH-ES") ? 0 : 40 };
    fill_hand(c, &hand, JWE_A256GCM, some, bytes_of("what is said"));
    return by_hand(c, &hand);
}

/* JOSE-20: not on the curve, at infinity, beyond the field, on another curve, not public */
static void an_epk_is_a_public_point_on_the_curve_of_the_key(void **state)
{
    struct ctx *c = *state;
    static const char *const wrong[] = {
        "",
        "null",
        "7",
        "\"" X "\"",
        "[]",
        "{}",
        EC("P-256", X, X),
        EC("P-256", Y, X),
        EC("P-384", X, Y),
        EC("P-384", X_3, Y_3),
        EC("P-521", X, Y),
        EC("secp256k1", X, Y),
        EC("P-256", X_3, Y_3),
        EC("P-256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        EC("P-256", "_____wAAAAEAAAAAAAAAAAAAAAD_______________8", Y),
        EC("P-256", "__________________________________________8", Y),
        EC("P-256", "", ""),
        EC("P-256", X "=", Y),
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":7}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\",\"d\":\"" X "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\",\"x\":\"" X "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" X "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_"
        "7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
        "{\"kty\":\"oct\",\"k\":\"" X "\"}",
    };
    static const char *const algs[] = { "ECDH-ES", "ECDH-ES+A256KW" };
    struct encryption_key key = *new_encryption_key(c, JWE_ECDH_ES);
    key.algs = JWE_ECDH_ES | JWE_ECDH_ES_A256KW;
    struct jwe_policy policy = jwe_policy_of(c, &key);
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
            const char *why = refusal_of(c, with_epk(c, algs[k], wrong[i]), &policy);
            assert_non_null(strstr(why, "refused"));
            assert_null(strstr(why, "does not decrypt"));
        }
        /* A good point is taken; only that nobody has encrypted anything with it. */
        assert_non_null(strstr(refusal_of(c, with_epk(c, algs[k], EC("P-256", X, Y)), &policy),
                               "does not decrypt"));
    }
}

static void an_epk_on_p_384_is_for_a_key_on_p_384(void **state)
{
    struct ctx *c = *state;
    struct encryption_key key = { "k", JWE_ECDH_ES, true, new_key(c, ALG_ES384)->pkey };
    struct jwe_policy policy = jwe_policy_of(c, &key);
    assert_non_null(
        strstr(refusal_of(c, with_epk(c, "ECDH-ES", EC("P-384", X_3, Y_3)), &policy), "decrypt"));
    assert_non_null(
        strstr(refusal_of(c, with_epk(c, "ECDH-ES", EC("P-256", X, Y)), &policy), "curve"));
}

static void a_failure_is_the_one_the_caller_chose(void **state)
{
    struct ctx *c = *state;
    struct jwe_plan plan = { .key = new_encryption_key(c, JWE_ECDH_ES),
                             .alg = JWE_ECDH_ES,
                             .enc = JWE_A256GCM };
    struct jwe_policy policy = jwe_policy_of(c, new_encryption_key(c, JWE_ECDH_ES));
    struct jwe out = { 0 };
    policy.refusal = ERR_INVALID_REQUEST;
    assert_int_equal(jwe_decrypt(c, "a.b.c.d.e", &policy, &out).code, ERR_INVALID_REQUEST);
    fault_clear(c);
    const char *token = encrypted(c, &plan, "text");
    assert_int_equal(jwe_decrypt(c, token, &policy, &out).code, ERR_INVALID_REQUEST);
    assert_int_equal(c->fault.code, ERR_INVALID_REQUEST);
    assert_int_equal(out.plain.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(whatever_does_not_decrypt_is_refused_in_the_same_words),
        CRYPTO_TEST(a_wrong_padding_is_refused_as_a_wrong_tag_is),
        CRYPTO_TEST(no_known_key_stands_in_for_one_that_does_not_decrypt),
        CRYPTO_TEST(an_epk_is_a_public_point_on_the_curve_of_the_key),
        CRYPTO_TEST(an_epk_on_p_384_is_for_a_key_on_p_384),
        CRYPTO_TEST(a_failure_is_the_one_the_caller_chose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
