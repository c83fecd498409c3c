/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Argon2's compression in plain C: RFC 9106 3.5 and 3.6 as they are written there.
 */
#include "crypto/argon2_block.h"

static uint64_t mix(uint64_t a, uint64_t b)
{
    return a + b + 2 * (a & UINT32_MAX) * (b & UINT32_MAX);
}

static uint64_t right(uint64_t x, unsigned n)
{
    return x >> n | x << (64 - n);
}

/* GB of RFC 9106 3.6. */
#define QUARTER(a, b, c, d)                                                                        \
    do {                                                                                           \
        (a) = mix(a, b);                                                                           \
        (d) = right((d) ^ (a), 32);                                                                \
        (c) = mix(c, d);                                                                           \
        (b) = right((b) ^ (c), 24);                                                                \
        (a) = mix(a, b);                                                                           \
        (d) = right((d) ^ (a), 16);                                                                \
        (c) = mix(c, d);                                                                           \
        (b) = right((b) ^ (c), 63);                                                                \
    } while (0)

/* P on the 16 words that begin at `v`, a pair of them every `stride` words. */
static inline void permute(uint64_t *v, size_t stride)
{
    uint64_t *v2 = v + stride, *v4 = v2 + stride, *v6 = v4 + stride, *v8 = v6 + stride;
    uint64_t *v10 = v8 + stride, *v12 = v10 + stride, *v14 = v12 + stride;
    QUARTER(v[0], v4[0], v8[0], v12[0]);
    QUARTER(v[1], v4[1], v8[1], v12[1]);
    QUARTER(v2[0], v6[0], v10[0], v14[0]);
    QUARTER(v2[1], v6[1], v10[1], v14[1]);
    QUARTER(v[0], v4[1], v10[0], v14[1]);
    QUARTER(v[1], v6[0], v10[1], v12[0]);
    QUARTER(v2[0], v6[1], v8[0], v12[1]);
    QUARTER(v2[1], v4[0], v8[1], v14[0]);
}

void argon2_compress_portable(struct argon2_block *next, const struct argon2_block *previous,
                              const struct argon2_block *reference, bool keep)
{
    __attribute__((uninitialized)) struct argon2_block z; /* see argon2_avx2.c */
    for (size_t i = 0; i < ARGON2_WORDS; i++) {
        z.word[i] = previous->word[i] ^ reference->word[i];
        next->word[i] = keep ? next->word[i] ^ z.word[i] : z.word[i];
    }
    for (size_t i = 0; i < ARGON2_WORDS; i += 16)
        permute(&z.word[i], 2);
    for (size_t i = 0; i < 16; i += 2)
        permute(&z.word[i], 16);
    for (size_t i = 0; i < ARGON2_WORDS; i++)
        next->word[i] ^= z.word[i];
}
