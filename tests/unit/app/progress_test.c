/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of how far a long piece of work is.
 */
#include "app/progress.h"

#include "tests/unit/base/testing.h"

static const char *said(struct arena *a, int64_t first, int64_t done, int64_t of, int64_t ms)
{
    const struct progress p = { .unit = "rows", .begun_ms = 1000, .first = first };
    return progress_text(a, &p, done, of, 1000 + ms);
}

static void it_says_part_rate_and_time_left(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    assert_string_equal(said(a, 0, 0, 200, 0),
                        "[>                             ]   0%  0 of 200 rows");
    assert_string_equal(said(a, 0, 100, 200, 2000),
                        "[===============>              ]  50%  100 of 200 rows, 50/s, 2 s left");
    assert_string_equal(said(a, 0, 200, 200, 4000),
                        "[==============================] 100%  200 of 200 rows, 50/s, 0 s left");
    arena_end(a);
}

/* What was done by an earlier run says nothing about the pace of this one. */
static void what_was_done_before_is_not_in_the_rate(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    assert_non_null(strstr(said(a, 900, 950, 1000, 1000), " 50/s, 1 s left"));
    assert_non_null(strstr(said(a, 0, 0, 0, 10), "  0%  0 of 0 rows"));
    arena_end(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_part_rate_and_time_left),
        cmocka_unit_test(what_was_done_before_is_not_in_the_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
