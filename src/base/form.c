/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"
#include "base/result.h"
#include "base/word.h"

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

/* How many bytes at the front of `in` stand for themselves as far as eight can be looked at
 * together; *beyond_ascii: some of them are. */
static size_t as_they_are(struct bytes in, bool *beyond_ascii)
{
    uint64_t high = 0;
    size_t n = 0;
    for (; in.n - n >= WORD_BYTES; n += WORD_BYTES) {
        uint64_t word = word_at(in.at + n);
        if ((word_has(word, '%') | word_has(word, '+') | word_has(word, '\0')) != 0)
            break;
        high |= word_high(word);
    }
    *beyond_ascii |= high != 0;
    return n;
}

/* Takes one character off the front of `in`; 0 or less: it is none. */
static int take_byte(struct bytes *in, bool plus)
{
    size_t n = *in->at == '%' ? 3 : 1;
    int byte = n == 3 ? escape_value(*in) : *in->at == '+' && plus ? ' ' : *in->at;
    if (byte > 0)
        *in = (struct bytes){ in->at + n, in->n - n };
    return byte;
}

/* Decodes escapes once, and '+' as a space where `plus` says so. */
static bool unescape(struct arena *a, struct bytes in, bool plus, const char **out)
{
    char *to = arena_alloc(a, in.n + 1);
    bool beyond_ascii = false;
    size_t n = 0;
    while (in.n > 0) {
        size_t run = as_they_are(in, &beyond_ascii);
        memcpy(to + n, in.at, run);
        n += run;
        in = (struct bytes){ in.at + run, in.n - run };
        for (size_t left = WORD_BYTES; left > 0 && in.n > 0; left--) {
            int byte = take_byte(&in, plus);
            if (byte <= 0)
                return false;
            beyond_ascii |= byte > 0x7f;
            to[n++] = (char)byte;
        }
    }
    if (beyond_ascii && !text_is_utf8((struct bytes){ (const uint8_t *)to, n }))
        return false;
    *out = to;
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
