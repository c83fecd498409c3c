/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_scan.h"

#include "base/text.h"
#include "base/word.h"

#include <string.h>

/* Nonzero if a byte of `word` ends a plain run: a quote, a backslash or a control character. */
static uint64_t special_byte(uint64_t word)
{
    return word_has(word, '"') | word_has(word, '\\') | word_below(word, 0x20);
}

/* Steps over plain bytes, eight at a time while that many are left. */
static const uint8_t *plain(const uint8_t *at, const uint8_t *end, bool *beyond_ascii)
{
    uint64_t high = 0, special = 0;
    for (; special == 0 && end - at >= WORD_BYTES; at += WORD_BYTES) {
        uint64_t word = word_at(at);
        special = special_byte(word);
        /* Of a word that ends the run, what is before its end. */
        high |= word_high(word) & ((special & (~special + 1)) - 1);
    }
    if (special != 0)
        at = at - WORD_BYTES + word_first(special);
    else
        for (; at < end && *at >= 0x20 && *at != '"' && *at != '\\'; at++)
            high |= *at & 0x80;
    *beyond_ascii |= high != 0;
    return at;
}

const char *json_scan_text(const uint8_t *at, const uint8_t *end, struct json_run *out)
{
    *out = (struct json_run){ .at = at };
    for (;;) {
        at = plain(at, end, &out->beyond_ascii);
        out->end = at;
        if (at == end)
            return "a text has no end";
        if (*at == '"')
            return NULL;
        if (*at != '\\')
            return "a text has a control character in it";
        if (end - at < 2)
            return "a text has no end";
        out->escapes = true;
        at += 2;
    }
}

/* The four hexadecimal digits at `at` as a number, or -1. */
static int hex4(const uint8_t *at, const uint8_t *end)
{
    int value = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int c = at[i] | 0x20;
        if (at[i] >= '0' && at[i] <= '9')
            value = value * 16 + at[i] - '0';
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + c - 'a' + 10;
        else
            return -1;
    }
    return value;
}

static char *put_utf8(char *out, unsigned point)
{
    if (point < 0x80) {
        *out++ = (char)point;
        return out;
    }
    if (point < 0x800) {
        *out++ = (char)(0xC0 | point >> 6);
    } else if (point < 0x10000) {
        *out++ = (char)(0xE0 | point >> 12);
        *out++ = (char)(0x80 | (point >> 6 & 63));
    } else {
        *out++ = (char)(0xF0 | point >> 18);
        *out++ = (char)(0x80 | (point >> 12 & 63));
        *out++ = (char)(0x80 | (point >> 6 & 63));
    }
    *out++ = (char)(0x80 | (point & 63));
    return out;
}

/* Reads the escape \uXXXX, or a pair of them, whose first digit is `*at`. */
static const char *take_unicode(const uint8_t **at, const uint8_t *end, unsigned *point)
{
    int first = hex4(*at, end);
    if (first < 0)
        return "a text has a broken \\u escape";
    *at += 4;
    *point = (unsigned)first;
    if (first == 0)
        return "a text has \\u0000 in it";
    if (first < 0xD800 || first > 0xDFFF)
        return NULL;
    int second = end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' ? hex4(*at + 2, end) : -1;
    if (first > 0xDBFF || second < 0xDC00 || second > 0xDFFF)
        return "a text has a lone surrogate in it";
    *at += 6;
    *point = 0x10000U + (((unsigned)first & 0x3FF) << 10) + ((unsigned)second & 0x3FF);
    return NULL;
}

/* Reads the escape behind the backslash at `*at`. */
static const char *take_escape(const uint8_t **at, const uint8_t *end, char **out)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    uint8_t letter = (*at)[1];
    *at += 2;
    if (letter == 'u') {
        unsigned point = 0;
        const char *why = take_unicode(at, end, &point);
        *out = put_utf8(*out, point);
        return why;
    }
    const char *known = memchr(letters, letter, sizeof letters - 1);
    if (known == NULL)
        return "a text has an unknown escape";
    *(*out)++ = meanings[known - letters];
    return NULL;
}

const char *json_decode_text(const struct json_run *run, char *out, size_t *n)
{
    size_t length = (size_t)(run->end - run->at);
    if (run->beyond_ascii && !text_is_utf8((struct bytes){ run->at, length }))
        return "a text is not UTF-8";
    if (!run->escapes) {
        memcpy(out, run->at, length);
        *n = length;
        return NULL;
    }
    char *to = out;
    for (const uint8_t *at = run->at; at < run->end;) {
        const uint8_t *slash = memchr(at, '\\', (size_t)(run->end - at));
        size_t part = (size_t)((slash == NULL ? run->end : slash) - at);
        memcpy(to, at, part);
        to += part;
        at += part;
        const char *why = slash == NULL ? NULL : take_escape(&at, run->end, &to);
        if (why != NULL)
            return why;
    }
    *n = (size_t)(to - out);
    return NULL;
}

static const uint8_t *digits(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

const uint8_t *json_scan_number(const uint8_t *at, const uint8_t *end)
{
    at += at < end && *at == '-';
    const uint8_t *after = digits(at, end);
    if (after == at || (*at == '0' && after - at > 1))
        return NULL;
    at = after;
    if (at < end && *at == '.') {
        after = digits(at + 1, end);
        if (after == at + 1)
            return NULL;
        at = after;
    }
    if (at == end || (*at | 0x20) != 'e')
        return at;
    at++;
    at += at < end && (*at == '+' || *at == '-');
    after = digits(at, end);
    return after == at ? NULL : after;
}
