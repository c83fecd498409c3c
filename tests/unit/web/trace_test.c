/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

#include "web/trace.h"

static void a_request_id_sorts_by_time(void **state)
{
    struct web *w = *state;
    const char *before = trace_request_id(w->c);
    w->c->now++;
    const char *after = trace_request_id(w->c);
    assert_int_equal(strlen(before), REQUEST_ID_CHARS);
    assert_int_equal(strspn(before, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), REQUEST_ID_CHARS);
    assert_true(strcmp(before, after) < 0);
    /* 1795529167000 ms in base32, the digits of Crockford. */
    assert_memory_equal(before, "01M86Y1M4R", 10);
}

static void two_requests_of_one_moment_have_different_ids(void **state)
{
    struct web *w = *state;
    assert_string_not_equal(trace_request_id(w->c), trace_request_id(w->c));
    w->c->now = -1;
    assert_memory_equal(trace_request_id(w->c), "0000000000", 10);
}

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"

static void a_valid_traceparent_names_its_trace(void **state)
{
    struct web *w = *state;
    struct arena *a = w->c->arena;
    assert_string_equal(trace_parent_id(a, "00-" TRACE "-" PARENT "-01"), TRACE);
    assert_string_equal(trace_parent_id(a, "00-" TRACE "-" PARENT "-ff"), TRACE);
    /* W3C Trace Context 4.3: a later version may say more. */
    assert_string_equal(trace_parent_id(a, "cc-" TRACE "-" PARENT "-01-what-comes"), TRACE);
    assert_string_equal(trace_parent_id(a, "cc-" TRACE "-" PARENT "-01"), TRACE);
}

/* IN-04: what goes into the audit is 32 digits or nothing. */
static void a_traceparent_that_is_not_valid_counts_as_none(void **state)
{
    struct web *w = *state;
    static const char *const bad[] = {
        "",
        "00",
        "00-",
        "x",
        "00-" TRACE,
        "00-" TRACE "-" PARENT,
        "00-" TRACE "-" PARENT "-1",
        "00-" TRACE "-" PARENT "-01-",
        "00-" TRACE "-" PARENT "-01-x",
        "00-" TRACE "-" PARENT "-011",
        "cc-" TRACE "-" PARENT "-01x",
        "ff-" TRACE "-" PARENT "-01",
        "0g-" TRACE "-" PARENT "-01",
        "00-00000000000000000000000000000000-" PARENT "-01",
        "00-" TRACE "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01",
        "00-" TRACE "-00F067AA0BA902B7-01",
        "00_" TRACE "-" PARENT "-01",
        "00-" TRACE "_" PARENT "-01",
        "00-" TRACE "-" PARENT "_01",
        "00-4bf92f3577b34da6a3ce929d0e0e473\xFF-" PARENT "-01",
        " 00-" TRACE "-" PARENT "-01",
        "00-" TRACE "-" PARENT "-0G",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(trace_parent_id(w->c->arena, bad[i]));
    assert_null(trace_parent_id(w->c->arena, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(a_request_id_sorts_by_time),
        WEB_TEST(two_requests_of_one_moment_have_different_ids),
        WEB_TEST(a_valid_traceparent_names_its_trace),
        WEB_TEST(a_traceparent_that_is_not_valid_counts_as_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
