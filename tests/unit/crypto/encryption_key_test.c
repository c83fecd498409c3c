/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/encryption_key.h"

#include "jwe_testing.h"

/* Good coordinates, from RFC 7518 C. */
#define X      "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ"
#define Y      "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"
#define EC_KEY "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\""
#define OKP    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

static const char *jwk_of(struct ctx *c, const struct encryption_key *key, bool with_private)
{
    struct json_writer w = json_writer(c->arena);
    if (with_private)
        encryption_key_write_private_jwk(&w, key);
    else
        encryption_key_write_jwk(&w, key);
    return json_written(&w);
}

static void algorithms_are_called_what_the_standard_calls_them(void **state)
{
    (void)state;
    static const char *const not_ours[] = {
        "RSA1_5",       "RSA-OAEP",       "RSA-OAEP-384",   "RSA-OAEP-512",
        "dir",          "A128KW",         "A256KW",         "A128GCMKW",
        "A256GCMKW",    "ECDH-ES+A128KW", "ECDH-ES+A192KW", "PBES2-HS256+A128KW",
        "rsa-oaep-256", "ecdh-es",        "ECDH-ES ",       "",
        "none"
    };
    for (size_t i = 0; i < ALGS_OF_JWE; i++)
        assert_int_equal(jwe_alg_from_name(jwe_alg_name(jwe_algs[i])), jwe_algs[i]);
    for (size_t i = 0; i < sizeof not_ours / sizeof not_ours[0]; i++)
        assert_int_equal(jwe_alg_from_name(not_ours[i]), 0);
    assert_int_equal(jwe_alg_from_name(NULL), 0);
}

static void a_made_key_goes_through_jwk_and_back(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < ALGS_OF_JWE; i++) {
        const struct encryption_key *made = new_encryption_key(c, jwe_algs[i]);
        assert_int_equal(made->algs, jwe_algs[i]);
        assert_int_equal(strlen(made->kid), 43);
        const struct encryption_key *half = read_encryption_jwk(c, jwk_of(c, made, false), false);
        const struct encryption_key *pair = read_encryption_jwk(c, jwk_of(c, made, true), true);
        assert_non_null(half);
        assert_non_null(pair);
        assert_false(half->is_private);
        assert_true(pair->is_private);
        assert_int_equal(half->algs, made->algs);
        assert_string_equal(half->kid, made->kid);
        assert_string_equal(jwk_of(c, pair, true), jwk_of(c, made, true));
        assert_null(strstr(jwk_of(c, made, false), "\"d\""));
        assert_null(read_encryption_jwk(c, jwk_of(c, made, true), false));
    }
}

static void a_key_without_alg_is_for_all_algorithms_of_its_type(void **state)
{
    struct ctx *c = *state;
    const struct encryption_key *key = read_encryption_jwk(c, "{" EC_KEY "}", false);
    assert_non_null(key);
    assert_int_equal(key->algs, JWE_ECDH_ES | JWE_ECDH_ES_A256KW);
    assert_null(strstr(jwk_of(c, key, false), "alg"));
    key = read_encryption_jwk(c, "{" EC_KEY ",\"alg\":\"ECDH-ES\"}", false);
    assert_non_null(key);
    assert_int_equal(key->algs, JWE_ECDH_ES);
}

/* CR-14: a key for signatures is not one for encryption, nor the reverse */
static void what_a_key_says_of_itself_must_be_for_encryption(void **state)
{
    struct ctx *c = *state;
    static const char *const operations[] = { "encrypt",   "decrypt",   "wrapKey",
                                              "unwrapKey", "deriveKey", "deriveBits" };
    static const char *const wrong[] = {
        "{" EC_KEY ",\"use\":\"sig\"}",
        "{" EC_KEY ",\"use\":\"\"}",
        "{" EC_KEY ",\"use\":[\"enc\"]}",
        "{" EC_KEY ",\"key_ops\":[]}",
        "{" EC_KEY ",\"key_ops\":[\"sign\",\"verify\"]}",
        "{" EC_KEY ",\"key_ops\":\"deriveKey\"}",
        "{" EC_KEY ",\"alg\":\"ES256\"}",
        "{" EC_KEY ",\"alg\":\"RSA-OAEP-256\"}",
        "{" EC_KEY ",\"alg\":\"RSA-OAEP\"}",
        "{" EC_KEY ",\"alg\":\"ECDH-ES+A128KW\"}",
        "{" EC_KEY ",\"alg\":\"dir\"}",
        "{" EC_KEY ",\"alg\":\"\"}",
        "{" EC_KEY ",\"alg\":null}",
        "{" EC_KEY ",\"kid\":\"\"}",
        "{" EC_KEY ",\"kid\":7}",
        "{" EC_KEY ",\"kty\":\"EC\"}",
        "{" EC_KEY ",\"k\":\"AAAA\"}",
        "{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" OKP "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" OKP "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
        "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" Y "\",\"y\":\"" X "\"}",
        "{}",
        "[]",
        "",
    };
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        assert_non_null(read_encryption_jwk(
            c,
            text_printf(c->arena, "{" EC_KEY ",\"use\":\"enc\",\"key_ops\":[\"%s\"]}",
                        operations[i]),
            false));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_null(read_encryption_jwk(c, wrong[i], false));
    assert_null(read_jwk(c, "{" EC_KEY ",\"use\":\"enc\"}", false));
    assert_null(read_jwk(c, "{" EC_KEY ",\"key_ops\":[\"deriveKey\"]}", false));
    assert_null(read_jwk(c, "{" EC_KEY ",\"alg\":\"ECDH-ES\"}", false));
}

static void a_short_rsa_key_is_refused(void **state)
{
    struct ctx *c = *state;
    uint8_t n[255];
    random_fill(c->random, n, sizeof n);
    n[0] |= 0x80;
    n[254] = 0x35;
    const char *json = text_printf(c->arena, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}",
                                   base64url_encode(c->arena, (struct bytes){ n, sizeof n }));
    assert_null(read_encryption_jwk(c, json, false));
}

/* CR-12 */
static void halves_of_two_pairs_are_refused(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < ALGS_OF_JWE; i++) {
        const char *one = jwk_of(c, new_encryption_key(c, jwe_algs[i]), true);
        const char *two = jwk_of(c, new_encryption_key(c, jwe_algs[i]), true);
        struct vector *mixed = vectors_parse(one, strlen(one));
        struct vector *other = vectors_parse(two, strlen(two));
        const char *member = jwe_algs[i] == JWE_RSA_OAEP_256 ? "n" : "d";
        assert_non_null(read_encryption_jwk(c, vector_json(c, mixed), true));
        vector_put(mixed, member, vector_text(other, member));
        assert_null(read_encryption_jwk(c, vector_json(c, mixed), true));
        vectors_close(mixed);
        vectors_close(other);
    }
}

#define SIGNING "{" EC_KEY ",\"use\":\"sig\",\"kid\":\"s\"}"
#define PINNED  "{" EC_KEY ",\"use\":\"enc\",\"alg\":\"ECDH-ES\",\"kid\":\"p\"}"
#define OPEN    "{" EC_KEY ",\"use\":\"enc\",\"kid\":\"o\"}"
#define UNKNOWN "{\"kty\":\"new\",\"kid\":\"u\"},7,{\"kty\":\"EC\"}"

/* RFC 7517 5: what is not understood is ignored */
static void a_set_gives_each_reader_the_keys_that_are_for_it(void **state)
{
    struct ctx *c = *state;
    struct bytes json = bytes_of("{\"more\":[1],\"keys\":[" UNKNOWN "," SIGNING "," OPEN "," PINNED
                                 "],\"and\":{}}");
    struct encryption_keys keys = { 0 };
    struct key_set set = { 0 };
    assert_int_equal(encryption_keys_read(c, c->arena, json, &keys).code, ERR_OK);
    assert_int_equal(keys.n, 2);
    assert_int_equal(keys.left_out, 4);
    assert_int_equal(key_set_read(c, c->arena, json, &set).code, ERR_OK);
    assert_int_equal(set.n, 1);
    assert_string_equal(set.at[0]->kid, "s");
    assert_string_equal(encryption_key_choose(&keys, JWE_ECDH_ES)->kid, "p");
    assert_string_equal(encryption_key_choose(&keys, JWE_ECDH_ES_A256KW)->kid, "o");
    assert_null(encryption_key_choose(&keys, JWE_RSA_OAEP_256));
    assert_string_equal(encryption_key_find(&keys, "o", JWE_ECDH_ES)->kid, "o");
    assert_string_equal(encryption_key_find(&keys, NULL, JWE_ECDH_ES_A256KW)->kid, "o");
    assert_null(encryption_key_find(&keys, NULL, JWE_ECDH_ES));
    assert_null(encryption_key_find(&keys, "p", JWE_ECDH_ES_A256KW));
    assert_null(encryption_key_find(&keys, "s", JWE_ECDH_ES));
}

/* How many keys a set has for encryption; -1 if it is refused.  The arena is as before. */
static int keys_in(struct ctx *c, const char *json)
{
    struct arena_mark mark = arena_mark(c->arena);
    struct encryption_keys keys = { 0 };
    err e = encryption_keys_read(c, c->arena, bytes_of(json), &keys);
    assert_true(e.code == ERR_OK || e.code == ERR_INVALID_REQUEST);
    assert_true(e.code == ERR_OK || strstr(c->fault.text, "memory") == NULL);
    fault_clear(c);
    arena_rewind(c->arena, mark);
    return e.code == ERR_OK ? (int)keys.n : -1;
}

/* A set of `n` keys that end in `item` and differ in their kid. */
static const char *many(struct ctx *c, const char *item, size_t n)
{
    struct text_buffer b = text_buffer(c->arena);
    text_add(&b, "{\"keys\":[");
    for (size_t i = 0; i < n; i++) {
        text_addf(&b, "%s{\"kid\":\"%zu\"", i == 0 ? "" : ",", i);
        text_add(&b, item);
    }
    text_add(&b, "]}");
    return text_of(&b);
}

static void a_set_that_is_none_or_holds_a_secret_is_refused(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(keys_in(c, "{\"keys\":[]}"), 0);
    assert_int_equal(keys_in(c, "{\"keys\":[" PINNED "]}"), 1);
    assert_int_equal(keys_in(c, "{\"keys\":[" PINNED "," PINNED "]}"), -1);
    assert_int_equal(keys_in(c, "{\"keys\":[" PINNED ",{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"), -1);
    assert_int_equal(keys_in(c, "{\"keys\":[{" EC_KEY ",\"d\":\"" X "\"}]}"), -1);
    assert_int_equal(keys_in(c, "{\"keys\":[],\"keys\":[" PINNED "]}"), -1);
    assert_int_equal(keys_in(c, "{\"keys\":[" PINNED "]"), -1);
    assert_int_equal(keys_in(c, "{\"keys\":{}}"), -1);
    assert_int_equal(keys_in(c, "{}"), -1);
    assert_int_equal(keys_in(c, "[" PINNED "]"), -1);
    assert_int_equal(keys_in(c, ""), -1);
}

static void a_set_has_a_bounded_number_of_keys(void **state)
{
    struct ctx *c = *state;
    struct arena_mark mark = arena_mark(c->arena);
    assert_int_equal(keys_in(c, many(c, "," EC_KEY "}", KEYS_MAX)), KEYS_MAX);
    assert_int_equal(keys_in(c, many(c, "," EC_KEY "}", KEYS_MAX + 1)), -1);
    arena_rewind(c->arena, mark);
    assert_int_equal(keys_in(c, many(c, "}", JWKS_ITEMS_MAX)), 0);
    assert_int_equal(keys_in(c, many(c, "}", JWKS_ITEMS_MAX + 1)), -1);
    arena_rewind(c->arena, mark);
    const char *longest =
        text_printf(c->arena, "{\"keys\":[],\"a\":\"%*s\"}", JWKS_BYTES_MAX - 18, "");
    assert_int_equal(strlen(longest), JWKS_BYTES_MAX);
    assert_int_equal(keys_in(c, longest), 0);
    assert_int_equal(keys_in(c, text_printf(c->arena, "%s ", longest)), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(algorithms_are_called_what_the_standard_calls_them),
        CRYPTO_TEST(a_made_key_goes_through_jwk_and_back),
        CRYPTO_TEST(a_key_without_alg_is_for_all_algorithms_of_its_type),
        CRYPTO_TEST(what_a_key_says_of_itself_must_be_for_encryption),
        CRYPTO_TEST(a_short_rsa_key_is_refused),
        CRYPTO_TEST(halves_of_two_pairs_are_refused),
        CRYPTO_TEST(a_set_gives_each_reader_the_keys_that_are_for_it),
        CRYPTO_TEST(a_set_that_is_none_or_holds_a_secret_is_refused),
        CRYPTO_TEST(a_set_has_a_bounded_number_of_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
