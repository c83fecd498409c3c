/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_WORD_H
#define UAUTH_BASE_WORD_H

/*
 * Eight bytes looked at together, in a word.  A question is answered by a number that is zero if
 * none of the eight is meant.  Nothing else is to be read from it: which one it was, a byte above
 * it may say wrongly.
 */

#include <stdint.h>
#include <string.h>

enum { WORD_BYTES = 8 };

/* The byte `b` eight times. */
#define WORD_OF(b) (UINT64_C(0x0101010101010101) * (b))

static inline uint64_t word_at(const void *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
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
