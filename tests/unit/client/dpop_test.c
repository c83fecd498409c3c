/* SPDX-License-Identifier: Apache-2.0 */
#include "dpop_testing.h"

/* RFC 9449 4.1 and 7.1. */
#define HEADER_9449                                                                                \
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNo" \
    "UklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERW" \
    "clUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
#define TOKEN_REQUEST                                                                              \
    HEADER_9449                                                                                    \
    ".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGU" \
    "u"                                                                                            \
    "Y29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdL" \
    "XiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
#define JKT_9449 "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"

static void the_proof_of_rfc_9449_4_1_is_good(void **state)
{
    struct ctx *c = *state;
    struct dpop_policy policy = { .algs = ALG_ES256,
                                  .method = "POST",
                                  .url = "https://server.example.com/token" };
    struct dpop out = { 0 };
    c->now = 1562262616;
    assert_int_equal(dpop_verify(c, TOKEN_REQUEST, &policy, &out).code, ERR_OK);
    assert_string_equal(out.jkt, JKT_9449);
    assert_string_equal(out.jti, "-BwC3ESc6acc2lTc");
    assert_int_equal(out.issued_at, 1562262616);
    assert_false(out.key->is_private);
}

static void check_example(struct ctx *c, const struct vector *file, const struct vector *proof)
{
    struct dpop_policy policy = { .algs = ALG_ES256,
                                  .method = vector_text(proof, "htm"),
                                  .url = vector_text(proof, "htu"),
                                  .jkt = vector_text(file, "jkt") };
    struct dpop out = { 0 };
    if (vector_text(proof, "ath") != NULL)
        policy.access_token = vector_text(file, "access_token");
    c->now = vector_int(proof, "iat");
    assert_int_equal(dpop_verify(c, vector_text(proof, "jwt"), &policy, &out).code, ERR_OK);
    assert_string_equal(out.jti, vector_text(proof, "jti"));
    policy.access_token = "another";
    assert_int_equal(dpop_verify(c, vector_text(proof, "jwt"), &policy, &out).code,
                     ERR_INVALID_DPOP_PROOF);
    fault_clear(c);
}

static void the_examples_of_rfc_9449_are_good(void **state)
{
    struct ctx *c = *state;
    struct vector *file = vectors_open(c, "dpop/rfc9449_examples.json");
    const struct vector *proof;
    if (file == NULL)
        skip();
    assert_int_equal(vector_n(vector_get(file, "proofs")), 3);
    for (EACH(vector_get(file, "proofs"), proof))
        check_example(c, file, proof);
    vectors_close(file);
}

/* DP-01: what the caller needs to know a proof again, and for how long */
static void a_good_proof_says_what_it_is_known_by(void **state)
{
    struct proof_world w = proof_world(*state);
    struct dpop out = { 0 };
    const char *proof = proof_of(&w, proof_header(&w, ""), claims_with(&w, ""));
    assert_int_equal(proof_result(&w, proof, &out), ERR_OK);
    assert_string_equal(out.jti, "0123456789abcdef");
    assert_string_equal(out.jkt, key_thumbprint(w.c->arena, w.key->pkey));
    assert_int_equal(out.issued_at, w.c->now);
    w.c->now = out.expires_at - 1;
    assert_true(proof_taken(&w, proof));
    w.c->now = out.expires_at;
    assert_false(proof_taken(&w, proof));
}

static void every_asymmetric_algorithm_proves_a_key(void **state)
{
    struct proof_world w = proof_world(*state);
    for (unsigned alg = 1; alg <= ALG_EDDSA; alg <<= 1) {
        w.key = new_key(w.c, (enum jws_alg)alg);
        const char *proof = proof_of(&w, proof_header(&w, ""), claims_with(&w, ""));
        w.policy.algs = ALGS_ASYMMETRIC;
        assert_true(proof_taken(&w, proof));
        w.policy.algs = ALGS_ASYMMETRIC & ~alg;
        assert_false(proof_taken(&w, proof));
    }
}

/* DP-02: the method in its own letters */
static void a_proof_is_for_one_method(void **state)
{
    struct proof_world w = proof_world(*state);
    static const char *const wrong[] = {
        "post", "Post", "GET", "POST ", " POST", "", "POSTS", "*"
    };
    assert_true(claims_taken(&w, claims_of(&w, "POST", URL, w.c->now)));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(claims_taken(&w, claims_of(&w, wrong[i], URL, w.c->now)));
}

static bool target_taken(struct proof_world *w, const char *ours, const char *htu)
{
    w->policy.url = ours;
    return claims_taken(w, claims_of(w, "POST", htu, w->c->now));
}

/* DP-02: RFC 9449 4.3; what RFC 3986 6.2 takes for the same is the same */
static void a_proof_is_for_one_target_however_it_is_written(void **state)
{
    struct proof_world w = proof_world(*state);
    static const char *const same[][2] = {
        { URL, URL },
        { URL, "HTTPS://AUTH.EXAMPLE.COM/oauth2/token" },
        { URL, "https://auth.example.com:443/oauth2/token" },
        { "https://auth.example.com:443/oauth2/token", URL },
        { URL "?a=b", URL },
        { URL "#x", URL },
        { URL, "https://auth.example.com/oauth2/%74oken" },
        { "https://auth.example.com/a%2Fb", "https://auth.example.com/a%2fb" },
        { "https://auth.example.com", "https://auth.example.com/" },
        { "https://auth.example.com/", "https://auth.example.com" },
        { "http://localhost:8080/x", "http://localhost:8080/x" },
        { "http://[::1]:80/x", "http://[0:0::1]/x" },
    };
    static const char *const other[][2] = {
        { URL, "https://auth.example.com/oauth2/token/" },
        { URL, "https://auth.example.com/oauth2/Token" },
        { URL, "https://auth.example.com/oauth2" },
        { URL, "https://auth.example.com/" },
        { URL, "https://auth.example.com" },
        { URL, "https://auth.example.com//oauth2/token" },
        { URL, "https://auth.example.com/x/../oauth2/token" },
        { URL, "https://auth.example.com/oauth2%2Ftoken" },
        { URL, "https://auth.example.com/oauth2/token%20" },
        { URL, "https://auth.example.com:8443/oauth2/token" },
        { URL, "https://auth.example.com:80/oauth2/token" },
        { URL, "http://auth.example.com/oauth2/token" },
        { URL, "https://example.com/oauth2/token" },
        { URL, "https://auth.example.com.evil.example/oauth2/token" },
        { URL, "https://user@auth.example.com/oauth2/token" },
        { URL, "//auth.example.com/oauth2/token" },
        { URL, "/oauth2/token" },
        { URL, "com.example.app:/oauth2/token" },
        { URL, URL "?" },
        { URL, URL "?a=b" },
        { URL "?a=b", URL "?a=b" },
        { URL, URL "#" },
        { URL, URL "#x" },
        { URL, URL " " },
        { URL, "" },
        { "https://auth.example.com/a%2Fb", "https://auth.example.com/a/b" },
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if (!target_taken(&w, same[i][0], same[i][1]))
            fail_msg("refused: %s for %s", same[i][1], same[i][0]);
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        if (target_taken(&w, other[i][0], other[i][1]))
            fail_msg("taken: %s for %s", other[i][1], other[i][0]);
}

/* DP-07 */
static void a_proof_is_of_now(void **state)
{
    struct proof_world w = proof_world(*state);
    static const struct {
        int64_t ahead;
        bool taken;
    } times[] = { { 0, true },
                  { 10, true },
                  { JWT_SKEW, true },
                  { JWT_SKEW + 1, false },
                  { -DPOP_WINDOW, true },
                  { -DPOP_WINDOW - 1, false },
                  { INT32_MAX, false } };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        assert_int_equal(claims_taken(&w, claims_of(&w, "POST", URL, w.c->now + times[i].ahead)),
                         times[i].taken);
    assert_false(claims_taken(&w, claims_of(&w, "POST", URL, 0)));
    assert_false(claims_taken(&w, claims_of(&w, "POST", URL, -1)));
    assert_false(claims_taken(&w, claims_of(&w, "POST", URL, INT64_MAX)));
    assert_true(claims_taken(
        &w, claims_with(&w, text_printf(w.c->arena, ",\"exp\":%lld", (long long)w.c->now + 1))));
    assert_false(claims_taken(
        &w, claims_with(&w, text_printf(w.c->arena, ",\"exp\":%lld", (long long)w.c->now))));
    assert_false(claims_taken(
        &w, claims_with(&w, text_printf(w.c->arena, ",\"nbf\":%lld", (long long)w.c->now + 61))));
}

/* RFC 9449 4.3 (12), 7.1 */
static void a_proof_goes_with_one_access_token_and_one_key(void **state)
{
    struct proof_world w = proof_world(*state);
    const char *ath = token_hash(w.c->arena, "access.token");
    const char *with = claims_with(&w, text_printf(w.c->arena, ",\"ath\":\"%s\"", ath));
    assert_true(claims_taken(&w, with));
    w.policy.access_token = "access.token";
    assert_true(claims_taken(&w, with));
    assert_false(claims_taken(&w, claims_with(&w, "")));
    assert_false(claims_taken(&w, claims_with(&w, ",\"ath\":\"\"")));
    assert_false(claims_taken(&w, claims_with(&w, ",\"ath\":null")));
    assert_false(claims_taken(&w, claims_with(&w, ",\"ath\":[\"a\"]")));
    assert_false(
        claims_taken(&w, claims_with(&w, text_printf(w.c->arena, ",\"ath\":\"%s=\"", ath))));
    w.policy.access_token = "access.token2";
    assert_false(claims_taken(&w, with));
    w.policy.access_token = NULL;
    w.policy.jkt = key_thumbprint(w.c->arena, w.key->pkey);
    assert_true(claims_taken(&w, with));
    w.policy.jkt = JKT_9449;
    assert_false(claims_taken(&w, with));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(the_proof_of_rfc_9449_4_1_is_good),
        CRYPTO_TEST(the_examples_of_rfc_9449_are_good),
        CRYPTO_TEST(a_good_proof_says_what_it_is_known_by),
        CRYPTO_TEST(every_asymmetric_algorithm_proves_a_key),
        CRYPTO_TEST(a_proof_is_for_one_method),
        CRYPTO_TEST(a_proof_is_for_one_target_however_it_is_written),
        CRYPTO_TEST(a_proof_is_of_now),
        CRYPTO_TEST(a_proof_goes_with_one_access_token_and_one_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
