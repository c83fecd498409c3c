/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/result.h"

#include <string.h>

enum { INT64_DIGITS = 19, EXPONENT_MAX = 1000000000 };

/* A literal as digits and the power of ten of the first one: "12.5e3" is 125 with 5 digits before
 * the point. */
struct decimal {
    const char *digits; /* from the first that is not zero; a point may stand among them */
    int64_t whole;      /* how many digits stand before the point once the exponent has moved it */
};

static int64_t exponent_of(const char *e)
{
    if (*e == '\0')
        return 0;
    bool negative = e[1] == '-';
    int64_t value = 0;
    for (e += e[1] == '-' || e[1] == '+' ? 2 : 1; *e != '\0'; e++) {
        value = value * 10 + (*e - '0');
        if (value > EXPONENT_MAX)
            value = EXPONENT_MAX;
    }
    return negative ? -value : value;
}

static struct decimal decimal_of(const char *literal)
{
    const char *e = literal + strcspn(literal, "eE");
    const char *first = literal + strspn(literal, "0.");
    const char *point = memchr(literal, '.', (size_t)(e - literal));
    if (point == NULL)
        point = e;
    /* Zeros behind the point and before the first digit count as negative places. */
    int64_t whole = first < point ? point - first : point - first + 1;
    return (struct decimal){ first, whole + exponent_of(e) };
}

int64_t json_int_saturated(const struct json_value *number)
{
    must(number->kind == JSON_NUMBER);
    bool negative = number->text[0] == '-';
    struct decimal d = decimal_of(number->text + negative);
    if (d.whole <= 0 || *d.digits == '\0' || (*d.digits | 0x20) == 'e')
        return 0;
    if (d.whole > INT64_DIGITS)
        return negative ? INT64_MIN : INT64_MAX;
    uint64_t value = 0; /* 19 digits fit */
    const char *at = d.digits;
    for (int64_t i = 0; i < d.whole; i++) {
        at += *at == '.';
        value = value * 10;
        if (*at >= '0' && *at <= '9')
            value += (uint64_t)(*at++ - '0');
    }
    if (value > (uint64_t)INT64_MAX)
        return negative ? INT64_MIN : INT64_MAX;
    return negative ? -(int64_t)value : (int64_t)value;
}

bool json_int(const struct json_value *number, int64_t low, int64_t high, int64_t *out)
{
    return number->kind == JSON_NUMBER && text_int(number->text, low, high, out);
}
