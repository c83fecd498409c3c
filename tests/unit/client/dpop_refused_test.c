/* SPDX-License-Identifier: Apache-2.0 */
#include "dpop_testing.h"

#include "base/json_writer.h"

static bool header_taken(const struct proof_world *w, const char *header)
{
    return proof_taken(w, proof_of(w, header, claims_with(w, "")));
}

/* The header of a proof whose key is `jwk` as it stands. */
static const char *with_jwk(const struct proof_world *w, const char *jwk)
{
    return text_printf(w->c->arena, "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":%s}", jwk);
}

static const char *private_jwk(const struct proof_world *w)
{
    struct json_writer j = json_writer(w->c->arena);
    json_object(&j, NULL);
    key_write_members(&j, w->key->pkey, true);
    json_object_end(&j);
    return json_written(&j);
}

#define X "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ"

/* DP-05, JOSE-20: private, symmetric, short, off the curve, or no key at all */
static void a_proof_brings_a_public_key_worth_having(void **state)
{
    struct proof_world w = proof_world(*state);
    static const char *const wrong[] = {
        "null",
        "7",
        "[]",
        "{}",
        "\"" X "\"",
        "{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" X "\"}",
        "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" X "\",\"y\":\"" X "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"" X "\",\"y\":\"" X "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" X "\"}",
    };
    assert_true(header_taken(&w, with_jwk(&w, public_jwk(w.c, w.key))));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(header_taken(&w, with_jwk(&w, wrong[i])));
    assert_false(header_taken(&w, with_jwk(&w, private_jwk(&w))));
    assert_false(header_taken(&w, "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\"}"));
    assert_false(header_taken(
        &w, text_printf(w.c->arena, "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"kid\":\"%s\"}",
                        w.key->kid)));
    uint8_t n[128];
    memset(n, 0xab, sizeof n);
    assert_false(header_taken(
        &w, with_jwk(&w, text_printf(w.c->arena, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}",
                                     base64url_encode(w.c->arena, (struct bytes){ n, 128 })))));
}

/* `jwk` of the key of `w`, its members in another order and with more of them. */
static const char *dressed_up(const struct proof_world *w)
{
    const char *json = public_jwk(w->c, w->key);
    struct vector *jwk = vectors_parse(json, strlen(json));
    const char *text =
        text_printf(w->c->arena,
                    "{ \"y\" : \"%s\",\n \"use\":\"sig\", \"kty\":\"EC\", \"x\":\"%s\", "
                    "\"note\":{\"a\":[1]}, \"kid\":\"mine\", \"crv\":\"P-256\" }",
                    vector_text(jwk, "y"), vector_text(jwk, "x"));
    vectors_close(jwk);
    return text;
}

/* DP-06: one key has one thumbprint, and a JWK that says a thing twice has none */
static void a_thumbprint_is_of_the_key_and_not_of_its_writing(void **state)
{
    struct proof_world w = proof_world(*state);
    const char *plain = public_jwk(w.c, w.key), *dressed = dressed_up(&w);
    struct dpop out = { 0 };
    const char *proof = proof_of(&w, with_jwk(&w, dressed), claims_with(&w, ""));
    assert_int_equal(proof_result(&w, proof, &out), ERR_OK);
    assert_string_equal(out.jkt, key_thumbprint(w.c->arena, w.key->pkey));
    const char *twice =
        text_printf(w.c->arena, "%.*s,\"kty\":\"EC\"}", (int)strlen(plain) - 1, plain);
    assert_false(header_taken(&w, with_jwk(&w, twice)));
    assert_false(header_taken(&w, text_printf(w.c->arena,
                                              "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\","
                                              "\"jwk\":%s,\"jwk\":%s}",
                                              plain, plain)));
}

/* JOSE-01, JOSE-02, JOSE-05, JOSE-09: RFC 9449 4.3 (4) and (5) */
static void a_proof_is_signed_with_what_its_header_says(void **state)
{
    struct proof_world w = proof_world(*state);
    const char *jwk = public_jwk(w.c, w.key);
    static const char *const algs[] = { "none",  "None",  "",      "HS256", "RS256",
                                        "ES384", "EdDSA", "es256", "ES256 " };
    static const char *const more[] = { ",\"x5c\":[\"AAAA\"]",
                                        ",\"x5u\":\"https://trap.example\"",
                                        ",\"jku\":\"https://trap.example\"",
                                        ",\"crit\":[\"jwk\"]",
                                        ",\"b64\":false",
                                        ",\"zip\":\"DEF\"",
                                        ",\"cty\":\"JWT\"" };
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++)
        assert_false(header_taken(
            &w, text_printf(w.c->arena, "{\"typ\":\"dpop+jwt\",\"alg\":\"%s\",\"jwk\":%s}", algs[i],
                            jwk)));
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        assert_false(header_taken(&w, proof_header(&w, more[i])));
    assert_true(header_taken(&w, proof_header(&w, ",\"note\":1")));
    assert_false(
        header_taken(&w, text_printf(w.c->arena, "{\"typ\":\"dpop+jwt\",\"jwk\":%s}", jwk)));
    /* A key that is pinned to something else proves nothing with this. */
    const char *pinned =
        text_printf(w.c->arena, "%.*s,\"alg\":\"ES384\"}", (int)strlen(jwk) - 1, jwk);
    assert_false(header_taken(&w, with_jwk(&w, pinned)));
}

/* JOSE-04: the signature is made with the private half of the key in the header */
static void a_proof_of_another_key_is_none(void **state)
{
    struct proof_world w = proof_world(*state);
    struct proof_world other = w;
    other.key = new_key(w.c, ALG_ES256);
    const char *header = proof_header(&w, ""), *claims = claims_with(&w, "");
    assert_true(proof_taken(&w, proof_of(&w, header, claims)));
    assert_false(proof_taken(&w, proof_of(&other, header, claims)));
    const char *proof = proof_of(&w, header, claims);
    char *changed = arena_copy(w.c->arena, proof, strlen(proof) + 1);
    char *dot = strrchr(changed, '.');
    dot[1] = dot[1] == 'A' ? 'B' : 'A';
    assert_false(proof_taken(&w, changed));
}

/* RFC 8725 3.11: a token of another kind is no proof */
static void a_proof_has_its_own_type(void **state)
{
    struct proof_world w = proof_world(*state);
    const char *jwk = public_jwk(w.c, w.key);
    static const struct {
        const char *typ;
        bool taken;
    } types[] = { { "\"typ\":\"dpop+jwt\",", true },
                  { "\"typ\":\"DPoP+JWT\",", true },
                  { "\"typ\":\"application/dpop+jwt\",", true },
                  { "", false },
                  { "\"typ\":\"JWT\",", false },
                  { "\"typ\":\"at+jwt\",", false },
                  { "\"typ\":\"dpop\",", false },
                  { "\"typ\":\"dpop+jwt \",", false },
                  { "\"typ\":null,", false } };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        assert_int_equal(
            header_taken(
                &w, text_printf(w.c->arena, "{%s\"alg\":\"ES256\",\"jwk\":%s}", types[i].typ, jwk)),
            types[i].taken);
}

#define HTU  "\"htu\":\"" URL "\""
#define REST "\"iat\":%lld,\"jti\":\"0123456789abcdef\"}"

/* DP-02, JOSE-24, JOSE-25: claims that are absent, twice there, or of another type */
static void claims_are_all_there_once_and_of_their_type(void **state)
{
    struct proof_world w = proof_world(*state);
    static const char *const wrong[] = {
        "{" HTU "," REST,
        "{\"htm\":\"POST\"," REST,
        "{\"htm\":null," HTU "," REST,
        "{\"htm\":[\"POST\"]," HTU "," REST,
        "{\"htm\":\"POST\",\"htm\":\"POST\"," HTU "," REST,
        "{\"htm\":\"POST\",\"htu\":7," REST,
        "{\"htm\":\"POST\",\"htu\":null," REST,
        "{\"htm\":\"POST\",\"htu\":[\"" URL "\"]," REST,
        "{\"htm\":\"POST\"," HTU "," HTU "," REST,
        "{\"htm\":\"POST\"," HTU ",\"nonce\":7," REST,
        "[{\"htm\":\"POST\"," HTU "," REST "]",
        "{\"htm\":\"POST\"," HTU ",\"jti\":\"0123456789abcdef\"}",
        "{\"htm\":\"POST\"," HTU ",\"jti\":\"0123456789abcdef\",\"iat\":\"%lld\"}",
        "{\"htm\":\"POST\"," HTU ",\"jti\":\"0123456789abcdef\",\"iat\":null}",
        "{\"htm\":\"POST\"," HTU ",\"iat\":%lld}",
        "{\"htm\":\"POST\"," HTU ",\"iat\":%lld,\"jti\":7}",
        "{\"htm\":\"POST\"," HTU ",\"iat\":%lld,\"jti\":null}",
        "{\"htm\":\"POST\"," HTU ",\"iat\":%lld,\"jti\":\"\"}",
    };
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wformat-nonliteral\"")
        assert_true(claims_taken(
            &w, text_printf(w.c->arena, "{\"htm\":\"POST\"," HTU "," REST, (long long)w.c->now)));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(claims_taken(&w, text_printf(w.c->arena, wrong[i], (long long)w.c->now)));
    _Pragma("GCC diagnostic pop")
}

static bool jti_taken(const struct proof_world *w, size_t n)
{
    char *jti = arena_alloc(w->c->arena, n + 1);
    memset(jti, 'j', n);
    return claims_taken(w, text_printf(w->c->arena,
                                       "{\"htm\":\"POST\"," HTU ",\"iat\":%lld,\"jti\":\"%s\"}",
                                       (long long)w->c->now, jti));
}

/* DP-01: what is remembered has a bounded length */
static void a_jti_has_a_bounded_length(void **state)
{
    struct proof_world w = proof_world(*state);
    assert_false(jti_taken(&w, 0));
    assert_false(jti_taken(&w, DPOP_JTI_MIN - 1));
    assert_true(jti_taken(&w, DPOP_JTI_MIN));
    assert_true(jti_taken(&w, DPOP_JTI_MAX));
    assert_false(jti_taken(&w, DPOP_JTI_MAX + 1));
}

/* JOSE-21, JOSE-32 */
static void what_is_not_one_token_is_no_proof(void **state)
{
    struct proof_world w = proof_world(*state);
    const char *proof = proof_of(&w, proof_header(&w, ""), claims_with(&w, ""));
    static const char *const around[][2] = { { "", "" },  { "", "=" }, { "", " " },  { " ", "" },
                                             { "", "." }, { ".", "" }, { "", ",a" }, { "", "\n" } };
    for (size_t i = 0; i < sizeof around / sizeof around[0]; i++)
        assert_int_equal(
            proof_taken(&w, text_printf(w.c->arena, "%s%s%s", around[i][0], proof, around[i][1])),
            i == 0);
    assert_false(proof_taken(&w, ""));
    assert_false(proof_taken(&w, ".."));
    assert_false(proof_taken(&w, text_printf(w.c->arena, "%s,%s", proof, proof)));
    char *dots = arena_alloc(w.c->arena, 20001);
    memset(dots, '.', 20000);
    assert_false(proof_taken(&w, dots));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(a_proof_brings_a_public_key_worth_having),
        CRYPTO_TEST(a_thumbprint_is_of_the_key_and_not_of_its_writing),
        CRYPTO_TEST(a_proof_is_signed_with_what_its_header_says),
        CRYPTO_TEST(a_proof_of_another_key_is_none),
        CRYPTO_TEST(a_proof_has_its_own_type),
        CRYPTO_TEST(claims_are_all_there_once_and_of_their_type),
        CRYPTO_TEST(a_jti_has_a_bounded_length),
        CRYPTO_TEST(what_is_not_one_token_is_no_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
