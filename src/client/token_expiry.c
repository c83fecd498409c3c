/* SPDX-License-Identifier: Apache-2.0 */
#include "client/token_expiry.h"

#include "base/time.h"

#include <string.h>

struct date {
    int year, month, day, hour, minute, second;
};

static bool to_seconds(struct arena *a, const struct date *d, int64_t *out)
{
    return time_parse(text_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", d->year, d->month, d->day,
                                  d->hour, d->minute, d->second),
                      out);
}

/* "5:06:07 PM": 12 is the first hour. */
static bool to_24_hours(struct date *d, const char *half)
{
    if (d->hour < 1 || d->hour > 12)
        return false;
    d->hour = d->hour % 12 + (text_equal_nocase(half, "PM") ? 12 : 0);
    return text_equal_nocase(half, "PM") || text_equal_nocase(half, "AM");
}

static bool is_utc(const char *rest)
{
    return *rest == '\0' || text_equal(rest, " +00:00") || text_equal(rest, "Z");
}

/* One to `most` digits off the front of *at. */
static bool take_number(const char **at, int most, int *out)
{
    int n = 0;
    for (*out = 0; n < most && **at >= '0' && **at <= '9'; n++, (*at)++)
        *out = *out * 10 + (**at - '0');
    return n > 0;
}

static bool take(const char **at, char c)
{
    bool here = **at == c;
    *at += here;
    return here;
}

/* " 2:06:07" */
static bool take_clock(const char **at, struct date *d)
{
    return take(at, ' ') && take_number(at, 2, &d->hour) && take(at, ':') &&
           take_number(at, 2, &d->minute) && take(at, ':') && take_number(at, 2, &d->second);
}

/* Months first, as .NET writes them. */
static bool read_american(struct arena *a, const char *text, int64_t *out)
{
    struct date d = { 0 };
    const char *at = text;
    if (!take_number(&at, 2, &d.month) || !take(&at, '/') || !take_number(&at, 2, &d.day) ||
        !take(&at, '/') || !take_number(&at, 4, &d.year) || !take_clock(&at, &d))
        return false;
    if (at[0] == ' ' && at[1] != '+' && strlen(at) >= 3) {
        if (!to_24_hours(&d, text_copy(a, at + 1, 2)))
            return false;
        at += 3;
    }
    return is_utc(at) && to_seconds(a, &d, out);
}

static bool read_plain(struct arena *a, const char *text, int64_t *out)
{
    struct date d = { 0 };
    const char *at = text;
    return take_number(&at, 4, &d.year) && take(&at, '-') && take_number(&at, 2, &d.month) &&
           take(&at, '-') && take_number(&at, 2, &d.day) && take_clock(&at, &d) && is_utc(at) &&
           to_seconds(a, &d, out);
}

bool token_expires_on(struct arena *a, const struct json_value *value, int64_t *out)
{
    int64_t at = 0;
    if (value->kind == JSON_NUMBER)
        at = json_int_saturated(value);
    else if (value->kind != JSON_TEXT ||
             !(text_int(value->text, 0, INT64_MAX, &at) || time_parse(value->text, &at) ||
               read_american(a, value->text, &at) || read_plain(a, value->text, &at)))
        return false;
    *out = at;
    return at >= 0;
}

bool token_expires_in(const struct json_value *value, int64_t *out)
{
    int64_t seconds = -1;
    if (value->kind == JSON_NUMBER)
        seconds = json_int_saturated(value);
    else if (value->kind != JSON_TEXT || !text_int(value->text, 0, INT64_MAX, &seconds))
        return false;
    if (seconds < 0)
        return false;
    *out = seconds > TOKEN_LIFE_MAX ? TOKEN_LIFE_MAX : seconds;
    return true;
}
