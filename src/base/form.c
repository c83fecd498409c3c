/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"
#include "base/result.h"

#include <string.h>

static bool is_unreserved(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* RFC 3986 2.3 */
static void add_percent(struct text_buffer *b, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (const uint8_t *at = (const uint8_t *)text; *at != '\0'; at++) {
        if (is_unreserved(*at))
            text_add_bytes(b, at, 1);
        else
            text_add_bytes(b, (char[]){ '%', digits[*at >> 4], digits[*at & 15] }, 3);
    }
}

const char *percent_encode(struct arena *a, const char *text)
{
    struct text_buffer b = text_buffer(a);
    add_percent(&b, text);
    return text_of(&b);
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that the escape "%XX" at the front of `in` stands for, or -1. */
static int escape_value(struct bytes in)
{
    if (in.n < 3)
        return -1;
    int high = hex_value(in.at[1]);
    int low = hex_value(in.at[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Whether one of eight bytes is `c`: then the difference has a byte of zero. */
static bool one_is(uint64_t word, uint8_t c)
{
    uint64_t gone = word ^ (c * 0x0101010101010101U);
    return ((gone - 0x0101010101010101U) & ~gone & 0x8080808080808080U) != 0;
}

/* Whether eight bytes stand for themselves. */
static bool are_as_they_are(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return !one_is(word, '%') && !one_is(word, '+') && !one_is(word, '\0');
}

/* Decodes escapes once, and '+' as a space where `plus` says so. */
static bool unescape(struct arena *a, struct bytes in, bool plus, const char **out)
{
    char *at = arena_alloc(a, in.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        while (in.n - i > 8 && are_as_they_are(in.at + i)) {
            memcpy(at + n, in.at + i, 8);
            i += 8;
            n += 8;
        }
        int byte = in.at[i];
        if (byte == '%') {
            byte = escape_value((struct bytes){ in.at + i, in.n - i });
            i += 2;
        } else if (byte == '+' && plus) {
            byte = ' ';
        }
        if (byte <= 0)
            return false;
        at[n++] = (char)byte;
    }
    if (!text_is_utf8((struct bytes){ (const uint8_t *)at, n }))
        return false;
    *out = at;
    return true;
}

bool percent_decode(struct arena *a, struct bytes in, const char **out)
{
    return unescape(a, in, false, out);
}

/* Cuts what is before the first `separator` off the front of `in`. */
static struct bytes cut(struct bytes *in, char separator)
{
    const uint8_t *at = in->n == 0 ? NULL : memchr(in->at, separator, in->n);
    struct bytes before = { in->at, at == NULL ? in->n : (size_t)(at - in->at) };
    size_t past = before.n + (at != NULL);
    *in = (struct bytes){ past == 0 ? in->at : in->at + past, in->n - past };
    return before;
}

static bool decode_field(struct arena *a, struct bytes pair, struct form_field *out)
{
    struct bytes name = cut(&pair, '=');
    return name.n > 0 && unescape(a, name, true, &out->name) &&
           unescape(a, pair, true, &out->value);
}

static size_t count_pairs(struct bytes in)
{
    size_t n = 0;
    while (in.n > 0)
        n += cut(&in, '&').n > 0;
    return n;
}

bool form_decode(struct arena *a, struct bytes in, struct form *out)
{
    size_t n = count_pairs(in);
    if (n > FORM_FIELDS_MAX)
        return false;
    struct form_field *fields = ARENA_NEWS(a, struct form_field, n);
    for (size_t i = 0; i < n;) {
        struct bytes pair = cut(&in, '&');
        if (pair.n == 0)
            continue;
        if (!decode_field(a, pair, &fields[i++]))
            return false;
    }
    *out = (struct form){ fields, n };
    return true;
}

bool form_get(const struct form *form, const char *name, const char **out)
{
    const char *value = NULL;
    for (size_t i = 0; i < form->n; i++) {
        if (!text_equal(form->at[i].name, name))
            continue;
        if (value != NULL)
            return false;
        value = form->at[i].value;
    }
    *out = value;
    return true;
}

bool form_has(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->n; i++)
        if (text_equal(form->at[i].name, name))
            return true;
    return false;
}

const char *form_encode(struct arena *a, const struct form *form)
{
    struct text_buffer b = text_buffer(a);
    for (size_t i = 0; i < form->n; i++) {
        if (i > 0)
            text_add(&b, "&");
        add_percent(&b, form->at[i].name);
        text_add(&b, "=");
        add_percent(&b, form->at[i].value);
    }
    return text_of(&b);
}
