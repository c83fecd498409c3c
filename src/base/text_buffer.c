/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "base/result.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

struct text_buffer text_buffer(struct arena *a)
{
    return (struct text_buffer){ .arena = a, .at = arena_alloc(a, FIRST_ROOM), .room = FIRST_ROOM };
}

/* Makes room for `n` bytes more and a NUL. */
static void grow(struct text_buffer *b, size_t n)
{
    must(n < SIZE_MAX / 4 && b->n < SIZE_MAX / 4);
    size_t needed = b->n + n + 1;
    size_t room = b->room * 2;
    while (room < needed)
        room *= 2;
    char *at = arena_alloc(b->arena, room);
    memcpy(at, b->at, b->n);
    b->at = at;
    b->room = room;
}

void text_add(struct text_buffer *b, const char *text)
{
    text_add_bytes(b, text, strlen(text));
}

char *text_room(struct text_buffer *b, size_t n)
{
    if (b->room - b->n <= n)
        grow(b, n);
    return b->at + b->n;
}

void text_add_bytes(struct text_buffer *b, const void *at, size_t n)
{
    if (b->room - b->n <= n)
        grow(b, n);
    if (n > 0)
        memcpy(b->at + b->n, at, n);
    b->n += n;
}

void text_add_int(struct text_buffer *b, int64_t value)
{
    char digits[20]; /* of the least number, with its sign */
    size_t at = sizeof digits;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        digits[--at] = '-';
    text_add_bytes(b, digits + at, sizeof digits - at);
}

/* Formatted where it is to stand; only what does not fit is formatted again. */
void text_addf(struct text_buffer *b, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    size_t left = b->room - b->n;
    int n = vsnprintf(b->at + b->n, left, format, args);
    va_end(args);
    must(n >= 0);
    if ((size_t)n >= left) {
        grow(b, (size_t)n);
        (void)vsnprintf(b->at + b->n, (size_t)n + 1, format, again);
    }
    va_end(again);
    b->n += (size_t)n;
}

const char *text_of(struct text_buffer *b)
{
    b->at[b->n] = '\0';
    return b->at;
}

const char *text_fill(struct arena *a, const char *text, const char *name, const char *value)
{
    struct text_buffer out = text_buffer(a);
    size_t n = strlen(name);
    while (*text != '\0') {
        size_t plain = strcspn(text, "{");
        text_add_bytes(&out, text, plain);
        text += plain;
        if (*text != '{')
            continue;
        bool here = strncmp(text + 1, name, n) == 0 && text[n + 1] == '}';
        text_add(&out, here ? value : "{");
        text += here ? n + 2 : 1;
    }
    return text_of(&out);
}
