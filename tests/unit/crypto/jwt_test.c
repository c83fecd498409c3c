/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwt.h"

#include "jwt_testing.h"

static void a_good_token_says_what_it_says(void **state)
{
    struct ctx *c = *state;
    struct world w = new_world(c);
    struct jwt jwt = { 0 };
    const char *token =
        token_of(c, &w, "at+jwt",
                 good(c, ",\"jti\":\"j\",\"iat\":1795529100,\"nbf\":1795529101,\"n\":-5,"
                         "\"roles\":[\"a\",\"b\"],\"yes\":true,\"deep\":{\"x\":[1]},"
                         "\"nil\":null,\"big\":1e300"));
    assert_int_equal(jwt_verify(c, token, &w.policy, &jwt).code, ERR_OK);
    assert_string_equal(jwt.iss, ISSUER);
    assert_string_equal(jwt.sub, "user");
    assert_string_equal(jwt.jti, "j");
    assert_string_equal(jwt.aud.at[0], AUDIENCE);
    assert_int_equal(jwt.exp, c->now + 900);
    assert_int_equal(jwt.iat, 1795529100);
    assert_int_equal(jwt.nbf, 1795529101);
    const char *text = "x";
    int64_t number = 0;
    bool yes = false;
    struct texts texts = { 0 };
    assert_int_equal(jwt_text(c, &jwt, "sub", &text).code, ERR_OK);
    assert_string_equal(text, "user");
    assert_int_equal(jwt_int(c, &jwt, "n", &number).code, ERR_OK);
    assert_int_equal(number, -5);
    assert_int_equal(jwt_int(c, &jwt, "big", &number).code, ERR_OK);
    assert_true(number == INT64_MAX);
    assert_int_equal(jwt_bool(c, &jwt, "yes", &yes).code, ERR_OK);
    assert_true(yes);
    assert_int_equal(jwt_texts(c, &jwt, "roles", &texts).code, ERR_OK);
    assert_int_equal(texts.n, 2);
    assert_string_equal(texts.at[1], "b");
    assert_true(ct_equal(jwt_claim(&jwt, "deep")->value.raw, bytes_of("{\"x\":[1]}")));
    assert_null(jwt_claim(&jwt, "absent"));
}

static void an_absent_claim_is_nothing_and_a_mistyped_one_is_refused(void **state)
{
    struct ctx *c = *state;
    struct world w = new_world(c);
    struct jwt jwt = { 0 };
    const char *token =
        token_of(c, &w, "at+jwt", good(c, ",\"t\":\"x\",\"n\":1,\"l\":[\"a\",1],\"nil\":null"));
    assert_int_equal(jwt_verify(c, token, &w.policy, &jwt).code, ERR_OK);
    static const char *const absent[] = { "absent", "nil" };
    for (size_t i = 0; i < 2; i++) {
        const char *text = "x";
        int64_t number = 1;
        bool yes = true;
        struct texts texts = { NULL, 1 };
        assert_int_equal(jwt_text(c, &jwt, absent[i], &text).code, ERR_OK);
        assert_null(text);
        assert_int_equal(jwt_int(c, &jwt, absent[i], &number).code, ERR_OK);
        assert_int_equal(number, 0);
        assert_int_equal(jwt_bool(c, &jwt, absent[i], &yes).code, ERR_OK);
        assert_false(yes);
        assert_int_equal(jwt_texts(c, &jwt, absent[i], &texts).code, ERR_OK);
        assert_int_equal(texts.n, 0);
    }
    const char *text = NULL;
    int64_t number = 0;
    bool yes = false;
    struct texts texts = { 0 };
    assert_int_equal(jwt_text(c, &jwt, "n", &text).code, ERR_INVALID_TOKEN);
    assert_int_equal(jwt_int(c, &jwt, "t", &number).code, ERR_INVALID_TOKEN);
    assert_int_equal(jwt_bool(c, &jwt, "t", &yes).code, ERR_INVALID_TOKEN);
    assert_int_equal(jwt_texts(c, &jwt, "t", &texts).code, ERR_INVALID_TOKEN);
    assert_int_equal(jwt_texts(c, &jwt, "l", &texts).code, ERR_INVALID_TOKEN);
}

/* JOSE-28: a token of one kind is not taken for another */
static void a_token_of_another_type_is_refused(void **state)
{
    struct ctx *c = *state;
    struct world w = new_world(c);
    const char *claims = good(c, "");
    static const struct {
        const char *due, *typ;
        unsigned open;
        bool good;
    } cases[] = {
        { "at+jwt", "at+jwt", 0, true },
        { "at+jwt", "application/at+jwt", 0, true },
        { "at+jwt", "AT+JWT", 0, true },
        { "at+jwt", "JWT", 0, false },
        { "at+jwt", NULL, 0, false },
        { "at+jwt", "dpop+jwt", 0, false },
        { "at+jwt", "logout+jwt", 0, false },
        { "at+jwt", "at+jwt ", 0, false },
        { "at+jwt", "", 0, false },
        { "at+jwt", "application/", 0, false },
        { NULL, NULL, 0, true },
        { NULL, "JWT", 0, true },
        { NULL, "jwt", 0, true },
        { NULL, "application/jwt", 0, true },
        { NULL, "at+jwt", 0, false },
        { NULL, "", 0, false },
        { "logout+jwt", "JWT", JWT_TYP_OPTIONAL, true },
        { "logout+jwt", NULL, JWT_TYP_OPTIONAL, true },
        { "logout+jwt", "logout+jwt", JWT_TYP_OPTIONAL, true },
        { "logout+jwt", "at+jwt", JWT_TYP_OPTIONAL, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        w.policy.typ = cases[i].due;
        w.policy.open = cases[i].open;
        assert_int_equal(accepts_token(c, &w, token_of(c, &w, cases[i].typ, claims)),
                         cases[i].good);
    }
}

/* JOSE-24: iss is one text, and exactly the one that is due */
static void an_issuer_that_is_nearly_right_is_wrong(void **state)
{
    struct ctx *c = *state;
    struct world w = new_world(c);
    static const char *const issuers[] = {
        "\"https://issuer.example/\"",
        "\"https://issuer.exampl\"",
        "\"https://ISSUER.example\"",
        "\"https://issuer.example.evil\"",
        "\"issuer.example\"",
        "\"\"",
        "\" https://issuer.example\"",
        "[\"" ISSUER "\"]",
        "{\"a\":\"" ISSUER "\"}",
        "7",
        "null",
        "true",
        "\"h\"",
    };
    for (size_t i = 0; i < sizeof issuers / sizeof issuers[0]; i++)
        assert_false(
            accepts(c, &w,
                    text_printf(c->arena, "{\"iss\":%s,\"aud\":\"" AUDIENCE "\",\"exp\":%lld}",
                                issuers[i], (long long)c->now + 9)));
    assert_false(accepts(
        c, &w,
        text_printf(c->arena, "{\"aud\":\"" AUDIENCE "\",\"exp\":%lld}", (long long)c->now + 9)));
    w.policy.open = JWT_ANY_ISSUER;
    assert_true(accepts(
        c, &w,
        text_printf(c->arena, "{\"aud\":\"" AUDIENCE "\",\"exp\":%lld}", (long long)c->now + 9)));
}

/* JOSE-24, JOSE-26: aud, in each form it can have */
static void a_token_for_somebody_else_is_refused(void **state)
{
    struct ctx *c = *state;
    struct world w = new_world(c);
    static const struct {
        const char *aud;
        bool good, alone, text;
    } cases[] = {
        { "\"" AUDIENCE "\"", true, true, true },
        { "[\"" AUDIENCE "\"]", true, true, false },
        { "[\"other\",\"" AUDIENCE "\"]", true, false, false },
        { "\"https://api.example/\"", false, false, false },
        { "\"https://api.exampl\"", false, false, false },
        { "\"other " AUDIENCE "\"", false, false, false },
        { "[\"other\"]", false, false, false },
        { "[]", false, false, false },
        { "[123]", false, false, false },
        { "[\"" AUDIENCE "\",123]", false, false, false },
        { "[\"" AUDIENCE "\",\"\"]", false, false, false },
        { "[[\"" AUDIENCE "\"]]", false, false, false },
        { "{\"a\":\"" AUDIENCE "\"}", false, false, false },
        { "7", false, false, false },
        { "null", false, false, false },
        { "\"\"", false, false, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *claims =
            text_printf(c->arena, "{\"iss\":\"" ISSUER "\",\"aud\":%s,\"exp\":%lld}", cases[i].aud,
                        (long long)c->now + 9);
        w.policy.required = 0;
        assert_int_equal(accepts(c, &w, claims), cases[i].good);
        w.policy.required = JWT_ONE_AUDIENCE;
        assert_int_equal(accepts(c, &w, claims), cases[i].alone);
        w.policy.required = JWT_TEXT_AUDIENCE;
        assert_int_equal(accepts(c, &w, claims), cases[i].text);
    }
    w.policy.required = 0;
    const char *nobody =
        text_printf(c->arena, "{\"iss\":\"" ISSUER "\",\"exp\":%lld}", (long long)c->now + 9);
    assert_false(accepts(c, &w, nobody));
    w.policy.open = JWT_ANY_AUDIENCE;
    assert_true(accepts(c, &w, nobody));
}

static void verify_without_audience(void *argument)
{
    struct ctx *c = argument;
    struct world w = new_world(c);
    w.policy.aud.n = 0;
    (void)accepts_token(c, &w, token_of(c, &w, "at+jwt", good(c, "")));
}

static void verify_without_issuer(void *argument)
{
    struct ctx *c = argument;
    struct world w = new_world(c);
    w.policy.iss = NULL;
    (void)accepts_token(c, &w, token_of(c, &w, "at+jwt", good(c, "")));
}

/* JOSE-26: an issuer or audience that was forgotten in a policy is a bug, never "any" */
static void a_policy_that_forgets_something_aborts(void **state)
{
    assert_true(aborts(verify_without_audience, *state));
    assert_true(aborts(verify_without_issuer, *state));
}

static void claims_that_a_policy_requires_are_there(void **state)
{
    struct ctx *c = *state;
    struct world w = new_world(c);
    static const struct {
        unsigned bit;
        const char *claim;
    } claims[] = { { JWT_JTI, ",\"jti\":\"x\"" },
                   { JWT_IAT, ",\"iat\":1795529167" },
                   { JWT_NBF, ",\"nbf\":0" } };
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        w.policy.required = claims[i].bit;
        assert_false(accepts(c, &w, good(c, "")));
        assert_true(accepts(c, &w, good(c, claims[i].claim)));
    }
    w.policy.required = JWT_SUB;
    assert_true(accepts(c, &w, good(c, "")));
    assert_false(accepts(c, &w, timeless(c, ",\"exp\":4102444800")));
    w.policy.required = 0;
    assert_false(accepts(c, &w, timeless(c, ",\"exp\":4102444800,\"sub\":\"\"")));
    assert_false(accepts(c, &w, timeless(c, ",\"exp\":4102444800,\"sub\":7")));
    assert_false(accepts(c, &w, timeless(c, ",\"exp\":4102444800,\"jti\":[\"a\"]")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(a_good_token_says_what_it_says),
        CRYPTO_TEST(an_absent_claim_is_nothing_and_a_mistyped_one_is_refused),
        CRYPTO_TEST(a_token_of_another_type_is_refused),
        CRYPTO_TEST(an_issuer_that_is_nearly_right_is_wrong),
        CRYPTO_TEST(a_token_for_somebody_else_is_refused),
        CRYPTO_TEST(a_policy_that_forgets_something_aborts),
        CRYPTO_TEST(claims_that_a_policy_requires_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
