/* SPDX-License-Identifier: Apache-2.0 */
#include "token/status_bits.h"

#include "base/codec.h"

#include <zlib.h>

enum { BITS = 8 };

void status_bits_set(uint8_t *bits, int64_t idx)
{
    bits[idx / BITS] = (uint8_t)(bits[idx / BITS] | 1U << idx % BITS);
}

RESULT status_bits_encode(struct ctx *c, const uint8_t *bits, size_t n, const char **out)
{
    uLongf size = compressBound((uLong)n);
    uint8_t *at = arena_alloc(c->arena, size);
    if (compress2(at, &size, bits, (uLong)n, Z_BEST_COMPRESSION) != Z_OK)
        return fail(c, OUT_OF_MEMORY, "a status list cannot be compressed");
    *out = base64url_encode(c->arena, (struct bytes){ at, size });
    return ok();
}
