/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/time.h"
#include "testing.h"

static struct json_value read_scalar(struct ctx *c, const char *text)
{
    struct json j = json_open(c->arena, bytes_of(text));
    struct json_value v = { .kind = JSON_NULL };
    assert_true(json_value(&j, &v));
    assert_true(json_done(&j));
    return v;
}

/* JOSE-25: a defined answer for each number that may stand as a date. */
static void numbers_saturate(void **state)
{
    struct ctx *c = *state;
    static const struct {
        const char *text;
        int64_t value;
    } rows[] = {
        { "1e300", INT64_MAX },
        { "1e999999999", INT64_MAX },
        { "-1e999999999", INT64_MIN },
        { "1e-999999999", 0 },
        { "1e99999999999999999999999999", INT64_MAX },
        { "1e-99999999999999999999999999", 0 },
        { "-1", -1 },
        { "0", 0 },
        { "-0", 0 },
        { "0e999999999", 0 },
        { "0.0e5", 0 },
        { "2147483648", 2147483648 },
        { "9223372036854775807", INT64_MAX },
        { "9223372036854775808", INT64_MAX },
        { "-9223372036854775808", INT64_MIN },
        { "-9223372036854775809", INT64_MIN },
        { "9223372036854775806.999", INT64_MAX - 1 },
        { "18446744073709551616", INT64_MAX },
        { "99999999999999999999", INT64_MAX },
        { "1.5", 1 },
        { "-1.5", -1 },
        { "0.999", 0 },
        { "1.893456e9", 1893456000 },
        { "18934560000e-1", 1893456000 },
        { "0.00000018934560e16", 1893456000 },
        { "1893456000.0", 1893456000 },
        { "12.5e3", 12500 },
        { "1.25e1", 12 },
        { "5e18", 5000000000000000000 },
        { "1e19", INT64_MAX },
        { "123e-2", 1 },
        { "123e-3", 0 },
        { "100E0", 100 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_value v = read_scalar(c, rows[i].text);
        if (json_int_saturated(&v) != rows[i].value)
            fail_msg("%s: %lld", rows[i].text, (long long)json_int_saturated(&v));
    }
}

/* JOSE-24, JOSE-25: what is not an integer literal is no integer, and a text is no number. */
static void only_whole_literals_are_integers(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = {
        "1.0",  "1e3", "1.5",  "9223372036854775808", "\"1\"", "\"1893456000\"", "true",
        "null", "1E0", "1e300"
    };
    int64_t out = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct json_value v = read_scalar(c, bad[i]);
        assert_false(json_int(&v, INT64_MIN, INT64_MAX, &out));
        assert_int_equal(out, 7);
    }
    struct json_value v = read_scalar(c, "-5");
    assert_true(json_int(&v, -5, 5, &out));
    assert_int_equal(out, -5);
    assert_false(json_int(&v, 0, 5, &out));
}

static void saturate_a_text(void *argument)
{
    struct ctx *c = argument;
    struct json_value v = { .kind = JSON_TEXT, .text = text_copy(c->arena, "1", 1) };
    (void)json_int_saturated(&v);
}

/* ME-07: what is no number is not read as one */
static void a_text_has_no_number_to_saturate(void **state)
{
    assert_true(aborts(saturate_a_text, *state));
}

/* DO-05: a megabyte of digits and huge exponents cost no more than their length. */
static void long_numbers_take_linear_time(void **state)
{
    struct ctx *c = *state;
    size_t n = 1000000;
    struct arena *large = arena_new(16 << 20);
    char *digits = arena_alloc(large, n + 16);
    memset(digits, '9', n);
    struct ctx roomy = { .arena = large };
    int64_t before = time_monotonic_ms();
    struct json_value v = read_scalar(&roomy, digits);
    assert_true(json_int_saturated(&v) == INT64_MAX);
    memset(digits, '0', n);
    memcpy(digits, "0.", 2);
    memcpy(digits + n, "1e1000001", 10);
    v = read_scalar(&roomy, digits);
    assert_true(json_int_saturated(&v) == 100);
    v = read_scalar(c, "1e999999999");
    assert_true(json_int_saturated(&v) == INT64_MAX);
    assert_true(time_monotonic_ms() - before < 5000);
    arena_end(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_saturate),
        TEST(only_whole_literals_are_integers),
        TEST(a_text_has_no_number_to_saturate),
        TEST(long_numbers_take_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
