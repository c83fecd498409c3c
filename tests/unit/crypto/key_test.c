/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key.h"

#include "jose_testing.h"

static const enum jws_alg asymmetric[] = { ALG_RS256, ALG_PS256, ALG_ES256, ALG_ES384, ALG_EDDSA };
enum { ASYMMETRIC = sizeof asymmetric / sizeof asymmetric[0] };

static const char *public_jwk(struct ctx *c, const struct key *key)
{
    struct json_writer w = json_writer(c->arena);
    key_write_jwk(&w, key);
    return json_written(&w);
}

static void algorithms_are_called_what_the_standard_calls_them(void **state)
{
    (void)state;
    static const char *const not_ours[] = { "none",   "None",    "NONE",   "rs256",
                                            "RS384",  "RS512",   "PS384",  "ES512",
                                            "HS384",  "HS512",   "ES256K", "",
                                            "RS256 ", "EdDSA\n", "Ed448",  "ed25519" };
    for (size_t i = 0; i < ASYMMETRIC; i++)
        assert_int_equal(alg_from_name(alg_name(asymmetric[i])), asymmetric[i]);
    assert_int_equal(alg_from_name("HS256"), ALG_HS256);
    assert_int_equal(alg_from_name("Ed25519"), ALG_EDDSA); /* RFC 9864 2.2 */
    assert_string_equal(alg_name(ALG_EDDSA), "EdDSA");
    for (size_t i = 0; i < sizeof not_ours / sizeof not_ours[0]; i++)
        assert_int_equal(alg_from_name(not_ours[i]), 0);
    assert_int_equal(alg_from_name(NULL), 0);
}

static void a_made_key_goes_through_jwk_and_back(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < ASYMMETRIC; i++) {
        const struct key *made = new_key(c, asymmetric[i]);
        assert_int_equal(made->algs, asymmetric[i]);
        assert_int_equal(strlen(made->kid), 43);
        const struct key *public_half = read_jwk(c, public_jwk(c, made), false);
        assert_non_null(public_half);
        assert_false(public_half->is_private);
        assert_int_equal(public_half->algs, asymmetric[i]);
        assert_string_equal(public_half->kid, made->kid);
        assert_string_equal(key_thumbprint(c->arena, public_half->pkey), made->kid);
        assert_null(strstr(public_jwk(c, made), "\"d\""));

        struct json_writer w = json_writer(c->arena);
        key_write_private_jwk(&w, made);
        const char *whole = json_written(&w);
        assert_null(read_jwk(c, whole, false));
        const struct key *read = read_jwk(c, whole, true);
        assert_non_null(read);
        assert_true(read->is_private);
        struct bytes signature = { 0 };
        assert_int_equal(signature_make(c, read, read->alg, bytes_of("text"), &signature).code,
                         ERR_OK);
        assert_true(signature_holds(public_half, made->alg, bytes_of("text"), signature));
    }
}

static void a_private_key_goes_through_der_and_back(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < ASYMMETRIC; i++) {
        const struct key *made = new_key(c, asymmetric[i]), *read = NULL;
        struct bytes der = { 0 };
        assert_int_equal(key_to_private(c, made, &der).code, ERR_OK);
        assert_int_equal(key_from_private(c, c->arena, der, made->alg, &read).code, ERR_OK);
        assert_string_equal(read->kid, made->kid);
        enum jws_alg other = made->alg == ALG_ES256 ? ALG_ES384 : ALG_ES256;
        assert_int_equal(key_from_private(c, c->arena, der, other, &read).code,
                         ERR_INVALID_REQUEST);
        fault_clear(c);
        der.n--;
        assert_int_equal(key_from_private(c, c->arena, der, made->alg, &read).code,
                         ERR_INVALID_REQUEST);
        fault_clear(c);
    }
}

static void larger_rsa_keys_can_be_made(void **state)
{
    struct ctx *c = *state;
    const struct key *key = NULL;
    assert_int_equal(key_generate(c, c->arena, ALG_RS256, 3072, &key).code, ERR_OK);
    assert_non_null(read_jwk(c, public_jwk(c, key), false));
}

static void the_thumbprints_are_those_of_rfc_7638_and_8037(void **state)
{
    struct ctx *c = *state;
    const char *jwk = vectors_text(c, "latchset-jose/rfc7638_3.1.jwk");
    const char *thumbprint = vectors_text(c, "latchset-jose/rfc7638_3.1.thp");
    struct vector *okp = vectors_open(c, "rfc/rfc8037_appendix_a.json");
    if (jwk == NULL || thumbprint == NULL || okp == NULL)
        skip();
    const struct key *key = read_jwk(c, jwk, false);
    assert_non_null(key);
    assert_string_equal(key_thumbprint(c->arena, key->pkey), thumbprint);
    key = read_jwk(c, vector_json(c, vector_get(okp, "private_jwk")), true);
    assert_non_null(key);
    assert_string_equal(key->kid, vector_text(okp, "thumbprint_sha256"));
    vectors_close(okp);
}

static void the_key_sets_of_rfc_7517_are_read(void **state)
{
    struct ctx *c = *state;
    const char *public_set = vectors_text(c, "latchset-jose/rfc7517_A.1.jwkset");
    const char *private_set = vectors_text(c, "latchset-jose/rfc7517_A.2.jwkset");
    const char *symmetric = vectors_text(c, "latchset-jose/rfc7517_A.3.jwkset");
    if (public_set == NULL || private_set == NULL || symmetric == NULL)
        skip();
    struct key_set set = { 0 };
    assert_int_equal(key_set_read(c, c->arena, bytes_of(public_set), &set).code, ERR_OK);
    /* The EC key is for encryption. */
    assert_int_equal(set.n, 1);
    assert_int_equal(set.left_out, 1);
    assert_string_equal(set.at[0]->kid, "2011-04-29");
    assert_int_equal(key_set_read(c, c->arena, bytes_of(private_set), &set).code,
                     ERR_INVALID_REQUEST);
    fault_clear(c);
    assert_int_equal(key_set_read(c, c->arena, bytes_of(symmetric), &set).code,
                     ERR_INVALID_REQUEST);
}

static void a_set_goes_out_and_comes_back(void **state)
{
    struct ctx *c = *state;
    const struct key *keys[] = { new_key(c, ALG_ES256), new_key(c, ALG_EDDSA),
                                 new_key(c, ALG_ES384) };
    struct key_set set = { keys, 3, 0 }, back = { 0 };
    const char *json = key_set_write(c->arena, &set);
    assert_null(strstr(json, "\"d\""));
    assert_int_equal(key_set_read(c, c->arena, bytes_of(json), &back).code, ERR_OK);
    assert_int_equal(back.n, 3);
    assert_int_equal(back.left_out, 0);
    for (size_t i = 0; i < 3; i++)
        assert_non_null(key_find(&back, keys[i]->kid, keys[i]->alg));
    assert_null(key_find(&back, keys[0]->kid, ALG_EDDSA));
    assert_null(key_find(&back, "unknown", ALG_ES256));
    assert_ptr_equal(key_find(&back, NULL, ALG_EDDSA), back.at[1]);
}

static void without_a_kid_only_a_single_key_is_found(void **state)
{
    struct ctx *c = *state;
    const struct key *keys[] = { new_key(c, ALG_ES256), new_key(c, ALG_ES256) };
    struct key_set set = { keys, 2, 0 };
    assert_null(key_find(&set, NULL, ALG_ES256));
    set.n = 1;
    assert_ptr_equal(key_find(&set, NULL, ALG_ES256), keys[0]);
}

static const char *with_kid(struct ctx *c, const struct key *key, const char *kid)
{
    struct key renamed = *key;
    renamed.kid = kid;
    return public_jwk(c, &renamed);
}

static err read_set(struct ctx *c, struct key_set *set, const char *json)
{
    *set = (struct key_set){ 0 };
    err e = key_set_read(c, c->arena, bytes_of(json), set);
    fault_clear(c);
    return e;
}

static void two_keys_of_one_kid_spoil_a_set_unless_their_algorithms_differ(void **state)
{
    struct ctx *c = *state;
    const char *one = with_kid(c, new_key(c, ALG_ES256), "x");
    const char *two = with_kid(c, new_key(c, ALG_ES256), "x");
    const char *three = with_kid(c, new_key(c, ALG_EDDSA), "x");
    struct key_set set;
    err e = read_set(c, &set, text_printf(c->arena, "{\"keys\":[%s,%s]}", one, two));
    assert_int_equal(e.code, ERR_INVALID_REQUEST);
    e = read_set(c, &set, text_printf(c->arena, "{\"keys\":[%s,%s]}", one, three));
    assert_int_equal(e.code, ERR_OK);
    assert_int_equal(set.n, 2);
}

static void what_is_not_understood_in_a_set_is_left_out(void **state)
{
    struct ctx *c = *state;
    const char *good = public_jwk(c, new_key(c, ALG_ES256));
    struct key_set set;
    err e =
        read_set(c, &set,
                 text_printf(c->arena,
                             "{\"x\":{\"keys\":[]},\"keys\":[{\"kty\":\"new\"},%s,{},7,[1],null,"
                             "{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"},"
                             "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AQ\",\"y\":\"AQ\"}]}",
                             good));
    assert_int_equal(e.code, ERR_OK);
    assert_int_equal(set.n, 1);
    assert_int_equal(set.left_out, 7);
}

static void what_is_not_a_set_is_refused(void **state)
{
    struct ctx *c = *state;
    static const char *const wrong[] = { "",
                                         "[]",
                                         "{}",
                                         "{\"keys\":{}}",
                                         "{\"keys\":null}",
                                         "{\"keys\":[]",
                                         "{\"keys\":[]} x",
                                         "{\"keys\":[],\"keys\":[]}",
                                         "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
                                         "{\"keys\":[{\"kty\":\"none\",\"k\":\"AAAA\"}]}",
                                         "{\"keys\":[{\"kty\":\"EC\",\"d\":\"AAAA\"}]}" };
    struct key_set set;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(read_set(c, &set, wrong[i]).code, ERR_INVALID_REQUEST);
    assert_int_equal(read_set(c, &set, "{\"keys\":[]}").code, ERR_OK);
    assert_int_equal(set.n, 0);
}

static void a_set_of_too_many_keys_is_refused(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_EDDSA);
    struct text_buffer b = text_buffer(c->arena);
    text_add(&b, "{\"keys\":[");
    for (int i = 0; i <= KEYS_MAX; i++)
        text_addf(&b, "%s%s", i == 0 ? "" : ",", with_kid(c, key, text_printf(c->arena, "k%d", i)));
    text_add(&b, "]}");
    struct key_set set;
    assert_int_equal(read_set(c, &set, text_of(&b)).code, ERR_INVALID_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(algorithms_are_called_what_the_standard_calls_them),
        CRYPTO_TEST(a_made_key_goes_through_jwk_and_back),
        CRYPTO_TEST(a_private_key_goes_through_der_and_back),
        CRYPTO_TEST(larger_rsa_keys_can_be_made),
        CRYPTO_TEST(the_thumbprints_are_those_of_rfc_7638_and_8037),
        CRYPTO_TEST(the_key_sets_of_rfc_7517_are_read),
        CRYPTO_TEST(a_set_goes_out_and_comes_back),
        CRYPTO_TEST(without_a_kid_only_a_single_key_is_found),
        CRYPTO_TEST(two_keys_of_one_kid_spoil_a_set_unless_their_algorithms_differ),
        CRYPTO_TEST(what_is_not_understood_in_a_set_is_left_out),
        CRYPTO_TEST(what_is_not_a_set_is_refused),
        CRYPTO_TEST(a_set_of_too_many_keys_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
