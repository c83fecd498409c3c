/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_TOKEN_SHOWN_H
#define UAUTH_CLIENT_TOKEN_SHOWN_H

/*
 * The token that a request shows: how it comes, and what it is bound to (RFC 6750 2.1, RFC 9449 7,
 * RFC 8705 3, RFC 7800 3.1).
 */

#include "crypto/jwt.h"

struct token_shown {
    const char *token; /* NULL: there is no Authorization header */
    bool by_dpop;      /* by the scheme DPoP (RFC 9449 7.1), else Bearer (RFC 6750 2.1) */
};

/*
 * The token of the field Authorization, which may be NULL.  INVALID_TOKEN for another scheme or a
 * malformed field (RFC 6750 2.1: one space, then b64token).
 */
RESULT token_shown_read(struct ctx *c, const char *field, struct token_shown *out);

/* What a token is bound to; both NULL: to nothing. */
struct token_bound {
    const char *jkt; /* RFC 9449 6.1 */
    const char *x5t; /* x5t#S256 (RFC 8705 3.1) */
};

/* The claim `cnf`.  INVALID_TOKEN if it is there and has any member but these two: it would confirm
 * what nobody has checked. */
RESULT token_bound_read(struct ctx *c, const struct jwt *jwt, struct token_bound *out);

/*
 * Whether the token comes by the scheme that it has to: one that is bound to a key by DPoP, one
 * that is not by Bearer and without a proof (`proof_given`), so that neither passes for the other
 * (RFC 9449 7.2, DP-04).  INVALID_TOKEN.  By DPoP a proof of that key is then due.
 */
RESULT token_scheme_check(struct ctx *c, const struct token_shown *shown,
                          const struct token_bound *bound, bool proof_given);

/* RFC 8705 3, DP-11: it is of use only to who holds the key of that certificate.  `shown` is its
 * thumbprint, or NULL: there was none.  INVALID_TOKEN. */
RESULT token_certificate_check(struct ctx *c, const struct token_bound *bound, const char *shown);

#endif
