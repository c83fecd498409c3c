/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_STATUS_BITS_H
#define UAUTH_TOKEN_STATUS_BITS_H

/*
 * The byte array of a status list with one bit for each token (Token Status List, draft 21, 4.1):
 * 0 is VALID, 1 is INVALID, the first of a byte is its least significant bit.
 */

#include "base/ctx.h"

/* Sets the bit of `idx`, which is in the array. */
void status_bits_set(uint8_t *bits, int64_t idx);

/* `n` bytes in the ZLIB format (RFC 1950) at the highest level, as base64url.  OUT_OF_MEMORY. */
RESULT status_bits_encode(struct ctx *c, const uint8_t *bits, size_t n, const char **out);

#endif
