/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "base/result.h"
#include "base/word.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEAREST_MAX = 64, AT_ONCE = 256 };

/* Most texts are short, and are formatted once; the stack keeps none of them. */
const char *text_vprintf(struct arena *a, const char *format, va_list args)
{
    char first[AT_ONCE];
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(first, sizeof first, format, again);
    va_end(again);
    must(n >= 0);
    size_t length = (size_t)n;
    bool fits = length < sizeof first;
    char *out = arena_alloc(a, length + 1);
    if (fits)
        memcpy(out, first, length);
    else
        (void)vsnprintf(out, length + 1, format, args);
    explicit_bzero(first, fits ? length : sizeof first);
    return out;
}

const char *text_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *out = text_vprintf(a, format, args);
    va_end(args);
    return out;
}

const char *text_copy(struct arena *a, const char *from, size_t n)
{
    char *out = arena_alloc(a, n + 1);
    if (n > 0) {
        must(memchr(from, '\0', n) == NULL);
        memcpy(out, from, n);
    }
    return out;
}

const char *text_keep(struct arena *a, const char *text)
{
    return text == NULL ? NULL : text_copy(a, text, strlen(text));
}

uint64_t bytes_hash(struct bytes at)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < at.n; i++)
        hash = (hash ^ at.at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t stir(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

uint64_t bytes_hash_here(struct bytes at)
{
    uint64_t hash = at.n;
    size_t i = 0;
    for (; at.n - i >= WORD_BYTES; i += WORD_BYTES)
        hash = stir(hash, word_at(at.at + i));
    /* Of the last ones some have been seen already. */
    if (i > 0)
        return stir(hash, word_at(at.at + at.n - WORD_BYTES));
    for (; i < at.n; i++)
        hash = stir(hash, at.at[i]);
    return hash;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool text_equal_nocase(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

/* Most differ in their first bytes. */
bool text_starts(const char *text, const char *prefix)
{
    while (*prefix != '\0' && *text == *prefix) {
        text++;
        prefix++;
    }
    return *prefix == '\0';
}

bool text_ends(const char *text, const char *suffix)
{
    size_t n = strlen(text);
    size_t m = strlen(suffix);
    return n >= m && memcmp(text + n - m, suffix, m) == 0;
}

bool text_is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '-' ? text[i] != '-' : strchr("0123456789abcdef", text[i]) == NULL)
            return false;
    return true;
}

const char *text_lower(struct arena *a, const char *text)
{
    size_t n = strlen(text);
    char *out = arena_copy(a, text, n + 1);
    for (size_t i = 0; i < n; i++)
        out[i] = lower(out[i]);
    return out;
}

const char *text_trim(struct arena *a, const char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    return text_copy(a, text, n);
}

struct texts text_split(struct arena *a, const char *text, char separator)
{
    size_t most = 1;
    for (const char *p = text; *p != '\0'; p++)
        most += *p == separator;
    struct texts parts = { ARENA_NEWS(a, const char *, most), 0 };
    const char *from = text;
    for (const char *p = text;; p++) {
        if (*p != separator && *p != '\0')
            continue;
        if (p > from)
            parts.at[parts.n++] = text_copy(a, from, (size_t)(p - from));
        from = p + 1;
        if (*p == '\0')
            return parts;
    }
}

const char *text_join(struct arena *a, struct texts parts, const char *separator)
{
    struct text_buffer b = text_buffer(a);
    for (size_t i = 0; i < parts.n; i++) {
        if (i > 0)
            text_add(&b, separator);
        text_add(&b, parts.at[i]);
    }
    return text_of(&b);
}

bool texts_hold(struct texts list, const char *text)
{
    for (size_t i = 0; i < list.n; i++) {
        if (text_equal(list.at[i], text))
            return true;
    }
    return false;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct texts texts_keep(struct arena *a, struct texts list)
{
    struct texts out = { ARENA_NEWS(a, const char *, list.n), list.n };
    for (size_t i = 0; i < list.n; i++)
        out.at[i] = text_keep(a, list.at[i]);
    return out;
}

void texts_sort(struct texts list)
{
    if (list.n > 1)
        qsort(list.at, list.n, sizeof *list.at, by_bytes);
}

bool texts_sorted_hold(struct texts sorted, const char *text)
{
    return sorted.n > 0 && bsearch(&text, sorted.at, sorted.n, sizeof *sorted.at, by_bytes) != NULL;
}

bool text_int(const char *text, int64_t low, int64_t high, int64_t *out)
{
    bool negative = *text == '-';
    const char *p = text + negative;
    int64_t value = 0;
    if (*p == '\0')
        return false;
    for (; *p != '\0'; p++) {
        if (*p < '0' || *p > '9')
            return false;
        int64_t digit = negative ? '0' - *p : *p - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    if (value < low || value > high)
        return false;
    *out = value;
    return true;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's distance; both texts have at most NEAREST_MAX bytes. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NEAREST_MAX + 1];
    size_t n = strlen(b);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t above = row[j + 1];
            row[j + 1] = least(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
            diagonal = above;
        }
    }
    return row[n];
}

const char *text_nearest(const char *text, const char *const *names, size_t n)
{
    const char *nearest = NULL;
    size_t length = strlen(text);
    if (length > NEAREST_MAX)
        return NULL;
    size_t best = length / 3 + 1;
    for (size_t i = 0; i < n; i++) {
        if (strlen(names[i]) > NEAREST_MAX)
            continue;
        size_t d = distance(text, names[i]);
        if (d < best) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}
