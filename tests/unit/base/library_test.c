/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Libraries that are opened when they are needed: what is there can be called, and what is missing
 * is told with the package that has it.  An older one is told, too.
 */
#include "base/library.h"
#include "testing.h"

#include <pthread.h>

static const char *const functions[] = { "sqrt", "floor" };

struct functions {
    double (*sqrt)(double);
    double (*floor)(double);
};

static const struct library library = {
    .need = { "libm", { 2, 0, 0 }, "numbers have roots" },
    .soname = "libm.so.6",
    .package = "libc6",
    .functions = functions,
    .functions_n = 2,
};

static void its_functions_are_found_in_their_order(void **state)
{
    struct functions found;
    assert_int_equal(library_open(*state, &library, &found).code, ERR_OK);
    assert_true(found.sqrt(9.0) > 2.9 && found.sqrt(9.0) < 3.1);
    assert_true(found.floor(2.5) > 1.9 && found.floor(2.5) < 2.1);
}

static void *open_often(void *arg)
{
    struct ctx c = { .arena = arena_new(ARENA_REQUEST_CEILING) };
    struct functions found;
    bool *good = arg;
    *good = true;
    for (int i = 0; i < 100; i++)
        *good = *good && library_open(&c, &library, &found).code == ERR_OK && found.sqrt != NULL;
    arena_end(c.arena);
    return NULL;
}

static void threads_may_open_it_at_once(void **state)
{
    (void)state;
    pthread_t threads[4];
    bool good[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_often, &good[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(good[i]);
    }
}

/* Opens what `changed` says, which is not to be had. */
static void missing(struct ctx *c, struct library changed, const char *told)
{
    struct functions found;
    assert_int_equal(library_open(c, &changed, &found).code, ERR_UNAVAILABLE);
    assert_non_null(strstr(c->fault.text, "libm is needed, of Debian's package libc6: "));
    assert_non_null(strstr(c->fault.text, told));
    fault_clear(c);
}

/* ME-20 */
static void what_is_missing_is_told_with_its_package(void **state)
{
    static const char *const others[] = { "sqrt", "uauth_root" };
    struct library changed = library;
    changed.soname = "libuauth-nowhere.so.7";
    missing(*state, changed, "libuauth-nowhere.so.7");
    changed = library;
    changed.functions = others;
    missing(*state, changed, "uauth_root");
}

/* ME-20: each part of a version counts, the first that differs most */
static void an_older_one_is_refused_and_named(void **state)
{
    struct ctx *c = *state;
    const struct library_version loaded = { 3, 40, 1 };
    static const struct {
        struct library_version needed;
        bool taken;
    } rows[] = {
        { { 3, 40, 1 }, true }, { { 3, 40, 0 }, true },  { { 3, 9, 9 }, true },
        { { 2, 99, 9 }, true }, { { 3, 40, 2 }, false }, { { 3, 41, 0 }, false },
        { { 4, 0, 0 }, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct library_need need = { "second", rows[i].needed, "it does more" };
        err checked = library_check(c, &need, loaded);
        assert_int_equal(checked.code, rows[i].taken ? ERR_OK : ERR_UNAVAILABLE);
        if (rows[i].taken)
            continue;
        assert_string_equal(c->fault.text,
                            text_printf(c->arena,
                                        "second 3.40.1 is loaded, and %s or later is needed "
                                        "(it does more)",
                                        library_version_text(c->arena, need.version)));
        fault_clear(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(its_functions_are_found_in_their_order),
        TEST(threads_may_open_it_at_once),
        TEST(what_is_missing_is_told_with_its_package),
        TEST(an_older_one_is_refused_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
