/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

/* cmocka has a macro of the same name. */
#undef fail
#define fail(c, name, ...) fail_at((c), ERR_##name, __FILE__, __LINE__, __VA_ARGS__)

static RESULT inner(struct ctx *c)
{
    return fail(c, INVALID_GRANT, "token %s used twice", "abc");
}

static RESULT outer(struct ctx *c)
{
    TRY(inner(c));
    return ok();
}

static void a_failure_keeps_its_text_and_place(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(outer(c).code, ERR_INVALID_GRANT);
    assert_int_equal(c->fault.code, ERR_INVALID_GRANT);
    assert_string_equal(c->fault.text, "token abc used twice");
    assert_true(text_ends(c->fault.file, "ctx_test.c"));
    assert_true(c->fault.line > 0);
    assert_null(c->fault.say);
    assert_null(c->fault.field);
}

static void the_first_failure_wins_until_it_is_cleared(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(inner(c).code, ERR_INVALID_GRANT);
    assert_int_equal(fail(c, NOT_FOUND, "later").code, ERR_NOT_FOUND);
    assert_int_equal(c->fault.code, ERR_INVALID_GRANT);
    fault_clear(c);
    assert_int_equal(c->fault.code, ERR_OK);
    assert_int_equal(fail(c, NOT_FOUND, "now").code, ERR_NOT_FOUND);
    assert_int_equal(c->fault.code, ERR_NOT_FOUND);
}

static void a_failed_field_is_named(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(fail_field(c, INVALID_FIELD, "email", "This field is required.").code,
                     ERR_INVALID_FIELD);
    assert_string_equal(c->fault.field, "email");
    assert_string_equal(c->fault.say, "This field is required.");
    assert_string_equal(c->fault.text, "email: This field is required.");
}

static void what_a_client_may_read_is_said_beside_the_reason(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(fail_say(c, CONFLICT, "Try again.", "row %d", 7).code, ERR_CONFLICT);
    assert_string_equal(c->fault.say, "Try again.");
    assert_string_equal(c->fault.text, "row 7");
}

/* IN-07: what comes from outside is an argument, never the format. */
static void directives_in_input_are_plain_text(void **state)
{
    struct ctx *c = *state;
    const char *hostile = "%s%n%x%99999d";
    assert_int_equal(fail_field(c, INVALID_FIELD, hostile, hostile).code, ERR_INVALID_FIELD);
    assert_string_equal(c->fault.text, "%s%n%x%99999d: %s%n%x%99999d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failure_keeps_its_text_and_place),
        TEST(the_first_failure_wins_until_it_is_cleared),
        TEST(a_failed_field_is_named),
        TEST(what_a_client_may_read_is_said_beside_the_reason),
        TEST(directives_in_input_are_plain_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
