/* SPDX-License-Identifier: Apache-2.0 */
#include "store/imports.h"

#include "store_testing.h"

#define FILE_ID "0011223344556677"

static struct import_row begun(struct ctx *c)
{
    struct import_row row;
    OK(import_begin(c, FILE_ID, &row));
    return row;
}

static void an_import_begins_and_goes_on(void **state)
{
    struct ctx *c = ctx_of(state);
    struct import_row row = begun(c);
    bool done = false;
    assert_int_equal(row.position, 0);
    assert_string_equal(row.tail, "");
    row.position = 100;
    row.number = 3;
    row.added = 2;
    row.left_out = 1;
    row.report_bytes = 5;
    row.tail = "line\n";
    OK(import_step(c, 0, &row, &done));
    assert_true(done);
    struct import_row again = begun(c);
    assert_int_equal(again.position, 100);
    assert_int_equal(again.number, 3);
    assert_int_equal(again.added, 2);
    assert_int_equal(again.left_out, 1);
    assert_int_equal(again.report_bytes, 5);
    assert_string_equal(again.tail, "line\n");
}

/* Of two processes on one file only one goes on. */
static void a_step_is_taken_once(void **state)
{
    struct ctx *c = ctx_of(state);
    struct import_row row = begun(c);
    bool done = false;
    row.position = 100;
    OK(import_step(c, 0, &row, &done));
    assert_true(done);
    OK(import_step(c, 0, &row, &done));
    assert_false(done);
}

static void one_that_is_done_begins_anew(void **state)
{
    struct ctx *c = ctx_of(state);
    struct import_row row = begun(c);
    bool done = false;
    row.position = 100;
    row.tail = "line\n";
    OK(import_step(c, 0, &row, &done));
    OK(import_end(c, FILE_ID));
    OK(import_step(c, 100, &row, &done));
    assert_false(done);
    row = begun(c);
    assert_int_equal(row.position, 0);
    assert_string_equal(row.tail, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_import_begins_and_goes_on),
        STORE_TEST(a_step_is_taken_once),
        STORE_TEST(one_that_is_done_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
