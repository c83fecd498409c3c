/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_JOSE_HEADER_H
#define UAUTH_CRYPTO_JOSE_HEADER_H

/* The header that signatures and encryption begin with (RFC 7515 4, RFC 7516 4), read strictly. */

#include "base/arena.h"

/* The members that have a meaning here; NULL or no bytes: absent. */
struct jose_header {
    const char *alg; /* never NULL */
    const char *enc; /* RFC 7516 4.1.2 */
    const char *kid; /* 1 to KID_MAX bytes */
    const char *typ, *cty;
    const char *apu, *apv; /* RFC 7518 4.6.1, still base64url */
    struct bytes jwk, epk; /* JSON values, still as they are */
};

/*
 * Reads `encoded`.  Returns what is wrong with it, or NULL: base64url that an encoder would not
 * have written, what is not one strict JSON object, a member above that is of another type than it
 * has here, no alg, and the members crit, b64, zip, jku, x5u and x5c, which would change what is
 * protected or with what (RFC 8725 3.10).  Other members have no effect.
 */
const char *jose_header_read(struct arena *a, struct bytes encoded, struct jose_header *out);

/*
 * `typ` or `cty` in lower case and without "application/", which may be left out (RFC 7515 4.1.9);
 * NULL stays NULL.
 */
const char *jose_media_type(struct arena *a, const char *typ);

#endif
