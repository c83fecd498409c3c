/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The libraries that the service runs with: those here are recent enough, and an older one is told.
 */
#include "app/libraries.h"
#include "app/version.h"
#include "tests/unit/base/testing.h"

static struct library_version of_now(void)
{
    return (struct library_version){ 3, 40, 1 };
}

/* ME-20: what is loaded here has what the code needs, and tells a version that can be one */
static void those_of_this_machine_are_taken(void **state)
{
    struct ctx *c = *state;
    size_t n = 0;
    const struct library *all = libraries(&n);
    assert_true(n >= 5);
    assert_int_equal(libraries_check(c, all, n).code, ERR_OK);
    for (size_t i = 0; i < n; i++) {
        struct library_version loaded = all[i].loaded();
        assert_in_range(loaded.major, 2, 99);
        assert_in_range(loaded.minor, 0, 999);
    }
}

/* ME-20: each part of a version counts, the first that differs most */
static void an_older_one_is_refused_and_named(void **state)
{
    struct ctx *c = *state;
    static const struct {
        struct library_version needed;
        bool taken;
    } rows[] = {
        { { 3, 40, 1 }, true }, { { 3, 40, 0 }, true },  { { 3, 9, 9 }, true },
        { { 2, 99, 9 }, true }, { { 3, 40, 2 }, false }, { { 3, 41, 0 }, false },
        { { 4, 0, 0 }, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct library all[] = { { "first", { 1, 0, 0 }, "nothing", of_now },
                                       { "second", rows[i].needed, "it does more", of_now } };
        err checked = libraries_check(c, all, 2);
        assert_int_equal(checked.code, rows[i].taken ? ERR_OK : ERR_UNAVAILABLE);
        if (rows[i].taken)
            continue;
        assert_string_equal(c->fault.text,
                            text_printf(c->arena,
                                        "second 3.40.1 is loaded, and %s or later is needed "
                                        "(it does more)",
                                        library_version_text(c->arena, rows[i].needed)));
        fault_clear(c);
    }
}

/* ME-20, SU-09: each of them is in the bill of materials, too */
static void each_is_in_the_bill_of_materials(void **state)
{
    struct ctx *c = *state;
    size_t n = 0;
    const struct library *all = libraries(&n);
    const char *about = version_json(c->arena);
    const char *bill = strstr(about, "\"components\":[{\"type\":\"library\"");
    assert_non_null(bill);
    for (size_t i = 0; i < n; i++)
        assert_non_null(strstr(bill, text_printf(c->arena, "\"name\":\"%s\"", all[i].name)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(those_of_this_machine_are_taken),
        TEST(an_older_one_is_refused_and_named),
        TEST(each_is_in_the_bill_of_materials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
