/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/blake2b.h"

#include "base/result.h"

#include <openssl/crypto.h>
#include <string.h>

/* RFC 7693 2.6 */
static const uint64_t iv[8] = { 0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B,
                                0xA54FF53A5F1D36F1, 0x510E527FADE682D1, 0x9B05688C2B3E6C1F,
                                0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179 };

/* RFC 7693 2.7; the last two of the twelve rounds take the first two rows again. */
static const uint8_t sigma[10][16] = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
                                       { 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
                                       { 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
                                       { 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
                                       { 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
                                       { 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
                                       { 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
                                       { 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
                                       { 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
                                       { 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 } };

static uint64_t right(uint64_t x, unsigned n)
{
    return x >> n | x << (64 - n);
}

static uint64_t load(const uint8_t *at)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++)
        word |= (uint64_t)at[i] << (8 * i);
    return word;
}

/* The four words of `v` in column or diagonal `i`; `turn` 0: column, 1: diagonal (RFC 7693 3.1). */
static void mix(uint64_t v[static 16], unsigned i, unsigned turn, const uint64_t m[static 2])
{
    uint64_t *a = &v[i], *b = &v[4 + (i + turn) % 4];
    uint64_t *c = &v[8 + (i + 2 * turn) % 4], *d = &v[12 + (i + 3 * turn) % 4];
    *a += *b + m[0];
    *d = right(*d ^ *a, 32);
    *c += *d;
    *b = right(*b ^ *c, 24);
    *a += *b + m[1];
    *d = right(*d ^ *a, 16);
    *c += *d;
    *b = right(*b ^ *c, 63);
}

/* RFC 7693 3.2; inputs of 2^64 bytes do not occur. */
static void compress(struct blake2b *b, const uint8_t *block, bool last)
{
    uint64_t v[16];
    memcpy(v, b->h, sizeof b->h);
    memcpy(v + 8, iv, sizeof iv);
    v[12] ^= b->done;
    v[14] ^= last ? UINT64_MAX : 0;
    for (unsigned round = 0; round < 12; round++) {
        const uint8_t *s = sigma[round % 10];
        for (unsigned i = 0; i < 8; i++) {
            uint64_t m[2] = { load(block + (size_t)8 * s[2 * i]),
                              load(block + (size_t)8 * s[2 * i + 1]) };
            mix(v, i % 4, i / 4, m);
        }
    }
    for (unsigned i = 0; i < 8; i++)
        b->h[i] ^= v[i] ^ v[i + 8];
    OPENSSL_cleanse(v, sizeof v);
}

struct blake2b blake2b_begin(size_t digest_n)
{
    must(digest_n >= 1 && digest_n <= BLAKE2B_MAX);
    struct blake2b b = { .digest_n = digest_n };
    memcpy(b.h, iv, sizeof iv);
    b.h[0] ^= 0x01010000 ^ (uint64_t)digest_n; /* RFC 7693 2.5, 2.8: no key, fan-out and depth 1 */
    return b;
}

void blake2b_add(struct blake2b *b, struct bytes in)
{
    for (size_t at = 0; at < in.n;) {
        /* A full block waits until more comes, because the last one is compressed differently. */
        if (b->waiting_n == BLAKE2B_BLOCK) {
            b->done += BLAKE2B_BLOCK;
            compress(b, b->waiting, false);
            b->waiting_n = 0;
        }
        size_t room = BLAKE2B_BLOCK - b->waiting_n;
        size_t n = in.n - at < room ? in.n - at : room;
        memcpy(b->waiting + b->waiting_n, in.at + at, n);
        b->waiting_n += n;
        at += n;
    }
}

void blake2b_end(struct blake2b *b, uint8_t *out)
{
    b->done += b->waiting_n;
    memset(b->waiting + b->waiting_n, 0, BLAKE2B_BLOCK - b->waiting_n);
    compress(b, b->waiting, true);
    for (size_t i = 0; i < b->digest_n; i++)
        out[i] = (uint8_t)(b->h[i / 8] >> (8 * (i % 8)));
    OPENSSL_cleanse(b, sizeof *b);
}
