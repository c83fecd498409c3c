/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_BLAKE2B_H
#define UAUTH_CRYPTO_BLAKE2B_H

/*
 * BLAKE2b (RFC 7693) without a key, with a digest of any length: OpenSSL 3.0 has it only with 64
 * bytes.  For Argon2; where a digest is wanted otherwise, see crypto/digest.h.
 */

#include "base/arena.h"

enum { BLAKE2B_MAX = 64, BLAKE2B_BLOCK = 128 };

struct blake2b {
    uint64_t h[8];
    uint64_t done; /* bytes compressed so far */
    uint8_t waiting[BLAKE2B_BLOCK];
    size_t waiting_n, digest_n;
};

/* Begins a digest of `digest_n` bytes: 1 to BLAKE2B_MAX, must(). */
struct blake2b blake2b_begin(size_t digest_n);
void blake2b_add(struct blake2b *b, struct bytes in);

/* Writes digest_n bytes to `out`, and wipes `b`. */
void blake2b_end(struct blake2b *b, uint8_t *out);

#endif
