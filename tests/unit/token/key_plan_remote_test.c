/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with the keys of the table while the newest version of a key that is elsewhere shall
 * sign. */
#include "tests/unit/base/testing.h"
#include "token/key_plan.h"

static const struct key_times times = {
    .now = 1000, .publish = 60, .rotation = 9000, .linger = 300
};

static struct key_row row(const char *kid, enum key_row_state state, bool sealed, int64_t at)
{
    return (struct key_row){ .kid = kid,
                             .alg = "RS256",
                             .state = state,
                             .sealed_private = sealed ? "x" : NULL,
                             .activates_at = at };
}

static struct key_step plan(const struct key_row *rows, size_t n, bool signs, bool revoked)
{
    const struct key_target target = { "new", signs, revoked };
    return key_plan_remote(&(struct key_rows){ rows, n }, "RS256", &target, &times);
}

static void assert_step(struct key_step step, enum key_step_kind kind, const char *kid, int64_t at)
{
    assert_int_equal(step.kind, kind);
    assert_true(text_equal(step.kid, kid));
    assert_int_equal(step.at, at);
}

static void the_first_version_signs_at_once(void **state)
{
    (void)state;
    assert_step(plan(NULL, 0, false, false), KEY_STEP_ADOPT, "new", 1300);
}

static void a_version_is_published_before_it_signs(void **state)
{
    (void)state;
    /* Also after a key of the table, which signs meanwhile. */
    for (int sealed = 0; sealed < 2; sealed++) {
        const struct key_row rows[] = { row("old", KEY_ROW_CURRENT, sealed == 1, 0),
                                        row("new", KEY_ROW_NEXT, false, 1001) };
        assert_step(plan(rows, 1, true, false), KEY_STEP_ADOPT_NEXT, "new", 1060);
        assert_step(plan(rows, 2, true, false), KEY_STEP_NONE, NULL, 0);
    }
    const struct key_row due[] = { row("old", KEY_ROW_CURRENT, false, 0),
                                   row("new", KEY_ROW_NEXT, false, 1000) };
    assert_step(plan(due, 2, true, false), KEY_STEP_PROMOTE, "new", 1300);
    const struct key_row done[] = { row("new", KEY_ROW_CURRENT, false, 1000) };
    assert_step(plan(done, 1, true, false), KEY_STEP_NONE, NULL, 0);
}

static void one_that_cannot_sign_any_more_is_replaced_at_once(void **state)
{
    (void)state;
    const struct key_row rows[] = { row("old", KEY_ROW_CURRENT, false, 0),
                                    row("new", KEY_ROW_NEXT, false, 9999) };
    assert_step(plan(rows, 1, false, false), KEY_STEP_ADOPT, "new", 1300);
    assert_step(plan(rows, 2, false, false), KEY_STEP_PROMOTE, "new", 1300);
    /* What it has signed is not good any more. */
    assert_step(plan(rows, 1, false, true), KEY_STEP_ADOPT, "new", 1000);
    assert_step(plan(rows, 2, false, true), KEY_STEP_PROMOTE, "new", 1000);
}

static void another_next_key_goes_and_an_older_version_comes_back(void **state)
{
    (void)state;
    const struct key_row next[] = { row("old", KEY_ROW_CURRENT, true, 0),
                                    row("local", KEY_ROW_NEXT, true, 0) };
    assert_step(plan(next, 2, true, false), KEY_STEP_RETIRE, "local", 1000);
    const struct key_row back[] = { row("newer", KEY_ROW_CURRENT, false, 0),
                                    row("new", KEY_ROW_RETIRED, false, 0) };
    assert_step(plan(back, 2, true, false), KEY_STEP_ADOPT, "new", 1300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_version_signs_at_once),
        cmocka_unit_test(a_version_is_published_before_it_signs),
        cmocka_unit_test(one_that_cannot_sign_any_more_is_replaced_at_once),
        cmocka_unit_test(another_next_key_goes_and_an_older_version_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
