/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwt.h"

#include "jose_testing.h"

static struct jwt_policy any_policy(struct ctx *c, const struct key *key)
{
    return (struct jwt_policy){ .signature = policy_of(c, key),
                                .open = JWT_ANY_ISSUER | JWT_ANY_AUDIENCE | JWT_NO_EXPIRY };
}

static bool accepts(struct ctx *c, const char *token, const struct jwt_policy *policy)
{
    struct jwt out = { 0 };
    err e = jwt_verify(c, token, policy, &out);
    assert_true(e.code == ERR_OK || e.code == ERR_INVALID_TOKEN);
    fault_clear(c);
    return e.code == ERR_OK;
}

static void a_payload_is_one_strict_object(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_EDDSA);
    struct jwt_policy policy = any_policy(c, key);
    static const char *const wrong[] = {
        "",
        "null",
        "[]",
        "7",
        "\"x\"",
        "{",
        "{} {}",
        "{}x",
        "\xEF\xBB\xBF{}",
        "{\"a\":1,\"a\":1}",
        "{\"sub\":\"a\",\"sub\":\"b\"}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\xFF\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}",
        "{\"a\":01}",
        "{a:1}",
        "{\"a\":NaN}",
        "{\"\\u0073ub\":\"a\",\"sub\":\"b\"}",
    };
    assert_true(
        accepts(c, forge(c, key, ALG_EDDSA, "{\"alg\":\"EdDSA\"}", " {\"a\" : [ ] }\n"), &policy));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(
            accepts(c, forge(c, key, ALG_EDDSA, "{\"alg\":\"EdDSA\"}", wrong[i]), &policy));
}

/* JOSE-35: a signed token inside a signed token, fifty times over, is refused at the first */
static void a_nested_token_is_refused(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_EDDSA);
    struct jwt_policy policy = any_policy(c, key);
    const char *token = "{}";
    for (int depth = 0; depth < 50 && strlen(token) < 4000; depth++) {
        token = forge(c, key, ALG_EDDSA, "{\"alg\":\"EdDSA\",\"cty\":\"JWT\"}", token);
        assert_false(accepts(c, token, &policy));
    }
    assert_false(
        accepts(c, forge(c, key, ALG_EDDSA, "{\"alg\":\"EdDSA\",\"cty\":\"jwt\"}", "{}"), &policy));
    assert_false(
        accepts(c, forge(c, key, ALG_EDDSA, "{\"alg\":\"EdDSA\",\"cty\":\"\"}", "{}"), &policy));
    const char *inner = forge(c, key, ALG_EDDSA, "{\"alg\":\"EdDSA\"}", "{}");
    assert_false(accepts(c, forge(c, key, ALG_EDDSA, "{\"alg\":\"EdDSA\"}", inner), &policy));
}

/* JOSE-19: an encrypted token, or any five parts empty or not, is refused and does no harm */
static void five_parts_are_refused(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_EDDSA);
    struct jwt_policy policy = any_policy(c, key);
    static const char *const headers[] = {
        "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
        "{\"alg\":\"RSA1_5\",\"enc\":\"A128CBC-HS256\"}",
        "{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A256GCM\",\"p2c\":2147483647,\"p2s\":\"AA\"}",
        "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\",\"zip\":\"DEF\"}",
        "{\"alg\":\"EdDSA\"}",
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        for (unsigned kept = 0; kept < 32; kept++) {
            struct text_buffer b = text_buffer(c->arena);
            for (unsigned part = 0; part < 5; part++) {
                text_add(&b, part == 0 ? "" : ".");
                if ((kept & 1U << part) != 0)
                    text_add(&b,
                             part == 0 ? base64url_encode(c->arena, bytes_of(headers[i])) : "AAAA");
            }
            assert_false(accepts(c, text_of(&b), &policy));
        }
}

/* JOSE-29: the verifier's part: nothing of a token is believed whose signature is not ours */
static void nothing_comes_out_of_a_token_that_is_not_ours(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_ES256), *other = new_key(c, ALG_ES256);
    struct jwt_policy policy = any_policy(c, key);
    const char *header = HEADER("ES256", key->kid);
    const char *one = forge(c, key, ALG_ES256, header, "{\"sub\":\"a\"}");
    const char *two = forge(c, key, ALG_ES256, header, "{\"sub\":\"b\"}");
    const char *swapped =
        text_printf(c->arena, "%.*s%s", (int)(strrchr(one, '.') - one), one, strrchr(two, '.'));
    char *flipped = arena_copy(c->arena, one, strlen(one) + 1);
    char *last = flipped + strlen(flipped) - 5;
    *last = *last == 'A' ? 'B' : 'A';
    const char *const wrong[] = { swapped, flipped,
                                  forge(c, other, ALG_ES256, header, "{\"sub\":\"a\"}") };
    assert_true(accepts(c, one, &policy));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct jwt out = { .sub = "untouched" };
        assert_int_equal(jwt_verify(c, wrong[i], &policy, &out).code, ERR_INVALID_TOKEN);
        assert_string_equal(out.sub, "untouched");
        assert_int_equal(out.claims_n, 0);
        fault_clear(c);
    }
}

static void the_failure_is_the_callers_at_every_step(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_EDDSA);
    struct jwt_policy policy = any_policy(c, key);
    policy.signature.refusal = ERR_INVALID_CLIENT;
    static const char *const payloads[] = { "[]", "{\"exp\":\"x\"}", "{\"iat\":1e300}",
                                            "{\"aud\":[]}" };
    struct jwt out = { 0 };
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        const char *token = forge(c, key, ALG_EDDSA, "{\"alg\":\"EdDSA\"}", payloads[i]);
        assert_int_equal(jwt_verify(c, token, &policy, &out).code, ERR_INVALID_CLIENT);
        fault_clear(c);
    }
    const char *text = NULL;
    const char *token = forge(c, key, ALG_EDDSA, "{\"alg\":\"EdDSA\"}", "{\"n\":1}");
    assert_int_equal(jwt_verify(c, token, &policy, &out).code, ERR_OK);
    assert_int_equal(jwt_text(c, &out, "n", &text).code, ERR_INVALID_CLIENT);
}

static void an_unverified_text_is_read_or_is_none(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_EDDSA);
    const char *token =
        forge(c, key, ALG_EDDSA, "{}", "{\"iss\":\"client\",\"n\":1,\"aud\":[\"a\"]}");
    assert_string_equal(jwt_unverified_text(c, token, "iss"), "client");
    assert_null(jwt_unverified_text(c, token, "n"));
    assert_null(jwt_unverified_text(c, token, "aud"));
    assert_null(jwt_unverified_text(c, token, "absent"));
    static const char *const wrong[] = {
        "", "a", "..", "a.b.c", "a.e30.c.d", "a.W10.c", "a.e30=.c"
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_null(jwt_unverified_text(c, wrong[i], "iss"));
    assert_int_equal(c->fault.code, ERR_OK);
}

static void many_claims_are_all_there(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_EDDSA);
    struct jwt_policy policy = any_policy(c, key);
    struct text_buffer b = text_buffer(c->arena);
    text_add(&b, "{\"c0\":0");
    for (int i = 1; i < 200; i++)
        text_addf(&b, ",\"c%d\":%d", i, i);
    text_add(&b, "}");
    struct jwt out = { 0 };
    const char *token = forge(c, key, ALG_EDDSA, "{\"alg\":\"EdDSA\"}", text_of(&b));
    assert_int_equal(jwt_verify(c, token, &policy, &out).code, ERR_OK);
    assert_int_equal(out.claims_n, 200);
    for (int i = 0; i < 200; i++) {
        int64_t number = -1;
        assert_int_equal(jwt_int(c, &out, text_printf(c->arena, "c%d", i), &number).code, ERR_OK);
        assert_int_equal(number, i);
    }
}

/* Claims are found by a trait of their names: those that have the same are compared. */
static void claims_that_look_alike_are_told_apart(void **state)
{
    struct ctx *c = *state;
    struct text_buffer b = text_buffer(c->arena);
    struct jwt out = { 0 };
    for (int i = 0; i < 300; i++)
        text_addf(&b, "%c\"a%c%cbcd\":%d", i == 0 ? '{' : ',', 'a' + i % 26, 'a' + i / 26, i);
    text_add(&b, ",\"aud\":\"x\",\"\":7}");
    const struct jwt_policy policy = { .open = JWT_ANY_ISSUER | JWT_ANY_AUDIENCE | JWT_NO_EXPIRY };
    assert_int_equal(jwt_take(c, bytes_of(text_of(&b)), &policy, &out).code, ERR_OK);
    for (int i = 0; i < 300; i++) {
        const char *name = text_printf(c->arena, "a%c%cbcd", 'a' + i % 26, 'a' + i / 26);
        int64_t number = -1;
        assert_int_equal(jwt_int(c, &out, name, &number).code, ERR_OK);
        assert_int_equal(number, i);
    }
    assert_non_null(jwt_claim(&out, ""));
    assert_non_null(jwt_claim(&out, "aud"));
    static const char *const absent[] = { "azzbcd", "axxbc", "axxbcde", "b", "au", "audx", "sub" };
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        assert_null(jwt_claim(&out, absent[i]));
    assert_null(jwt_claim(&(struct jwt){ 0 }, "aud"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(a_payload_is_one_strict_object),
        CRYPTO_TEST(a_nested_token_is_refused),
        CRYPTO_TEST(five_parts_are_refused),
        CRYPTO_TEST(nothing_comes_out_of_a_token_that_is_not_ours),
        CRYPTO_TEST(the_failure_is_the_callers_at_every_step),
        CRYPTO_TEST(an_unverified_text_is_read_or_is_none),
        CRYPTO_TEST(many_claims_are_all_there),
        CRYPTO_TEST(claims_that_look_alike_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
