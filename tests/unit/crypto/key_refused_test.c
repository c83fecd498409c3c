/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key.h"

#include "jose_testing.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

/* Good coordinates, from Wycheproof's ES256 key and RFC 8037 A.1. */
#define X      "04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY"
#define Y      "UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw"
#define OKP    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define EC_KEY "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\""

static bool accepted(struct ctx *c, const char *json)
{
    return read_jwk(c, json, false) != NULL;
}

static void the_good_keys_of_this_file_are_good(void **state)
{
    struct ctx *c = *state;
    assert_true(accepted(c, "{" EC_KEY "}"));
    assert_true(accepted(c,
                         "{" EC_KEY ",\"alg\":\"ES256\",\"use\":\"sig\",\"key_ops\":[\"verify\"],"
                         "\"kid\":\"a\",\"x5t\":\"AA\",\"anything\":{\"else\":[1]}}"));
    assert_true(accepted(c, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" OKP "\"}"));
}

static void what_a_key_says_of_itself_must_be_for_signatures(void **state)
{
    struct ctx *c = *state;
    static const char *const wrong[] = {
        "{" EC_KEY ",\"alg\":\"none\"}",
        "{" EC_KEY ",\"alg\":\"ES384\"}",
        "{" EC_KEY ",\"alg\":\"RS256\"}",
        "{" EC_KEY ",\"alg\":\"HS256\"}",
        "{" EC_KEY ",\"alg\":\"ES521\"}",
        "{" EC_KEY ",\"alg\":\"es256\"}",
        "{" EC_KEY ",\"alg\":\"\"}",
        "{" EC_KEY ",\"alg\":null}",
        "{" EC_KEY ",\"alg\":[\"ES256\"]}",
        "{" EC_KEY ",\"use\":\"enc\"}",
        "{" EC_KEY ",\"use\":\"\"}",
        "{" EC_KEY ",\"use\":7}",
        "{" EC_KEY ",\"key_ops\":[]}",
        "{" EC_KEY ",\"key_ops\":[\"encrypt\"]}",
        "{" EC_KEY ",\"key_ops\":\"verify\"}",
        "{" EC_KEY ",\"key_ops\":[\"verify\",7]}",
        "{" EC_KEY ",\"kid\":\"\"}",
        "{" EC_KEY ",\"kid\":7}",
        "{" EC_KEY
        ",\"kid\":\"0123456789012345678901234567890123456789012345678901234567890123x\"}",
        "{" EC_KEY ",\"k\":\"AAAA\"}",
        "{" EC_KEY ",\"kty\":\"EC\"}",
        "{" EC_KEY "} ,",
        "[]",
        "",
        "{}",
        "{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(accepted(c, wrong[i]));
}

/* JOSE-20: a point that is not on the curve, not of this curve, or not in its one form */
static void a_point_off_the_curve_is_refused(void **state)
{
    struct ctx *c = *state;
    static const char *const wrong[][3] = {
        { "P-256", X, "UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgnw" },
        { "P-256", Y, X },
        { "P-384", X, Y },
        { "P-521", X, Y },
        { "secp256k1", X, Y },
        { "Ed25519", X, Y },
        /* The point at infinity has no coordinates; zeros are not on the curve. */
        { "P-256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
        /* p itself, and all ones: beyond the field. */
        { "P-256", "_____wAAAAEAAAAAAAAAAAAAAAD_______________8", Y },
        { "P-256", "__________________________________________8", Y },
        /* One byte less, one more, padding, white space, the other alphabet. */
        { "P-256", "4N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7w", Y },
        { "P-256", "ANODdMYttYbIcrwaeyNeu7GxP216sqpAD33n3ZJTDu8G", Y },
        { "P-256", X "=", Y },
        { "P-256", " " X, Y },
        { "P-256", "04N0xi21hshyvBp7I167sbE/bXqyqkAPfefdklMO7wY", Y },
        { "P-256", "04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wZ", Y },
        { "P-256", "", Y },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(accepted(
            c, text_printf(c->arena, "{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"}",
                           wrong[i][0], wrong[i][1], wrong[i][2])));
    assert_false(accepted(c, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\"}"));
    assert_false(accepted(c, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":1}"));
    assert_false(
        accepted(c, "{\"kty\":\"RSA\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\"}"));
}

static bool ed25519_accepted(struct ctx *c, const uint8_t *at, size_t n)
{
    return accepted(c, text_printf(c->arena, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}",
                                   base64url_encode(c->arena, (struct bytes){ at, n })));
}

/* JOSE-36: an Ed25519 key of another length, of small order, or not in its canonical form */
static void an_ed25519_key_that_verifies_anything_is_refused(void **state)
{
    struct ctx *c = *state;
    static const char *const weak[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    struct bytes good = { 0 }, key = { 0 };
    assert_true(base64url_decode(c->arena, bytes_of(OKP), &good));
    assert_true(ed25519_accepted(c, good.at, 32));
    uint8_t longer[33] = { 0 };
    memcpy(longer, good.at, 32);
    assert_false(ed25519_accepted(c, longer, 33));
    assert_false(ed25519_accepted(c, longer, 31));
    assert_false(ed25519_accepted(c, longer, 0));
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        assert_true(hex_decode(c->arena, bytes_of(weak[i]), &key));
        assert_false(ed25519_accepted(c, key.at, key.n));
        uint8_t *other_sign = arena_copy(c->arena, key.at, key.n);
        other_sign[31] |= 0x80;
        assert_false(ed25519_accepted(c, other_sign, key.n));
    }
    /* Not beyond p, although it begins and ends as what is. */
    assert_true(hex_decode(
        c->arena, bytes_of("edffffffffffffff00ffffffffffffffffffffffffffffffffffffffffffff7f"),
        &key));
    assert_true(ed25519_accepted(c, key.at, key.n));
    assert_false(accepted(c, "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" OKP "\"}"));
    assert_false(accepted(c, "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" OKP "\"}"));
}

/* A JWK of the modulus with `bits` bits, its lowest byte `last`, and the exponent `e`. */
static const char *rsa_jwk(struct ctx *c, unsigned bits, uint8_t last, const char *e)
{
    uint8_t *n = arena_alloc(c->arena, bits / 8);
    random_fill(c->random, n, bits / 8);
    n[0] |= 0x80;
    n[bits / 8 - 1] = last;
    return text_printf(c->arena, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}",
                       base64url_encode(c->arena, (struct bytes){ n, bits / 8 }), e);
}

static void an_rsa_key_is_long_odd_and_has_a_sane_exponent(void **state)
{
    struct ctx *c = *state;
    assert_true(accepted(c, rsa_jwk(c, 2048, 0x35, "AQAB")));
    assert_true(accepted(c, rsa_jwk(c, 8192, 0x35, "AQAB")));
    assert_true(accepted(c, rsa_jwk(c, 2048, 0x35, "Aw")));
    assert_false(accepted(c, rsa_jwk(c, 2040, 0x35, "AQAB")));
    assert_false(accepted(c, rsa_jwk(c, 1024, 0x35, "AQAB")));
    assert_false(accepted(c, rsa_jwk(c, 8200, 0x35, "AQAB")));
    assert_false(accepted(c, rsa_jwk(c, 2048, 0x34, "AQAB")));
    assert_false(accepted(c, rsa_jwk(c, 2048, 0x35, "AQ")));
    assert_false(accepted(c, rsa_jwk(c, 2048, 0x35, "Ag")));
    assert_false(accepted(c, rsa_jwk(c, 2048, 0x35, "AA")));
    assert_false(accepted(c, rsa_jwk(c, 2048, 0x35, "")));
    assert_false(accepted(c, rsa_jwk(c, 2048, 0x35, "AAEAAQ")));
    assert_false(accepted(c, rsa_jwk(c, 2048, 0x35, "AQAAAAE")));
    assert_false(accepted(c, "{\"kty\":\"RSA\",\"e\":\"AQAB\"}"));
}

/* The generator of CVE-2017-15361, whose factors can be found */
static void a_key_of_the_broken_generator_is_known_as_one(void **state)
{
    struct ctx *c = *state;
    struct vector *file = vectors_open(c, "wycheproof/json_web_key_test.json");
    if (file == NULL)
        skip();
    const struct vector *groups = vector_get(file, "testGroups"), *group;
    bool seen = false;
    for (EACH(groups, group)) {
        if (!text_equal(vector_text(group, "comment"), "jws_rsa_roca_key"))
            continue;
        const struct key *key = NULL;
        const struct vector *keys = vector_get(vector_get(group, "public"), "keys");
        const char *jwk = vector_json(c, vector_at(keys, 0));
        assert_int_equal(key_read_jwk(c, c->arena, bytes_of(jwk), false, &key).code,
                         ERR_INVALID_REQUEST);
        assert_non_null(strstr(c->fault.text, "broken generator"));
        seen = true;
    }
    assert_true(seen);
    vectors_close(file);
}

static const char *private_with(struct ctx *c, const struct key *key, const char *member,
                                const char *value)
{
    struct json_writer w = json_writer(c->arena);
    key_write_private_jwk(&w, key);
    struct vector *jwk = vectors_parse(json_written(&w), strlen(json_written(&w)));
    assert_non_null(jwk);
    vector_put(jwk, member, value);
    const char *text = vector_json(c, jwk);
    vectors_close(jwk);
    return text;
}

/* CR-12: signing with halves that do not belong together would give the private one away */
static void halves_of_two_pairs_are_refused(void **state)
{
    struct ctx *c = *state;
    static const enum jws_alg algs[] = { ALG_ES256, ALG_ES384, ALG_EDDSA, ALG_RS256 };
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        const struct key *one = new_key(c, algs[i]), *two = new_key(c, algs[i]);
        struct json_writer w = json_writer(c->arena);
        key_write_private_jwk(&w, two);
        struct vector *other = vectors_parse(json_written(&w), strlen(json_written(&w)));
        const char *member = algs[i] == ALG_RS256 ? "n" : "d";
        assert_non_null(read_jwk(c, private_with(c, one, "note", "x"), true));
        assert_null(read_jwk(c, private_with(c, one, member, vector_text(other, member)), true));
        assert_null(read_jwk(c, private_with(c, one, "d", ""), true));
        vectors_close(other);
    }
}

static void a_pem_key_on_another_curve_is_not_taken_for_ours(void **state)
{
    struct ctx *c = *state;
    EVP_PKEY *pkey = EVP_EC_gen("secp256k1");
    assert_non_null(pkey);
    assert_int_equal(key_algs_of(pkey), 0);
    EVP_PKEY_free(pkey);
    pkey = EVP_RSA_gen(1024);
    assert_non_null(pkey);
    assert_int_equal(key_algs_of(pkey), 0);
    EVP_PKEY_free(pkey);
    (void)c;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(the_good_keys_of_this_file_are_good),
        CRYPTO_TEST(what_a_key_says_of_itself_must_be_for_signatures),
        CRYPTO_TEST(a_point_off_the_curve_is_refused),
        CRYPTO_TEST(an_ed25519_key_that_verifies_anything_is_refused),
        CRYPTO_TEST(an_rsa_key_is_long_odd_and_has_a_sane_exponent),
        CRYPTO_TEST(a_key_of_the_broken_generator_is_known_as_one),
        CRYPTO_TEST(halves_of_two_pairs_are_refused),
        CRYPTO_TEST(a_pem_key_on_another_curve_is_not_taken_for_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
