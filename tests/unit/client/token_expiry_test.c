/* SPDX-License-Identifier: Apache-2.0 */
/* When tokens end, in all the forms of entra.md 2.3 (9.2 "expires_on seven formats"; 6.3
 * TestTokenResponseUnmarshal, 6.4 test_app_service_user_assigned_identity). */
#include "client/token_expiry.h"

#include "tests/unit/base/testing.h"

static bool value(struct ctx *c, const char *json, struct json_value *out)
{
    struct json j = json_open(c->arena, bytes_of(json));
    return json_value(&j, out);
}

static void every_form_of_a_date_is_read(void **state)
{
    struct ctx *c = *state;
    static const struct {
        const char *json;
        int64_t at; /* -1: refused */
    } rows[] = {
        { "1795529167", 1795529167 },
        { "\"1795529167\"", 1795529167 },
        { "1795529167.9", 1795529167 },
        { "\"01/01/1970 00:00:42 +00:00\"", 42 },
        { "\"11/24/2026 14:06:07\"", 1795529167 },
        { "\"11/24/2026 2:06:07 PM +00:00\"", 1795529167 },
        { "\"1/1/1970 12:00:42 AM +00:00\"", 42 },
        { "\"1/1/1970 12:00:42 PM\"", 43242 },
        { "\"2026-11-24T14:06:07Z\"", 1795529167 },
        { "\"2026-11-24T15:06:07+01:00\"", 1795529167 },
        { "\"2026-11-24 14:06:07\"", 1795529167 },
        { "0", 0 },
        { "-1", -1 },
        { "\"-1\"", -1 },
        { "\"\"", -1 },
        { "\"soon\"", -1 },
        { "\"24/11/2026 14:06:07\"", -1 },
        { "\"11/24/2026 14:06:07 PM\"", -1 },
        { "\"11/24/2026 14:06:07 +01:00\"", -1 },
        { "\"11/24/2026 14:06\"", -1 },
        { "\"2026-11-24\"", -1 },
        { "true", -1 },
        { "{}", -1 },
        { "null", -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_value v;
        int64_t at = -1;
        assert_true(value(c, rows[i].json, &v));
        assert_int_equal(token_expires_on(c->arena, &v, &at), rows[i].at >= 0);
        if (rows[i].at >= 0)
            assert_int_equal(at, rows[i].at);
    }
}

/* 9.2: `expires_in` "3600", 3600.0, -1, 1e99. */
static void every_form_of_a_length_is_read(void **state)
{
    struct ctx *c = *state;
    static const struct {
        const char *json;
        int64_t seconds;
    } rows[] = { { "3600", 3600 },   { "\"3600\"", 3600 },
                 { "3600.0", 3600 }, { "1e99", TOKEN_LIFE_MAX },
                 { "0", 0 },         { "-1", -1 },
                 { "\"-1\"", -1 },   { "\"1e3\"", -1 },
                 { "\"\"", -1 },     { "[]", -1 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_value v;
        int64_t seconds = -1;
        assert_true(value(c, rows[i].json, &v));
        assert_int_equal(token_expires_in(&v, &seconds), rows[i].seconds >= 0);
        assert_int_equal(seconds, rows[i].seconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_form_of_a_date_is_read),
        TEST(every_form_of_a_length_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
