/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_ASCII_H
#define UAUTH_NET_ASCII_H

/*
 * Sets of ASCII characters that the grammars of HTTP and URLs name, as one bit a character.
 */

#include "base/arena.h"

struct ascii_set {
    uint64_t bits[2];
};

/* token characters (RFC 9110 5.6.2). */
extern const struct ascii_set ascii_token;

/* unreserved (RFC 3986 2.3): what is never to be escaped. */
extern const struct ascii_set ascii_unreserved;

/* pchar without escapes, and '/' (RFC 3986 3.3). */
extern const struct ascii_set ascii_path;

/* The same and '?' (RFC 3986 3.4). */
extern const struct ascii_set ascii_query;

/* What browsers leave bare in a query: all that is visible but `"`, '#', '%', '<', '>', '\'. */
extern const struct ascii_set ascii_query_loose;

/* Letters, digits, '-', '_' and '.'. */
extern const struct ascii_set ascii_host;

static inline bool ascii_in(const struct ascii_set *set, uint8_t c)
{
    return c < 128 && (set->bits[c / 64] >> (c % 64) & 1) != 0;
}

/* The value of a hexadecimal digit, or -1. */
static inline int ascii_hex(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    uint8_t letter = c | 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* The byte that the escape "%XX" at the beginning of `in` stands for, or -1. */
static inline int ascii_escape(struct bytes in)
{
    if (in.n < 3 || in.at[0] != '%')
        return -1;
    int high = ascii_hex(in.at[1]);
    int low = ascii_hex(in.at[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static inline uint8_t ascii_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Whether `text` is `lower` (itself in lower case), whatever its case. */
bool ascii_equal(struct bytes text, const char *lower);

/* A decimal number of 1 to 19 digits and nothing else, at most INT64_MAX. */
bool ascii_number(struct bytes text, uint64_t *out);

#endif
