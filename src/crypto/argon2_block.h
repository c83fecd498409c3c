/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_ARGON2_BLOCK_H
#define UAUTH_CRYPTO_ARGON2_BLOCK_H

/*
 * The compression function of Argon2 (RFC 9106 3.5), once for each path.  For argon2.c only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ARGON2_WORDS = 128, ARGON2_BLOCK_BYTES = 1024 };

struct argon2_block {
    _Alignas(64) uint64_t word[ARGON2_WORDS];
};

/*
 * Puts G(previous, reference) into `next`, or if `keep` is set exclusive-ors it into what `next`
 * holds.  `next` is neither of the others.
 */
typedef void argon2_compress(struct argon2_block *next, const struct argon2_block *previous,
                             const struct argon2_block *reference, bool keep);

argon2_compress argon2_compress_portable;
#if defined(__x86_64__)
argon2_compress argon2_compress_ssse3;
argon2_compress argon2_compress_avx2;
#endif

#endif
