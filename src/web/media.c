/* SPDX-License-Identifier: Apache-2.0 */
#include "web/media.h"

#include "net/ascii.h"

#include <string.h>

enum { WEIGHT_ONE = 1000 };

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static struct bytes trimmed(const char *from, size_t n)
{
    while (n > 0 && is_space(*from))
        from++, n--;
    while (n > 0 && is_space(from[n - 1]))
        n--;
    return (struct bytes){ (const uint8_t *)from, n };
}

/* Whether `range` begins with the first `n` characters of `type`. */
static bool begins_with(struct bytes range, const char *type, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (i >= range.n || ascii_lower(range.at[i]) != (uint8_t)type[i])
            return false;
    return true;
}

/* How closely `range` names `type`: 3 the type itself, 2 its family, 1 everything, 0 not at all. */
static unsigned closeness(struct bytes range, const char *type)
{
    size_t whole = (size_t)(strchr(type, '/') + 1 - type);
    if (ascii_equal(range, type))
        return 3;
    if (range.n == whole + 1 && range.at[whole] == '*' && begins_with(range, type, whole))
        return 2;
    return ascii_equal(range, "*/*") ? 1 : 0;
}

/* "0.25" is 250: one digit, at most three after the point (RFC 9110 12.4.2); else 0. */
static unsigned weight(struct bytes text)
{
    unsigned sum = 0;
    unsigned place = WEIGHT_ONE;
    for (size_t i = 0; i < text.n && i < 5; i++) {
        if (i == 1) {
            if (text.at[i] != '.')
                return 0;
            continue;
        }
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        sum += (unsigned)(text.at[i] - '0') * place;
        place /= 10;
    }
    return sum > WEIGHT_ONE ? WEIGHT_ONE : sum;
}

/* The weight among the parameters, which begin at `at` with ';' and end at `end`. */
static unsigned parameter_weight(const char *at, const char *end)
{
    while (at < end) {
        const char *next = memchr(at + 1, ';', (size_t)(end - at - 1));
        if (next == NULL)
            next = end;
        struct bytes parameter = trimmed(at + 1, (size_t)(next - at - 1));
        if (parameter.n > 2 && ascii_lower(parameter.at[0]) == 'q' && parameter.at[1] == '=')
            return weight((struct bytes){ parameter.at + 2, parameter.n - 2 });
        at = next;
    }
    return WEIGHT_ONE;
}

unsigned media_weight(const char *accept, const char *type)
{
    if (accept == NULL)
        return WEIGHT_ONE;
    unsigned closest = 0;
    unsigned found = 0;
    for (const char *at = accept; *at != '\0';) {
        size_t n = strcspn(at, ",");
        size_t range = strcspn(at, ",;");
        unsigned close = closeness(trimmed(at, range), type);
        if (close > closest) {
            closest = close;
            found = parameter_weight(at + range, at + n);
        }
        at += n + (at[n] == ',' ? 1 : 0);
    }
    return found;
}

bool media_prefers(const char *accept, const char *type, const char *other)
{
    return media_weight(accept, type) > media_weight(accept, other);
}
