/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the compiler was asked for, as it is: a test build that does not stop at a mistake would
 * pass every test.
 */
#include "testing.h"

#if defined(__SANITIZE_ADDRESS__)
enum { TEST_BUILD = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { TEST_BUILD = 1 };
#else
enum { TEST_BUILD = 0 };
#endif
#else
enum { TEST_BUILD = 0 };
#endif

struct large {
    uint8_t bytes[256];
};

/* What lies there is looked at from outside, where the compiler does not see it: whatever it is is
 * what the test is about. */
__attribute__((noinline)) static bool all_are(void *at, size_t n, uint8_t wanted)
{
    const volatile uint8_t *bytes = at;
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != wanted) /* NOLINT(clang-analyzer-core.UndefinedBinaryOperatorResult) */
            return false;
    return true;
}

__attribute__((noinline)) static uint8_t fill_the_stack(void)
{
    struct large used;
    memset(&used, 0x5a, sizeof used);
    return all_are(&used, sizeof used, 0x5a);
}

__attribute__((noinline)) static uint8_t look_at_the_stack(void)
{
    struct large unset;
    if (all_are(&unset, sizeof unset, 0x5a))
        return 0x5a;
    return all_are(&unset, sizeof unset, 0) ? 0 : unset.bytes[100];
}

/* ME-04: what nobody set is never what was there before: zeros in the release, and in the tests a
 * pattern that no code can take for a value */
static void what_nobody_set_is_not_what_was_there(void **state)
{
    (void)state;
    assert_true(fill_the_stack());
    uint8_t found = look_at_the_stack();
    if (TEST_BUILD)
        assert_in_range(found, 0xAA, 0xFE);
    else
        assert_int_equal(found, 0);
}

/* How a child of the test that makes the mistake ends; 0 is well. */
static int end_of(void (*mistake)(void))
{
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)freopen("/dev/null", "w", stderr);
        mistake();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void read_unaligned(void)
{
    static const uint8_t bytes[16];
    volatile uintptr_t odd = (uintptr_t)bytes | 1;
    volatile uint64_t found = *(const uint64_t *)odd;
    (void)found;
}

static void shift_too_far(void)
{
    volatile int by = 32;
    (void)(1 << by); /* NOLINT(clang-analyzer-core.UndefinedBinaryOperatorResult) */
}

/* ME-22: on a machine that forgives them, too, a test stops at an unaligned access, and at other
 * arithmetic that the language does not know */
static void undefined_behaviour_ends_a_test(void **state)
{
    (void)state;
    if (!TEST_BUILD)
        skip();
    assert_int_not_equal(end_of(read_unaligned), 0);
    assert_int_not_equal(end_of(shift_too_far), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_nobody_set_is_not_what_was_there),
        TEST(undefined_behaviour_ends_a_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
