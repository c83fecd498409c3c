/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_TEXT_H
#define UAUTH_BASE_TEXT_H

/*
 * Text is `const char *`: UTF-8, NUL-terminated, never with a NUL inside.  Nothing here depends on
 * the locale.
 */

#include "base/arena.h"

#include <stdarg.h>
#include <string.h>

/* printf into the arena.  The directives are ASCII; no locale is used. */
const char *text_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
const char *text_vprintf(struct arena *a, const char *format, va_list args)
    __attribute__((format(printf, 2, 0), returns_nonnull));

/* A copy of `n` bytes as text.  The bytes hold no NUL: must(). */
const char *text_copy(struct arena *a, const char *from, size_t n) __attribute__((returns_nonnull));

/* A copy of the whole text, for who lives longer; NULL for NULL. */
const char *text_keep(struct arena *a, const char *text);

/* A number below TEXT_TRAITS by which most names that are not the same differ; at[n] can be read.
 * Whoever may choose names can have them fall together. */
enum { TEXT_TRAITS = 256 };
static inline unsigned text_trait(const char *at, size_t n)
{
    size_t last = n == 0 ? 0 : n - 1;
    return (unsigned)(n * 29 + (uint8_t)at[0] * 7 + (uint8_t)at[last] * 3 + (uint8_t)at[n / 2]) %
           TEXT_TRAITS;
}

/* FNV-1a, for tables in memory where nobody gains by what falls together. */
uint64_t bytes_hash(struct bytes at);

/* The same, quicker, where no other process and no later version need find what this one finds. */
uint64_t bytes_hash_here(struct bytes at);

/* Whether both are the same text; NULL equals only NULL.  Not for secrets: see ct_equal in
 * crypto/digest.h. */
static inline bool text_equal(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    /* Most texts that differ do so in their first two letters. */
    return a[0] == b[0] && (a[0] == '\0' || (a[1] == b[1] && strcmp(a, b) == 0));
}

/* As text_equal, taking A-Z and a-z for the same. */
bool text_equal_nocase(const char *a, const char *b);

bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);

/* Whether it has the form of a UUID in lower case (RFC 9562 4), as all ids have. */
bool text_is_uuid(const char *text);

/* ASCII letters in lower case; other bytes as they are. */
const char *text_lower(struct arena *a, const char *text) __attribute__((returns_nonnull));

/* `text` without the spaces and tabs around it. */
const char *text_trim(struct arena *a, const char *text) __attribute__((returns_nonnull));

/* Whether `at` is well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, at most U+10FFFF).
 */
bool text_is_utf8(struct bytes at);

/* How many of the `n` bytes at `at` the first well-formed character takes: 1 to 4, or 0 if there is
 * none. */
size_t utf8_length(const uint8_t *at, size_t n);

/* Whether there is a control character (C0, DEL, C1), or a bidirectional formatting character
 * (U+202A-E, U+2066-9). */
bool text_has_control(const char *text);

/* As text_has_control, but tab, line feed and carriage return may stand. */
bool text_has_control_but_lines(const char *text);

/* Number of code points of well-formed `text`. */
size_t text_code_points(const char *text);

/* A list of texts. */
struct texts {
    const char **at;
    size_t n;
};

/* The parts of `text` between runs of `separator`; empty parts are left out. */
struct texts text_split(struct arena *a, const char *text, char separator);

/* The parts joined with `separator`. */
const char *text_join(struct arena *a, struct texts parts, const char *separator)
    __attribute__((returns_nonnull));

bool texts_hold(struct texts list, const char *text);

/* Puts the list in the order of its bytes, in place. */
void texts_sort(struct texts list);
/* texts_hold for a list in that order. */
bool texts_sorted_hold(struct texts sorted, const char *text);

/* Copies of all of them, as text_keep. */
struct texts texts_keep(struct arena *a, struct texts list);

/*
 * Reads all of `text` as a decimal int64 (optional '-', digits only, no spaces); false if it is not
 * one or is out of [low, high].
 */
bool text_int(const char *text, int64_t low, int64_t high, int64_t *out);

/* The one of `n` names that is nearest to `text` (Levenshtein), or NULL if none is within a third
 * of its length. */
const char *text_nearest(const char *text, const char *const *names, size_t n);

/* The text with each "{name}" replaced by `value`. */
const char *text_fill(struct arena *a, const char *text, const char *name, const char *value);

/* A text that grows in the arena. */
struct text_buffer {
    struct arena *arena;
    char *at;
    size_t n, room;
};
struct text_buffer text_buffer(struct arena *a);
void text_add(struct text_buffer *b, const char *text);
void text_add_bytes(struct text_buffer *b, const void *at, size_t n);
void text_add_int(struct text_buffer *b, int64_t value);
/* Where the next `n` bytes are to be written, which b->n then counts. */
char *text_room(struct text_buffer *b, size_t n) __attribute__((returns_nonnull));
static inline void text_add_byte(struct text_buffer *b, char byte)
{
    if (b->room - b->n < 2)
        text_add_bytes(b, &byte, 1);
    else
        b->at[b->n++] = byte;
}
void text_addf(struct text_buffer *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The text so far, NUL-terminated; valid until the next addition. */
const char *text_of(struct text_buffer *b);

#endif
