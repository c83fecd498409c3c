/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/audit_changes.h"

#include "tests/unit/base/testing.h"

static void what_differs_is_told_before_and_after(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(audit_changes(c, "{\"a\":1,\"b\":[\"x\"],\"c\":{\"d\":true}}",
                                      "{\"b\":[\"x\",\"y\"],\"a\":1,\"e\":\"new\"}"),
                        "{\"b\":{\"before\":[\"x\"],\"after\":[\"x\",\"y\"]},"
                        "\"e\":{\"after\":\"new\"},\"c\":{\"before\":{\"d\":true}}}");
    assert_string_equal(audit_changes(c, NULL, "{\"a\":1}"), "{\"a\":{\"after\":1}}");
    assert_string_equal(audit_changes(c, "{\"a\":1}", NULL), "{\"a\":{\"before\":1}}");
    assert_null(audit_changes(c, "{\"a\":1,\"b\":null}", "{\"a\":1}"));
    assert_null(audit_changes(c, NULL, NULL));
    assert_null(audit_changes(c, "{}", "{}"));
}

/* AU-01: of secrets, and of addresses of people, only that they changed. */
static void what_is_secret_is_named_only(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(
        audit_changes(c, "{\"client_secret\":\"canary-1\",\"contacts\":[\"canary@a.example\"]}",
                      "{\"client_secret\":\"canary-2\",\"private_key\":\"canary\",\"n\":1}"),
        "{\"client_secret\":{},\"private_key\":{},\"n\":{\"after\":1},\"contacts\":{}}");
}

static void a_long_value_is_counted(void **state)
{
    struct ctx *c = *state;
    char *value = arena_alloc(c->arena, 2 * AUDIT_VALUE_MAX + 1);
    memset(value, 'x', 2 * AUDIT_VALUE_MAX);
    value[2 * AUDIT_VALUE_MAX] = '\0';
    assert_string_equal(audit_changes(c, NULL, text_printf(c->arena, "{\"a\":\"%s\"}", value)),
                        "{\"a\":{\"after\":\"(2050 bytes)\"}}");
}

static void two_objects_become_one(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(audit_object(c, "{\"a\":1}", "{\"b\":{\"c\":[]}}"),
                        "{\"a\":1,\"b\":{\"c\":[]}}");
    assert_string_equal(audit_object(c, "{\"a\":1}", NULL), "{\"a\":1}");
    assert_string_equal(audit_object(c, NULL, "{}"), "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_differs_is_told_before_and_after),
        TEST(what_is_secret_is_named_only),
        TEST(a_long_value_is_counted),
        TEST(two_objects_become_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
