/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Argon2's compression with SSSE3, for x86-64 processors without AVX2.  A
 * block is a matrix of 8 by 8 pairs of words; a register holds one pair.
 */
#include "crypto/argon2_block.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define SSSE3 static inline __attribute__((target("ssse3"), always_inline))

struct rows {
    __m128i a, b, c, d;
};

/* a + b + 2 * low32(a) * low32(b) */
SSSE3 __m128i mix(__m128i a, __m128i b)
{
    __m128i product = _mm_mul_epu32(a, b);
    return _mm_add_epi64(_mm_add_epi64(a, b), _mm_add_epi64(product, product));
}

SSSE3 __m128i right_32(__m128i x)
{
    return _mm_shuffle_epi32(x, _MM_SHUFFLE(2, 3, 0, 1));
}

SSSE3 __m128i right_24(__m128i x)
{
    return _mm_shuffle_epi8(x, _mm_setr_epi8(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10));
}

SSSE3 __m128i right_16(__m128i x)
{
    return _mm_shuffle_epi8(x, _mm_setr_epi8(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9));
}

SSSE3 __m128i right_63(__m128i x)
{
    return _mm_xor_si128(_mm_srli_epi64(x, 63), _mm_add_epi64(x, x));
}

/* GB of RFC 9106 3.6 on two columns at once. */
SSSE3 struct rows quarter(struct rows x)
{
    x.a = mix(x.a, x.b);
    x.d = right_32(_mm_xor_si128(x.d, x.a));
    x.c = mix(x.c, x.d);
    x.b = right_24(_mm_xor_si128(x.b, x.c));
    x.a = mix(x.a, x.b);
    x.d = right_16(_mm_xor_si128(x.d, x.a));
    x.c = mix(x.c, x.d);
    x.b = right_63(_mm_xor_si128(x.b, x.c));
    return x;
}

/*
 * P on 16 words, which it sees as a matrix of 4 by 4 with the rows a, b, c, d: the eight pairs that
 * begin at `z`, one every `stride` registers.
 */
SSSE3 void permute(__m128i *z, int stride)
{
    struct rows x = { z[0], z[2 * stride], z[4 * stride], z[6 * stride] };
    struct rows y = { z[stride], z[3 * stride], z[5 * stride], z[7 * stride] };
    x = quarter(x);
    y = quarter(y);
    /* For the diagonals b stays, being computed last; a goes right by one, c left by one, d by two.
     */
    struct rows left = { _mm_alignr_epi8(x.a, y.a, 8), x.b, _mm_alignr_epi8(y.c, x.c, 8), y.d };
    struct rows right = { _mm_alignr_epi8(y.a, x.a, 8), y.b, _mm_alignr_epi8(x.c, y.c, 8), x.d };
    left = quarter(left);
    right = quarter(right);
    z[0] = _mm_alignr_epi8(right.a, left.a, 8);
    z[stride] = _mm_alignr_epi8(left.a, right.a, 8);
    z[2 * stride] = left.b;
    z[3 * stride] = right.b;
    z[4 * stride] = _mm_alignr_epi8(left.c, right.c, 8);
    z[5 * stride] = _mm_alignr_epi8(right.c, left.c, 8);
    z[6 * stride] = right.d;
    z[7 * stride] = left.d;
}

__attribute__((target("ssse3"))) void argon2_compress_ssse3(struct argon2_block *next,
                                                            const struct argon2_block *previous,
                                                            const struct argon2_block *reference,
                                                            bool keep)
{
    __attribute__((uninitialized)) __m128i z[64]; /* see argon2_avx2.c */
    __m128i *to = (__m128i *)(void *)next->word;
    const __m128i *from = (const __m128i *)(const void *)previous->word;
    const __m128i *with = (const __m128i *)(const void *)reference->word;
    for (int i = 0; i < 64; i++) {
        z[i] = _mm_xor_si128(_mm_load_si128(from + i), _mm_load_si128(with + i));
        _mm_store_si128(to + i, keep ? _mm_xor_si128(z[i], _mm_load_si128(to + i)) : z[i]);
    }
    for (int i = 0; i < 8; i++)
        permute(z + (ptrdiff_t)8 * i, 1);
    for (int i = 0; i < 8; i++)
        permute(z + i, 8);
    for (int i = 0; i < 64; i++)
        _mm_store_si128(to + i, _mm_xor_si128(_mm_load_si128(to + i), z[i]));
}
#endif
