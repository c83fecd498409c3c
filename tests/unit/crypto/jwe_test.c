/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwe.h"

#include "jwe_testing.h"
#include "jwt_testing.h"

/* RFC 7520 5.5. */
#define MERIADOC                                                                                   \
    "{\"kty\":\"EC\",\"kid\":\"meriadoc.brandybuck@buckland.example\",\"use\":\"enc\","            \
    "\"crv\":\"P-256\",\"x\":\"Ze2loSV3wrroKUN_4zhwGhCqo3Xhu1td4QjeQ5wIVR0\","                     \
    "\"y\":\"HlLtdXARY_f55A3fnzQbPcm6hgr34Mp8p-nuzQCE0Zw\","                                       \
    "\"d\":\"r_kHyZ-a06rmxM3yESK84r1otSg-aQcVStkRhA-iCM8\"}"
static const char to_meriadoc[] =
    "eyJhbGciOiJFQ0RILUVTIiwia2lkIjoibWVyaWFkb2MuYnJhbmR5YnVja0BidWNrbGFuZC5leGFtcGxl"
    "IiwiZXBrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoibVBVS1RfYkFXR0hJaGcwVHBqanFW"
    "c1AxclhXUXVfdndWT0hIdE5rZFlvQSIsInkiOiI4QlFBc0ltR2VBUzQ2ZnlXdzVNaFlmR1RUMElqQnBG"
    "dzJTUzM0RHY0SXJzIn0sImVuYyI6IkExMjhDQkMtSFMyNTYifQ..yc9N8v5sYyv3iGQT926IUg.BoDlw"
    "PnTypYq-ivjmQvAYJLb5Q6l-F3LIgQomlz87yW4OPKbWE1zSTEFjDfhU9IPIOSA9Bml4m7iDFwA-1ZXv"
    "HteLDtw4R1XRGMEsDIqAYtskTTmzmzNa-_q4F_evAPUmwlO-ZG45Mnq4uhM1fm_D9rBtWolqZSF3xGNN"
    "kpOMQKF1Cl8i8wjzRli7-IXgyirlKQsbhhqRzkv8IcY6aHl24j03C-AR2le1r7URUhArM79BY8soZU0l"
    "zwI-sD5PZ3l4NDCCei9XkoIAfsXJWmySPoeRb2Ni5UZL4mYpvKDiwmyzGd65KqVw7MsFfI_K767G9C9A"
    "zp73gKZD0DyUn1mn0WW5LmyX_yJ-3AROq8p1WZBfG-ZyJ6195_JGG2m9Csg.WCCkNa-x4BeB9hIDIfFu"
    "hg";
static const char of_meriadoc[] =
    "You can trust us to stick with you through thick and thin\xe2\x80\x93to the bitter end. And "
    "you can trust us to keep any secret of yours\xe2\x80\x93"
    "closer than you keep it yourself. "
    "But you cannot trust us to let you face trouble alone, and go off without a word. We are "
    "your friends, Frodo.";

static void the_example_of_rfc_7520_5_5_opens(void **state)
{
    struct ctx *c = *state;
    const struct encryption_key *key = read_encryption_jwk(c, MERIADOC, true);
    assert_non_null(key);
    struct jwe_policy policy = jwe_policy_of(c, key);
    assert_string_equal(opened(c, to_meriadoc, &policy), of_meriadoc);
}

/* Whether we have what the vector is about. */
static bool is_ours(struct ctx *c, const char *token)
{
    struct bytes header = { 0 };
    const char *dot = strchr(token, '.');
    struct bytes encoded = { (const uint8_t *)token, dot == NULL ? 0 : (size_t)(dot - token) };
    if (dot == NULL || !base64url_decode(c->arena, encoded, &header))
        return false;
    struct vector *json = vectors_parse((const char *)header.at, header.n);
    bool ours = jwe_alg_from_name(vector_text(json, "alg")) != 0 &&
                jwe_enc_from_name(vector_text(json, "enc")) != 0;
    vectors_close(json);
    return ours;
}

/* The JWK of a group without the algorithm it is pinned to: Wycheproof's EC keys are pinned to one
 * and used with others. */
static const struct encryption_key *unpinned(struct ctx *c, const struct vector *group)
{
    const char *json = vector_json(c, vector_get(group, "private"));
    struct vector *copy = vectors_parse(json, strlen(json));
    if (text_equal(vector_text(copy, "kty"), "EC"))
        vector_remove(copy, "alg");
    const struct encryption_key *key = read_encryption_jwk(c, vector_json(c, copy), true);
    vectors_close(copy);
    return key;
}

struct tally {
    size_t tests, opened, foreign;
};

static void check_test(struct ctx *c, const struct vector *group, const struct vector *test,
                       struct tally *tally)
{
    const char *token = vector_text(test, "jwe");
    const struct encryption_key *key = unpinned(c, group);
    const char *text = NULL;
    if (key != NULL) {
        struct jwe_policy policy = jwe_policy_of(c, key);
        text = opened(c, token, &policy);
        fault_clear(c);
    }
    bool valid = text_equal(vector_text(test, "result"), "valid"), ours = is_ours(c, token);
    if ((text != NULL) != (valid && ours))
        fail_msg("test %lld, %s", vector_int(test, "tcId"), vector_text(test, "comment"));
    if (text != NULL)
        assert_string_equal(hex_encode(c->arena, bytes_of(text)), vector_text(test, "pt"));
    tally->tests++;
    tally->opened += text != NULL;
    tally->foreign += valid && !ours;
}

/* JOSE-16, JOSE-17, JOSE-20; the algorithms that we do not have are refused */
static void wycheproofs_encryption_gives_the_expected_result(void **state)
{
    struct ctx *c = *state;
    struct vector *file = vectors_open(c, "wycheproof/json_web_encryption_test.json");
    const struct vector *group, *test;
    struct tally tally = { 0 };
    if (file == NULL)
        skip();
    for (EACH(vector_get(file, "testGroups"), group))
        for (EACH(vector_get(group, "tests"), test)) {
            struct arena_mark mark = arena_mark(c->arena);
            check_test(c, group, test, &tally);
            arena_rewind(c->arena, mark);
        }
    vectors_close(file);
    assert_int_equal(tally.tests, 139);
    assert_int_equal(tally.opened, 7);
    assert_int_equal(tally.foreign, 58);
}

/* The examples of RFC 7520 5: one is of algorithms that we have. */
static void the_other_examples_of_rfc_7520_are_refused(void **state)
{
    struct ctx *c = *state;
    static const char *const names[] = {
        "5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2",
        "5_2.key_encryption_using_rsa-oaep_with_aes-gcm",
        "5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm",
        "5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct vector *file =
            vectors_open(c, text_printf(c->arena, "jose-cookbook/jwe/%s.json", names[i]));
        if (file == NULL)
            skip();
        struct vector *jwk =
            (struct vector *)(uintptr_t)vector_get(vector_get(file, "input"), "key");
        vector_remove(jwk, "alg");
        const struct encryption_key *key = read_encryption_jwk(c, vector_json(c, jwk), true);
        assert_non_null(key);
        struct jwe_policy policy = jwe_policy_of(c, key);
        const char *token = vector_text(vector_get(file, "output"), "compact");
        assert_non_null(token);
        assert_int_equal(opens(c, token, &policy), strstr(names[i], "5_5") != NULL);
        vectors_close(file);
    }
}

static void what_was_encrypted_opens_with_its_header(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < ALGS_OF_JWE * ENCS_OF_JWE; i++) {
        struct jwe_plan plan = { .key = new_encryption_key(c, jwe_algs[i / ENCS_OF_JWE]),
                                 .alg = jwe_algs[i / ENCS_OF_JWE],
                                 .enc = jwe_encs[i % ENCS_OF_JWE],
                                 .typ = "application/Some+jwt",
                                 .cty = "json" };
        struct jwe_policy policy = jwe_policy_of(c, plan.key);
        struct jwe out = { 0 };
        const char *token = encrypted(c, &plan, "what is said");
        assert_int_equal(jwe_decrypt(c, token, &policy, &out).code, ERR_OK);
        assert_int_equal(out.alg, plan.alg);
        assert_int_equal(out.enc, plan.enc);
        assert_string_equal(out.kid, plan.key->kid);
        assert_string_equal(out.typ, "some+jwt");
        assert_string_equal(out.cty, "json");
        assert_true(ct_equal(out.plain, bytes_of("what is said")));
    }
}

/* P-384 has other lengths everywhere; the sender has but the public half. */
static void a_key_on_p_384_serves_as_well(void **state)
{
    struct ctx *c = *state;
    const struct key *made = new_key(c, ALG_ES384);
    struct encryption_key key = { "k", JWE_ECDH_ES | JWE_ECDH_ES_A256KW, true, made->pkey };
    struct json_writer w = json_writer(c->arena);
    encryption_key_write_jwk(&w, &key);
    const struct encryption_key *half = read_encryption_jwk(c, json_written(&w), false);
    assert_non_null(half);
    struct jwe_policy policy = jwe_policy_of(c, &key);
    for (size_t i = 0; i < 2 * ENCS_OF_JWE; i++) {
        struct jwe_plan plan = { .key = half, .alg = jwe_algs[1 + i / 2], .enc = jwe_encs[i % 2] };
        assert_string_equal(opened(c, encrypted(c, &plan, "p"), &policy), "p");
    }
}

/* CR-02: key, iv and ciphertext are new each time */
static void two_encryptions_of_one_text_differ_in_every_part(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < ALGS_OF_JWE * ENCS_OF_JWE; i++) {
        struct jwe_plan plan = { .key = new_encryption_key(c, jwe_algs[i / ENCS_OF_JWE]),
                                 .alg = jwe_algs[i / ENCS_OF_JWE],
                                 .enc = jwe_encs[i % ENCS_OF_JWE] };
        struct texts one = text_split(c->arena, encrypted(c, &plan, "the same text"), '.');
        struct texts two = text_split(c->arena, encrypted(c, &plan, "the same text"), '.');
        assert_int_equal(one.n, plan.alg == JWE_ECDH_ES ? 4 : 5);
        assert_int_equal(two.n, one.n);
        for (size_t k = plan.alg == JWE_RSA_OAEP_256 ? 1 : 0; k < one.n; k++)
            assert_string_not_equal(one.at[k], two.at[k]);
    }
}

static err encrypt_n(struct ctx *c, const struct jwe_plan *plan, size_t n)
{
    const char *token = NULL;
    uint8_t *plain = arena_alloc(c->arena, n);
    err e = jwe_encrypt(c, plan, (struct bytes){ plain, n }, &token);
    fault_clear(c);
    return e;
}

static void a_text_has_one_byte_at_least_and_a_bounded_length(void **state)
{
    struct ctx *c = *state;
    struct jwe_plan plan = { .key = new_encryption_key(c, JWE_ECDH_ES),
                             .alg = JWE_ECDH_ES,
                             .enc = JWE_A128CBC_HS256 };
    assert_int_equal(encrypt_n(c, &plan, 0).code, ERR_INVALID_REQUEST);
    assert_int_equal(encrypt_n(c, &plan, 1).code, ERR_OK);
    assert_int_equal(encrypt_n(c, &plan, JWE_PLAIN_MAX).code, ERR_OK);
    assert_int_equal(encrypt_n(c, &plan, JWE_PLAIN_MAX + 1).code, ERR_INVALID_REQUEST);
}

static void a_signed_token_goes_through_encryption(void **state)
{
    struct ctx *c = *state;
    struct world w = new_world(c);
    struct jwe_plan plan = { .key = new_encryption_key(c, JWE_ECDH_ES_A256KW),
                             .alg = JWE_ECDH_ES_A256KW,
                             .enc = JWE_A256GCM };
    struct jwe_policy policy = jwe_policy_of(c, plan.key);
    const char *token = NULL, *inner = NULL, *signed_token = token_of(c, &w, "at+jwt", good(c, ""));
    assert_int_equal(jwe_encrypt_jwt(c, &plan, signed_token, &token).code, ERR_OK);
    assert_int_equal(jwe_decrypt_jwt(c, token, &policy, &inner).code, ERR_OK);
    assert_string_equal(inner, signed_token);
    assert_true(accepts_token(c, &w, inner));
    assert_false(accepts_token(c, &w, token));
}

static bool holds_jwt(struct ctx *c, const struct jwe_plan *plan, struct bytes plain)
{
    struct jwe_policy policy = jwe_policy_of(c, plan->key);
    const char *token = NULL, *inner = NULL;
    assert_int_equal(jwe_encrypt(c, plan, plain, &token).code, ERR_OK);
    err e = jwe_decrypt_jwt(c, token, &policy, &inner);
    assert_true(e.code == ERR_OK || (e.code == ERR_INVALID_TOKEN && inner == NULL));
    fault_clear(c);
    return e.code == ERR_OK;
}

/* RFC 7519 5.2: the outer header says that there is a token inside */
static void only_what_says_so_holds_a_token(void **state)
{
    struct ctx *c = *state;
    struct jwe_plan plan = { .key = new_encryption_key(c, JWE_ECDH_ES),
                             .alg = JWE_ECDH_ES,
                             .enc = JWE_A256GCM };
    static const char *const said[] = { "JWT", "jwt", "application/JWT" };
    static const char *const not_said[] = { NULL, "", "json", "JWS", "JWT ", "at+jwt" };
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        plan.cty = said[i];
        assert_true(holds_jwt(c, &plan, bytes_of("a.b.c")));
        assert_false(holds_jwt(c, &plan, (struct bytes){ (const uint8_t *)"a.b.\0c", 6 }));
        assert_false(holds_jwt(c, &plan, bytes_of("a.b.\xff")));
    }
    for (size_t i = 0; i < sizeof not_said / sizeof not_said[0]; i++) {
        plan.cty = not_said[i];
        assert_false(holds_jwt(c, &plan, bytes_of("a.b.c")));
    }
}

/* JOSE-35: one encryption around one signature, and no more of either */
static void tokens_are_nested_once(void **state)
{
    struct ctx *c = *state;
    struct world w = new_world(c);
    struct jwe_plan plan = { .key = new_encryption_key(c, JWE_ECDH_ES),
                             .alg = JWE_ECDH_ES,
                             .enc = JWE_A256GCM };
    struct jwe_policy policy = jwe_policy_of(c, plan.key);
    const char *token = token_of(c, &w, "at+jwt", good(c, "")), *inner = NULL;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(jwe_encrypt_jwt(c, &plan, token, &token).code, ERR_OK);
    assert_int_equal(jwe_decrypt_jwt(c, token, &policy, &inner).code, ERR_OK);
    assert_false(accepts_token(c, &w, inner));
    const char *nested = forge(c, w.key, ALG_EDDSA,
                               "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"cty\":\"JWT\"}", "a.b.c");
    assert_int_equal(jwe_encrypt_jwt(c, &plan, nested, &token).code, ERR_OK);
    assert_int_equal(jwe_decrypt_jwt(c, token, &policy, &inner).code, ERR_OK);
    assert_false(accepts_token(c, &w, inner));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(the_example_of_rfc_7520_5_5_opens),
        CRYPTO_TEST(wycheproofs_encryption_gives_the_expected_result),
        CRYPTO_TEST(the_other_examples_of_rfc_7520_are_refused),
        CRYPTO_TEST(what_was_encrypted_opens_with_its_header),
        CRYPTO_TEST(a_key_on_p_384_serves_as_well),
        CRYPTO_TEST(two_encryptions_of_one_text_differ_in_every_part),
        CRYPTO_TEST(a_text_has_one_byte_at_least_and_a_bounded_length),
        CRYPTO_TEST(a_signed_token_goes_through_encryption),
        CRYPTO_TEST(only_what_says_so_holds_a_token),
        CRYPTO_TEST(tokens_are_nested_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
