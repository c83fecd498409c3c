/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The libraries that the service runs with: those here are recent enough, and each is in the bill
 * of materials.  That an older one is told: tests/unit/base/library_test.c.
 */
#include "app/libraries.h"
#include "app/version.h"
#include "tests/unit/base/testing.h"

static void is_one(struct library_version loaded)
{
    assert_in_range(loaded.major, 2, 99);
    assert_in_range(loaded.minor, 0, 999);
}

/* ME-20: what is loaded here has what the code needs, and tells a version that can be one */
static void those_of_this_machine_are_taken(void **state)
{
    struct ctx *c = *state;
    size_t linked_n = 0, later_n = 0;
    const struct library_linked *linked = libraries_linked(&linked_n);
    const struct library_later *later = libraries_later(&later_n);
    assert_true(linked_n + later_n >= 5);
    assert_int_equal(libraries_check(c).code, ERR_OK);
    for (size_t i = 0; i < linked_n; i++)
        is_one(linked[i].loaded());
    for (size_t i = 0; i < later_n; i++) {
        struct library_version loaded;
        assert_int_equal(later[i].open(c, &loaded).code, ERR_OK);
        is_one(loaded);
    }
}

static void is_in(struct ctx *c, const char *bill, const char *name)
{
    assert_non_null(strstr(bill, text_printf(c->arena, "\"name\":\"%s\"", name)));
}

/* ME-20, SU-09: each of them is in the bill of materials, too */
static void each_is_in_the_bill_of_materials(void **state)
{
    struct ctx *c = *state;
    size_t n = 0;
    const struct library_linked *linked = libraries_linked(&n);
    const char *about = version_json(c);
    const char *bill = strstr(about, "\"components\":[{\"type\":\"library\"");
    assert_non_null(bill);
    for (size_t i = 0; i < n; i++)
        is_in(c, bill, linked[i].need.name);
    const struct library_later *later = libraries_later(&n);
    for (size_t i = 0; i < n; i++)
        is_in(c, bill, later[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(those_of_this_machine_are_taken),
        TEST(each_is_in_the_bill_of_materials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
