/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include "base/result.h"
#include "base/text.h"

#include <string.h>
#include <time.h>

enum { DAY = 86400, HOUR = 3600, MINUTE = 60, DAYS_IN_ERA = 146097, DAYS_TO_1970 = 719468 };

static const int64_t last_second = 253402300799; /* 9999-12-31T23:59:59Z */

struct civil {
    int64_t year;
    int month, day, hour, minute, second, weekday; /* weekday: 0 is Sunday */
};

int64_t time_now_ms(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Of the last tick of the system, which is cheaper to ask for than the time between two. */
int64_t time_now(void)
{
    return (int64_t)time(NULL);
}

int64_t time_monotonic_tick_ms(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_MONOTONIC_COARSE, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t time_monotonic_us(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t time_monotonic_ms(void)
{
    return time_monotonic_us() / 1000;
}

int64_t time_add(int64_t at, int64_t seconds)
{
    int64_t sum = 0;
    if (__builtin_add_overflow(at, seconds, &sum))
        return seconds > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

/*
 * The proleptic Gregorian calendar counted in eras of 400 years that begin on 1 March of year 0, so
 * that the leap day is the last day of its year.
 */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_IN_ERA + day_of_era - DAYS_TO_1970;
}

/* `at` is within 1970 to 9999. */
static struct civil civil_from(int64_t at)
{
    int64_t days = at / DAY + DAYS_TO_1970;
    int second = (int)(at % DAY);
    int64_t era = days / DAYS_IN_ERA;
    int64_t day_of_era = days % DAYS_IN_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = (int)(day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100));
    int march_month = (5 * day_of_year + 2) / 153;
    int month = march_month < 10 ? march_month + 3 : march_month - 9;
    return (struct civil){ .year = era * 400 + year_of_era + (month <= 2),
                           .month = month,
                           .day = day_of_year - (153 * march_month + 2) / 5 + 1,
                           .hour = second / HOUR,
                           .minute = second % HOUR / MINUTE,
                           .second = second % MINUTE,
                           .weekday = (int)((at / DAY + 4) % 7) };
}

static struct civil civil_clamped(int64_t at)
{
    if (at < 0)
        at = 0;
    return civil_from(at > last_second ? last_second : at);
}

/* Writes `value` with `digits` digits and a `mark` after it; returns what follows. */
static char *put(char *out, int64_t value, int digits, char mark)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
    out[digits] = mark;
    return out + digits + 1;
}

void time_write(char out[static TIME_TEXT], int64_t at)
{
    struct civil t = civil_clamped(at);
    out = put(out, t.year, 4, '-');
    out = put(out, t.month, 2, '-');
    out = put(out, t.day, 2, 'T');
    out = put(out, t.hour, 2, ':');
    out = put(out, t.minute, 2, ':');
    out = put(out, t.second, 2, 'Z');
    *out = '\0';
}

const char *time_rfc3339(struct arena *a, int64_t at)
{
    char *out = arena_alloc(a, TIME_TEXT);
    time_write(out, at);
    return out;
}

static const char *const day_names[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

const char *time_http(struct arena *a, int64_t at)
{
    struct civil t = civil_clamped(at);
    return text_printf(a, "%s, %02d %s %04lld %02d:%02d:%02d GMT", day_names[t.weekday], t.day,
                       month_names[t.month - 1], (long long)t.year, t.hour, t.minute, t.second);
}

/* Takes `n` digits off the front of `*text`; false if there are fewer or the number is above
 * `high`. */
static bool take_digits(const char **text, int n, int high, int *out)
{
    int value = 0;
    for (int i = 0; i < n; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        value = value * 10 + (**text - '0');
    }
    *out = value;
    return value <= high;
}

/* Takes `c` off the front of `*text`; of a letter, either case (RFC 3339 5.6). */
static bool take(const char **text, char c)
{
    if (**text != c && **text != (c | 0x20))
        return false;
    (*text)++;
    return true;
}

static int days_in_month(int64_t year, int month)
{
    if (month == 2)
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static bool take_date(const char **text, int64_t *days)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (!take_digits(text, 4, 9999, &year) || !take(text, '-') ||
        !take_digits(text, 2, 12, &month) || !take(text, '-') || !take_digits(text, 2, 31, &day))
        return false;
    if (month == 0 || day == 0 || day > days_in_month(year, month))
        return false;
    *days = days_from_civil(year, month, day);
    return true;
}

static bool take_fraction(const char **text)
{
    if (**text != '.')
        return true;
    (*text)++;
    const char *from = *text;
    while (**text >= '0' && **text <= '9')
        (*text)++;
    return *text > from;
}

/* Seconds east of UTC. */
static bool take_offset(const char **text, int *offset)
{
    *offset = 0;
    if (take(text, 'Z'))
        return true;
    int sign = **text == '-' ? -1 : 1;
    int hours = 0;
    int minutes = 0;
    if (**text != '+' && **text != '-')
        return false;
    (*text)++;
    if (!take_digits(text, 2, 23, &hours) || !take(text, ':') ||
        !take_digits(text, 2, 59, &minutes))
        return false;
    *offset = sign * (hours * HOUR + minutes * MINUTE);
    return true;
}

bool time_parse(const char *text, int64_t *out)
{
    int64_t days = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int offset = 0;
    if (!take_date(&text, &days) || !take(&text, 'T') || !take_digits(&text, 2, 23, &hour) ||
        !take(&text, ':') || !take_digits(&text, 2, 59, &minute) || !take(&text, ':') ||
        !take_digits(&text, 2, 60, &second) || !take_fraction(&text) ||
        !take_offset(&text, &offset) || *text != '\0')
        return false;
    int64_t at = days * DAY + hour * HOUR + minute * MINUTE + second - offset;
    /* RFC 3339 5.7: a leap second stands only at the end of a UTC day; Unix time counts it as the
     * next one. */
    if (second == 60 && at % DAY != 0)
        return false;
    *out = at;
    return true;
}

/* The number, from 0, of the name of three letters at `at`; `n` if it is none. */
static int name_of(const char *at, const char *const *names, int n)
{
    int i = 0;
    while (i < n && strncmp(at, names[i], 3) != 0)
        i++;
    return i;
}

bool time_parse_http(const char *text, int64_t *out)
{
    int day = 0;
    int year = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (strlen(text) != strlen("Tue, 24 Nov 2026 14:06:07 GMT"))
        return false;
    int weekday = name_of(text, day_names, 7);
    int month = name_of(text + 8, month_names, 12);
    const char *at = text + 3;
    if (!take(&at, ',') || !take(&at, ' ') || !take_digits(&at, 2, 31, &day) || !take(&at, ' '))
        return false;
    at += 3;
    if (!take(&at, ' ') || !take_digits(&at, 4, 9999, &year) || !take(&at, ' ') ||
        !take_digits(&at, 2, 23, &hour) || !take(&at, ':') || !take_digits(&at, 2, 59, &minute) ||
        !take(&at, ':') || !take_digits(&at, 2, 60, &second) || !text_equal(at, " GMT") ||
        weekday == 7 || month == 12 || day == 0)
        return false;
    int64_t since = days_from_civil(year, month + 1, day);
    /* 1970 began on a Thursday. */
    if (((since + 4) % 7 + 7) % 7 != weekday)
        return false;
    *out = since * DAY + hour * HOUR + minute * MINUTE + second;
    return true;
}
