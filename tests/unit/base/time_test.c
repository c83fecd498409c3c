/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include "testing.h"

/* ME-10: past 2038, 2106 and to the end of the calendar, on 64 bits. */
static void times_are_written_in_both_forms(void **state)
{
    struct ctx *c = *state;
    static const struct {
        int64_t at;
        const char *rfc3339, *http;
    } rows[] = {
        { 0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
        { 784111777, "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT" },
        { 951782400, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT" },
        { 1795529167, "2026-11-24T14:06:07Z", "Tue, 24 Nov 2026 14:06:07 GMT" },
        { 2147483646, "2038-01-19T03:14:06Z", "Tue, 19 Jan 2038 03:14:06 GMT" },
        { 2147483648, "2038-01-19T03:14:08Z", "Tue, 19 Jan 2038 03:14:08 GMT" },
        { 4107542399, "2100-02-28T23:59:59Z", "Sun, 28 Feb 2100 23:59:59 GMT" },
        { 4107542400, "2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 GMT" },
        { 4294967296, "2106-02-07T06:28:16Z", "Sun, 07 Feb 2106 06:28:16 GMT" },
        { 253402300799, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT" },
        { 253402300800, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT" },
        { INT64_MAX, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT" },
        { -1, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
        { INT64_MIN, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(time_rfc3339(c->arena, rows[i].at), rows[i].rfc3339);
        assert_string_equal(time_http(c->arena, rows[i].at), rows[i].http);
        int64_t back = -1;
        assert_true(time_parse_http(rows[i].http, &back));
        assert_string_equal(time_rfc3339(c->arena, back), rows[i].rfc3339);
    }
}

static void every_day_is_read_back(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 2932897; day += 1) {
        int64_t at = day * 86400 + day % 86400;
        char text[TIME_TEXT];
        int64_t out = -1;
        time_write(text, at);
        if (!time_parse(text, &out) || out != at)
            fail_msg("%s", text);
    }
}

static void offsets_fractions_and_leap_seconds_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t at;
    } rows[] = {
        { "2026-11-24T15:06:07+01:00", 1795529167 },
        { "2026-11-24T14:06:07.999999999Z", 1795529167 },
        { "2026-11-24t14:06:07z", 1795529167 },
        { "2026-11-23T14:07:07-23:59", 1795529167 },
        { "2026-11-24T14:06:07-00:00", 1795529167 },
        { "2016-12-31T23:59:60Z", 1483228800 },
        { "2017-01-01T00:59:60+01:00", 1483228800 },
        { "0000-01-01T00:00:00Z", -62167219200 },
        { "1969-12-31T23:59:59Z", -1 },
        { "9999-12-31T23:59:59-23:59", 253402387139 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t out = 0;
        assert_true(time_parse(rows[i].text, &out));
        assert_true(out == rows[i].at);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11-24",
        "2026-11-24T14:06:07",
        "2026-11-24T14:06Z",
        "2026-11-24 14:06:07Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T14:60:00Z",
        "2026-11-24T14:06:61Z",
        "2026-11-24T14:06:60Z",
        "2026-11-24T14:06:07.Z",
        "2026-11-24T14:06:07+1:00",
        "2026-11-24T14:06:07+01",
        "2026-11-24T14:06:07+24:00",
        "2026-11-24T14:06:07+01:60",
        "2026-11-24T14:06:07Zx",
        " 2026-11-24T14:06:07Z",
        "+2026-11-24T14:06:07Z",
        "02026-11-24T14:06:07Z",
        "2026-11-24T14:06:07,5Z",
        "-026-11-24T14:06:07Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t out = 42;
        if (time_parse(bad[i], &out) || out != 42)
            fail_msg("taken: %s", bad[i]);
    }
}

static void sums_saturate(void **state)
{
    (void)state;
    assert_true(time_add(1, 2) == 3);
    assert_true(time_add(INT64_MAX - 1, 2) == INT64_MAX);
    assert_true(time_add(INT64_MIN + 1, -2) == INT64_MIN);
    assert_true(time_add(INT64_MAX, INT64_MIN) == -1);
}

static void the_clocks_go_forward(void **state)
{
    (void)state;
    int64_t before = time_monotonic_ms();
    assert_true(time_now() > 1700000000);
    assert_true(time_monotonic_ms() >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(times_are_written_in_both_forms),
        TEST(every_day_is_read_back),
        TEST(offsets_fractions_and_leap_seconds_are_read),
        TEST(what_is_no_time_is_refused),
        TEST(sums_saturate),
        TEST(the_clocks_go_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
