/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jws.h"

#include "jose_testing.h"

/* Two tests of Wycheproof's take a character that is not base64url for none; RFC 7515 2 does not
 * allow it and we refuse.  Two others are the same text as an accepted one: their padding was lost.
 */
static bool we_differ(const char *comment)
{
    return text_equal(comment, "InvalidCharacterInsertedInHeader") ||
           text_equal(comment, "InvalidCharacterInsertedInPayload") ||
           text_equal(comment, "invalidBase64Padding") ||
           text_equal(comment, "invalidBase64PaddingInPayload");
}

/* Whether the algorithm is one of those that Wycheproof tests and we do not have. */
static bool is_foreign(const char *alg)
{
    static const char *const foreign[] = { "RS384", "RS512", "PS384", "PS512",
                                           "ES512", "ES521", "HS384", "HS512" };
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (text_equal(alg, foreign[i]))
            return true;
    return false;
}

/* What a caller with this JWK or JWK Set would ask for; false if it is refused as such. */
static bool policy_from(struct ctx *c, const struct vector *jwk, struct jws_policy *out)
{
    const char *kty = vector_text(jwk, "kty"), *alg = vector_text(jwk, "alg");
    *out = (struct jws_policy){ 0 };
    if (vector_get(jwk, "keys") != NULL) {
        struct key_set *set = ARENA_NEW(c->arena, struct key_set);
        err e = key_set_read(c, c->arena, bytes_of(vector_json(c, jwk)), set);
        fault_clear(c);
        *out = (struct jws_policy){ .algs = ALGS_ASYMMETRIC | ALG_HS256, .keys = set };
        return e.code == ERR_OK;
    }
    if (!text_equal(kty, "oct")) {
        const struct key *key = read_jwk(c, vector_json(c, jwk), false);
        if (key != NULL)
            *out = policy_of(c, key);
        return key != NULL;
    }
    struct bytes at = { 0 };
    if ((alg != NULL && !text_equal(alg, "HS256")) ||
        !base64url_decode(c->arena, bytes_of(vector_text(jwk, "k")), &at))
        return false;
    const struct hmac_secret **secret = ARENA_NEW(c->arena, const struct hmac_secret *);
    *secret = secret_of(c, at);
    *out = (struct jws_policy){ .algs = ALG_HS256, .secrets = secret, .secrets_n = 1 };
    return *secret != NULL;
}

/* Secrets are not read from JSON by us: this is what a caller would have made of them. */
static bool policy_of_secrets(struct ctx *c, const struct vector *keys, struct jws_policy *out)
{
    const struct hmac_secret **secrets =
        ARENA_NEWS(c->arena, const struct hmac_secret *, vector_n(keys));
    const struct vector *jwk;
    for (EACH(keys, jwk)) {
        struct bytes at = { 0 };
        const char *alg = vector_text(jwk, "alg");
        assert_true(base64url_decode(c->arena, bytes_of(vector_text(jwk, "k")), &at));
        secrets[jwk_i] = text_equal(alg, "HS256") ? secret_of(c, at) : NULL;
        if (secrets[jwk_i] == NULL)
            return false;
    }
    *out =
        (struct jws_policy){ .algs = ALG_HS256, .secrets = secrets, .secrets_n = vector_n(keys) };
    return true;
}

static bool accepts(struct ctx *c, const struct vector *group, const char *token)
{
    const struct vector *jwk = vector_get(group, "public");
    if (jwk == NULL)
        jwk = vector_get(group, "private");
    const struct vector *keys = vector_get(jwk, "keys");
    struct jws_policy policy;
    bool of_secrets = text_equal(vector_text(group, "comment"), "jws_keyset") ||
                      (vector_n(keys) == 1 && vector_text(vector_at(keys, 0), "k") != NULL);
    bool usable = of_secrets ? policy_of_secrets(c, keys, &policy) : policy_from(c, jwk, &policy);
    return usable && verifies(c, token, &policy);
}

/* Whether the group is about an algorithm that we refuse, whatever the expected result. */
static bool is_foreign_group(const struct vector *group, const char *token, struct ctx *c)
{
    const struct vector *jwk = vector_get(group, "private");
    struct bytes header = { 0 };
    const char *dot = strchr(token, '.');
    if (is_foreign(vector_text(jwk, "alg")))
        return true;
    if (dot == NULL ||
        !base64url_decode(c->arena, (struct bytes){ (const uint8_t *)token, (size_t)(dot - token) },
                          &header))
        return false;
    struct vector *json = vectors_parse((const char *)header.at, header.n);
    bool foreign = is_foreign(vector_text(json, "alg"));
    vectors_close(json);
    return foreign;
}

struct tally {
    size_t tests, accepted, foreign;
};

static void check_test(struct ctx *c, const struct vector *group, const struct vector *test,
                       struct tally *tally)
{
    const char *token = vector_text(test, "jws"), *comment = vector_text(test, "comment");
    if (token == NULL)
        return; /* of encryption */
    bool accepted = accepts(c, group, token), foreign = is_foreign_group(group, token, c);
    bool due = text_equal(vector_text(test, "result"), "valid") && !foreign;
    if (accepted != due && !we_differ(comment))
        fail_msg("test %lld, %s: %s", vector_int(test, "tcId"), comment,
                 accepted ? "accepted" : "refused");
    tally->tests++;
    tally->accepted += accepted;
    tally->foreign += foreign;
}

static void check_file(void **state, const char *name, struct tally due)
{
    struct ctx *c = *state;
    struct vector *file = vectors_open(c, name);
    const struct vector *group, *test;
    if (file == NULL)
        skip();
    struct tally tally = { 0 };
    for (EACH(vector_get(file, "testGroups"), group))
        for (EACH(vector_get(group, "tests"), test)) {
            struct arena_mark mark = arena_mark(c->arena);
            check_test(c, group, test, &tally);
            arena_rewind(c->arena, mark);
        }
    vectors_close(file);
    assert_int_equal(tally.tests, due.tests);
    assert_int_equal(tally.accepted, due.accepted);
    assert_int_equal(tally.foreign, due.foreign);
}

/* JOSE-01, JOSE-02, JOSE-04, JOSE-10, JOSE-11, JOSE-32 */
static void wycheproofs_signatures_give_the_expected_result(void **state)
{
    check_file(state, "wycheproof/json_web_signature_test.json", (struct tally){ 401, 26, 37 });
}

/* JOSE-12, JOSE-20 */
static void wycheproofs_keys_give_the_expected_result(void **state)
{
    check_file(state, "wycheproof/json_web_key_test.json", (struct tally){ 26, 3, 6 });
}

static void wycheproofs_mixed_vectors_give_the_expected_result(void **state)
{
    check_file(state, "wycheproof/json_web_crypto_test.json", (struct tally){ 48, 4, 0 });
}

/* The JWK of an example, which may be the name of the file where it is; for vectors_close. */
static struct vector *example_key(struct ctx *c, const char *name)
{
    const char *text = vectors_text(c, text_printf(c->arena, "latchset-jose/%s.jwk", name));
    if (text != NULL && text_starts(text, "rfc"))
        text = vectors_text(c, text_printf(c->arena, "latchset-jose/%s", text));
    return text == NULL ? NULL : vectors_parse(text, strlen(text));
}

/* An example as "<name>.jwk" and "<name>.jwsc", and whether its algorithm is one of ours. */
static void examples_of_rfc_7515_and_7520_verify(void **state)
{
    struct ctx *c = *state;
    static const struct {
        const char *name;
        bool ours;
    } examples[] = { { "rfc7515_A.1", true },  { "rfc7515_A.2", true }, { "rfc7515_A.3", true },
                     { "rfc7515_A.4", false }, { "rfc7520_4.1", true }, { "rfc7520_4.2", false },
                     { "rfc7520_4.3", false }, { "rfc7520_4.4", true } };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        struct vector *jwk = example_key(c, examples[i].name);
        const char *token =
            vectors_text(c, text_printf(c->arena, "latchset-jose/%s.jwsc", examples[i].name));
        if (jwk == NULL || token == NULL)
            skip();
        /* The files hold both halves; only the public one is for verifying. */
        static const char *const secret[] = { "d", "p", "q", "dp", "dq", "qi" };
        for (size_t k = 0; k < sizeof secret / sizeof secret[0]; k++)
            vector_remove(jwk, secret[k]);
        struct jws_policy policy;
        assert_int_equal(policy_from(c, jwk, &policy) && verifies(c, token, &policy),
                         examples[i].ours);
        vectors_close(jwk);
    }
}

/* RFC 7515 A.5 and A.4.5 of RFC 7520: unsecured, and with its payload elsewhere */
static void unsecured_and_detached_examples_are_refused(void **state)
{
    struct ctx *c = *state;
    const char *none = vectors_text(c, "latchset-jose/rfc7515_A.5.jwsc");
    const char *detached = vectors_text(c, "latchset-jose/rfc7520_4.5.jwsc");
    struct vector *jwk = example_key(c, "rfc7520_4.5");
    if (none == NULL || detached == NULL || jwk == NULL)
        skip();
    struct jws_policy policy;
    assert_true(policy_from(c, jwk, &policy));
    policy.algs |= ALGS_ASYMMETRIC;
    assert_false(verifies(c, none, &policy));
    assert_false(verifies(c, detached, &policy));
    vectors_close(jwk);
}

/* Ed25519 and RS256 have one signature for each text, so that ours must be the example's. */
static void reproducible_examples_are_reproduced(void **state)
{
    struct ctx *c = *state;
    static const char *const names[] = { "jose-cookbook/curve25519/jws.json",
                                         "jose-cookbook/jws/4_1.rsa_v15_signature.json" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct vector *file = vectors_open(c, names[i]);
        if (file == NULL)
            skip();
        const struct vector *input = vector_get(file, "input");
        const struct vector *signing = vector_get(file, "signing");
        const struct key *key = read_jwk(c, vector_json(c, vector_get(input, "key")), true);
        assert_non_null(key);
        struct bytes made = { 0 };
        enum jws_alg alg = alg_from_name(vector_text(input, "alg"));
        assert_int_equal(
            signature_make(c, key, alg, bytes_of(vector_text(signing, "sig-input")), &made).code,
            ERR_OK);
        assert_string_equal(base64url_encode(c->arena, made), vector_text(signing, "sig"));
        struct jws_policy policy = { .algs = alg, .keys = set_of(c, key) };
        struct jws out = { 0 };
        const char *compact = vector_text(vector_get(file, "output"), "compact");
        if (text_equal(vector_text(vector_get(input, "key"), "kid"), NULL))
            assert_int_equal(jws_verify(c, compact, &policy, &out).code, ERR_OK);
        else
            assert_true(verifies(c, compact, &policy));
        vectors_close(file);
    }
}

static void a_signed_text_comes_back_with_its_header(void **state)
{
    struct ctx *c = *state;
    static const enum jws_alg algs[] = { ALG_RS256, ALG_PS256, ALG_ES256, ALG_ES384, ALG_EDDSA };
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        const struct key *key = new_key(c, algs[i]);
        struct jws_policy policy = policy_of(c, key);
        struct jws out = { 0 };
        const char *token = NULL;
        assert_int_equal(jws_sign(c, key, "at+jwt", bytes_of("payload"), &token).code, ERR_OK);
        assert_int_equal(jws_verify(c, token, &policy, &out).code, ERR_OK);
        assert_int_equal(out.alg, algs[i]);
        assert_string_equal(out.kid, key->kid);
        assert_string_equal(out.typ, "at+jwt");
        assert_ptr_equal(out.key, key);
        assert_true(ct_equal(out.payload, bytes_of("payload")));
    }
}

static void a_failure_is_the_one_the_caller_chose(void **state)
{
    struct ctx *c = *state;
    struct jws_policy policy = policy_of(c, new_key(c, ALG_EDDSA));
    struct jws out = { 0 };
    assert_int_equal(jws_verify(c, "a.b.c", &policy, &out).code, ERR_INVALID_TOKEN);
    fault_clear(c);
    policy.refusal = ERR_INVALID_CLIENT;
    assert_int_equal(jws_verify(c, "a.b.c", &policy, &out).code, ERR_INVALID_CLIENT);
    assert_int_equal(c->fault.code, ERR_INVALID_CLIENT);
    assert_non_null(c->fault.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(wycheproofs_signatures_give_the_expected_result),
        CRYPTO_TEST(wycheproofs_keys_give_the_expected_result),
        CRYPTO_TEST(wycheproofs_mixed_vectors_give_the_expected_result),
        CRYPTO_TEST(examples_of_rfc_7515_and_7520_verify),
        CRYPTO_TEST(unsecured_and_detached_examples_are_refused),
        CRYPTO_TEST(reproducible_examples_are_reproduced),
        CRYPTO_TEST(a_signed_text_comes_back_with_its_header),
        CRYPTO_TEST(a_failure_is_the_one_the_caller_chose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
