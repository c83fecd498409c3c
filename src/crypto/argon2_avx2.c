/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Argon2's compression with AVX2.  A block is a matrix of 8 by 8 pairs of words; a register holds
 * two pairs that stand beside each other.  The permutation P (RFC 9106 3.6) sees its 16 words as a
 * matrix of 4 by 4 with the rows a, b, c, d.
 */
#include "crypto/argon2_block.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 static inline __attribute__((target("avx2"), always_inline))

struct rows {
    __m256i a, b, c, d;
};

/* a + b + 2 * low32(a) * low32(b) */
AVX2 __m256i mix(__m256i a, __m256i b)
{
    __m256i product = _mm256_mul_epu32(a, b);
    return _mm256_add_epi64(_mm256_add_epi64(a, b), _mm256_add_epi64(product, product));
}

AVX2 __m256i right_32(__m256i x)
{
    return _mm256_shuffle_epi32(x, _MM_SHUFFLE(2, 3, 0, 1));
}

AVX2 __m256i right_24(__m256i x)
{
    return _mm256_shuffle_epi8(x, _mm256_setr_epi8(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9,
                                                   10, 3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15,
                                                   8, 9, 10));
}

AVX2 __m256i right_16(__m256i x)
{
    return _mm256_shuffle_epi8(x, _mm256_setr_epi8(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15,
                                                   8, 9, 2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14,
                                                   15, 8, 9));
}

AVX2 __m256i right_63(__m256i x)
{
    return _mm256_xor_si256(_mm256_srli_epi64(x, 63), _mm256_add_epi64(x, x));
}

/* GB of RFC 9106 3.6 on four columns at once. */
AVX2 struct rows quarter(struct rows x)
{
    x.a = mix(x.a, x.b);
    x.d = right_32(_mm256_xor_si256(x.d, x.a));
    x.c = mix(x.c, x.d);
    x.b = right_24(_mm256_xor_si256(x.b, x.c));
    x.a = mix(x.a, x.b);
    x.d = right_16(_mm256_xor_si256(x.d, x.a));
    x.c = mix(x.c, x.d);
    x.b = right_63(_mm256_xor_si256(x.b, x.c));
    return x;
}

/*
 * P on 16 words that lie in a row: each register is a row of P's matrix.  For the diagonals b stays
 * where it is, being computed last; a goes right by one, c left by one, d by two.
 */
AVX2 struct rows permute(struct rows x)
{
    x = quarter(x);
    x.a = _mm256_permute4x64_epi64(x.a, _MM_SHUFFLE(2, 1, 0, 3));
    x.c = _mm256_permute4x64_epi64(x.c, _MM_SHUFFLE(0, 3, 2, 1));
    x.d = _mm256_permute4x64_epi64(x.d, _MM_SHUFFLE(1, 0, 3, 2));
    x = quarter(x);
    x.a = _mm256_permute4x64_epi64(x.a, _MM_SHUFFLE(0, 3, 2, 1));
    x.c = _mm256_permute4x64_epi64(x.c, _MM_SHUFFLE(2, 1, 0, 3));
    x.d = _mm256_permute4x64_epi64(x.d, _MM_SHUFFLE(1, 0, 3, 2));
    return x;
}

/*
 * P on two columns of pairs: `x` holds the left two words of each row, `y` the right two, and the
 * halves of a register belong to different columns.
 */
AVX2 void permute_two(struct rows *x, struct rows *y)
{
    *x = quarter(*x);
    *y = quarter(*y);
    struct rows left = { _mm256_alignr_epi8(x->a, y->a, 8), x->b, _mm256_alignr_epi8(y->c, x->c, 8),
                         y->d };
    struct rows right = { _mm256_alignr_epi8(y->a, x->a, 8), y->b,
                          _mm256_alignr_epi8(x->c, y->c, 8), x->d };
    left = quarter(left);
    right = quarter(right);
    *x = (struct rows){ _mm256_alignr_epi8(right.a, left.a, 8), left.b,
                        _mm256_alignr_epi8(left.c, right.c, 8), right.d };
    *y = (struct rows){ _mm256_alignr_epi8(left.a, right.a, 8), right.b,
                        _mm256_alignr_epi8(right.c, left.c, 8), left.d };
}

/* Exclusive-or of previous and reference, kept in `next` as well. */
AVX2 __m256i load(__m256i *next, const __m256i *previous, const __m256i *reference, bool keep)
{
    __m256i r = _mm256_xor_si256(_mm256_load_si256(previous), _mm256_load_si256(reference));
    _mm256_store_si256(next, keep ? _mm256_xor_si256(r, _mm256_load_si256(next)) : r);
    return r;
}

AVX2 void add(__m256i *next, __m256i x)
{
    _mm256_store_si256(next, _mm256_xor_si256(_mm256_load_si256(next), x));
}

AVX2 void compress(__m256i *next, const __m256i *previous, const __m256i *reference, bool keep)
{
    /* Filled below; to zero it first, as the compiler is told to, would take a fifth of the time.
     */
    __attribute__((uninitialized)) __m256i z[32];
    for (int i = 0; i < 32; i += 4) {
        struct rows x = { load(next + i, previous + i, reference + i, keep),
                          load(next + i + 1, previous + i + 1, reference + i + 1, keep),
                          load(next + i + 2, previous + i + 2, reference + i + 2, keep),
                          load(next + i + 3, previous + i + 3, reference + i + 3, keep) };
        x = permute(x);
        z[i] = x.a;
        z[i + 1] = x.b;
        z[i + 2] = x.c;
        z[i + 3] = x.d;
    }
    for (int i = 0; i < 4; i++) {
        struct rows x = { z[i], z[i + 8], z[i + 16], z[i + 24] };
        struct rows y = { z[i + 4], z[i + 12], z[i + 20], z[i + 28] };
        permute_two(&x, &y);
        add(next + i, x.a);
        add(next + i + 4, y.a);
        add(next + i + 8, x.b);
        add(next + i + 12, y.b);
        add(next + i + 16, x.c);
        add(next + i + 20, y.c);
        add(next + i + 24, x.d);
        add(next + i + 28, y.d);
    }
}

__attribute__((target("avx2"))) void argon2_compress_avx2(struct argon2_block *next,
                                                          const struct argon2_block *previous,
                                                          const struct argon2_block *reference,
                                                          bool keep)
{
    __m256i *to = (__m256i *)(void *)next->word;
    const __m256i *from = (const __m256i *)(const void *)previous->word;
    const __m256i *with = (const __m256i *)(const void *)reference->word;
    if (keep)
        compress(to, from, with, true);
    else
        compress(to, from, with, false);
}
#endif
