/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwt.h"

#include "jwt_testing.h"

/* JOSE-25: exp as any JSON there is has a defined answer */
static void an_expiry_is_a_number_from_now_on(void **state)
{
    struct ctx *c = *state;
    struct world w = new_world(c);
    static const struct {
        const char *exp;
        bool good;
    } cases[] = {
        { "1e300", true },
        { "1e999999999", true },
        { "9223372036854775807", true },
        { "9223372036854775808", true },
        { "99999999999999999999999999", true },
        { "4102444800.9", true },
        { "2147483648", true },
        { "4.1e9", true },
        { "-1", false },
        { "-1e300", false },
        { "-0", false },
        { "0", false },
        { "1.5", false },
        { "1e-999999999", false },
        { "NaN", false },
        { "Infinity", false },
        { "-Infinity", false },
        { "\"4102444800\"", false },
        { "null", false },
        { "true", false },
        { "[]", false },
        { "[4102444800]", false },
        { "{}", false },
        { "04102444800", false },
        { "+4102444800", false },
        { "0x1fffffffff", false },
        { "1795529167", false },
        { "1795529168", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(
            accepts(c, &w, timeless(c, text_printf(c->arena, ",\"exp\":%s", cases[i].exp))),
            cases[i].good);
}

/* JOSE-27: no expiry, past, not yet, from the future */
static void times_are_kept_to_the_second(void **state)
{
    struct ctx *c = *state;
    struct world w = new_world(c);
    long long now = (long long)c->now;
    assert_false(accepts(c, &w, timeless(c, "")));
    assert_false(accepts(c, &w, timeless(c, text_printf(c->arena, ",\"exp\":%lld", now))));
    w.policy.leeway = 60;
    assert_true(accepts(c, &w, timeless(c, text_printf(c->arena, ",\"exp\":%lld", now - 59))));
    assert_false(accepts(c, &w, timeless(c, text_printf(c->arena, ",\"exp\":%lld", now - 60))));
    assert_false(accepts(c, &w, timeless(c, text_printf(c->arena, ",\"exp\":%lld", now - 61))));
    static const char *const beginnings[] = { "nbf", "iat" };
    for (size_t i = 0; i < 2; i++) {
        assert_true(accepts(
            c, &w, good(c, text_printf(c->arena, ",\"%s\":%lld", beginnings[i], now + 10))));
        assert_true(accepts(
            c, &w, good(c, text_printf(c->arena, ",\"%s\":%lld", beginnings[i], now + 60))));
        assert_false(accepts(
            c, &w, good(c, text_printf(c->arena, ",\"%s\":%lld", beginnings[i], now + 61))));
        assert_false(
            accepts(c, &w, good(c, text_printf(c->arena, ",\"%s\":1e300", beginnings[i]))));
        assert_false(
            accepts(c, &w, good(c, text_printf(c->arena, ",\"%s\":\"1\"", beginnings[i]))));
        assert_false(accepts(c, &w, good(c, text_printf(c->arena, ",\"%s\":null", beginnings[i]))));
        assert_false(accepts(c, &w, good(c, text_printf(c->arena, ",\"%s\":-1", beginnings[i]))));
    }
    /* Whoever does without an expiry has said so. */
    w.policy.open = JWT_NO_EXPIRY;
    assert_true(accepts(c, &w, timeless(c, "")));
    assert_true(accepts(c, &w, timeless(c, ",\"exp\":1")));
    assert_false(accepts(c, &w, timeless(c, ",\"exp\":\"1\"")));
}

/* JOSE-27: an absurdly old iat, where the policy asks for a fresh one; a life beyond all measure */
static void age_and_life_are_bounded_where_a_policy_says_so(void **state)
{
    struct ctx *c = *state;
    struct world w = new_world(c);
    long long now = (long long)c->now;
    assert_true(accepts(c, &w, good(c, ",\"iat\":1")));
    w.policy.max_age = 300;
    assert_false(accepts(c, &w, good(c, ",\"iat\":1")));
    assert_false(accepts(c, &w, good(c, "")));
    assert_true(accepts(c, &w, good(c, text_printf(c->arena, ",\"iat\":%lld", now - 300))));
    assert_false(accepts(c, &w, good(c, text_printf(c->arena, ",\"iat\":%lld", now - 301))));
    w.policy.max_age = 0;
    w.policy.max_life = 600;
    assert_false(accepts(c, &w, good(c, "")));
    assert_false(accepts(c, &w, timeless(c, ",\"exp\":1e300")));
    assert_true(accepts(c, &w, timeless(c, text_printf(c->arena, ",\"exp\":%lld", now + 660))));
    assert_false(accepts(c, &w, timeless(c, text_printf(c->arena, ",\"exp\":%lld", now + 661))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(an_expiry_is_a_number_from_now_on),
        CRYPTO_TEST(times_are_kept_to_the_second),
        CRYPTO_TEST(age_and_life_are_bounded_where_a_policy_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
