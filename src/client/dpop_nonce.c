/* SPDX-License-Identifier: Apache-2.0 */
#include "client/dpop_nonce.h"

#include "base/time.h"
#include "crypto/digest.h"
#include "crypto/seal.h"

#include <inttypes.h>
#include <string.h>

/* A nonce says when it was made, and proves it: "<Unix seconds>.<MAC>".  Nothing is stored, so that
 * every node knows those of the others (RFC 9449 8.2 asks for no more). */
static const char *nonce_of(struct ctx *c, int64_t made_at, const char *nonce_for)
{
    struct framed f = framed(c->arena);
    framed_add_int(&f, made_at);
    framed_add_text(&f, nonce_for);
    return text_printf(c->arena, "%" PRId64 ".%s", made_at,
                       seal_mac(c, "dpop nonce", framed_bytes(&f)));
}

const char *dpop_nonce_new(struct ctx *c, const char *nonce_for)
{
    return nonce_of(c, c->now, nonce_for);
}

int64_t dpop_nonce_made_at(struct ctx *c, const char *nonce, const char *nonce_for)
{
    int64_t made_at = 0;
    const char *dot =
        strnlen(nonce, DPOP_OWN_NONCE_MAX + 1) > DPOP_OWN_NONCE_MAX ? NULL : strchr(nonce, '.');
    if (dot == NULL ||
        !text_int(text_copy(c->arena, nonce, (size_t)(dot - nonce)), 0, INT64_MAX, &made_at))
        return 0;
    /* Another node's clock may be ahead of ours. */
    if (made_at > time_add(c->now, JWT_SKEW) || c->now > time_add(made_at, DPOP_NONCE_SECONDS))
        return 0;
    return ct_equal(bytes_of(nonce), bytes_of(nonce_of(c, made_at, nonce_for))) ? made_at : 0;
}
