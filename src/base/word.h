/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_WORD_H
#define UAUTH_BASE_WORD_H

/*
 * Eight bytes looked at together, in a word.  A question is answered by a number that is zero if
 * none of the eight is meant; else word_first says which is the first.  Nothing else is to be read
 * from it: the bytes behind the first one it may tell wrongly.
 */

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WORD_BYTES = 8 };

/* The byte `b` eight times. */
#define WORD_OF(b) (UINT64_C(0x0101010101010101) * (b))

/* The first byte is the lowest. */
static inline uint64_t word_at(const void *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

/* Of an answer that is not zero. */
static inline size_t word_first(uint64_t answer)
{
    return (size_t)__builtin_ctzll(answer) / WORD_BYTES;
}

/* Beyond ASCII. */
static inline uint64_t word_high(uint64_t word)
{
    return word & WORD_OF(0x80);
}

/* Below `b`, which is 0x80 at most. */
static inline uint64_t word_below(uint64_t word, uint8_t b)
{
    return word_high((word - WORD_OF(b)) & ~word);
}

static inline uint64_t word_has(uint64_t word, uint8_t b)
{
    return word_below(word ^ WORD_OF(b), 1);
}

#endif
