/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_ID_TOKEN_H
#define UAUTH_CLIENT_ID_TOKEN_H

/* ID tokens of others, checked as OpenID Connect Core 3.1.3.7 asks, and more strictly. */

#include "crypto/jwt.h"

enum {
    /* 200 groups of Entra are 13 KiB. */
    ID_TOKEN_BYTES_MAX = 32 * 1024,
    ID_TOKEN_SUB_MAX = 255,  /* Core 2 */
    ID_TOKEN_AGE_MAX = 3600, /* seconds since iat */
    ID_TOKEN_LEEWAY = 60
};

struct id_token_due {
    const char *issuer;       /* exact; NULL: the caller compares it (Entra's is a template) */
    const char *client_id;    /* the one and only audience */
    const char *nonce;        /* that this sign-in was given */
    bool no_nonce;            /* there was none to give: a refresh (Core 12.2), a device */
    const char *sub;          /* whom it has to be about (Core 12.2), or NULL */
    unsigned algs;            /* enum jws_alg */
    const char *access_token; /* that came with it, or NULL */
};

/*
 * Verifies `token` against `keys`.  Refused with INVALID_TOKEN beside what jwt_verify refuses: no
 * sub, iat or exp, another issuer, any other audience beside us, a sub longer than
 * ID_TOKEN_SUB_MAX or not due->sub, an azp that is not us, no nonce or another one (with no_nonce
 * none is looked for), an iat longer ago than ID_TOKEN_AGE_MAX, an at_hash that is not of the
 * access token (JOSE-30).
 */
RESULT id_token_check(struct ctx *c, const char *token, const struct key_set *keys,
                      const struct id_token_due *due, struct jwt *out);

#endif
