/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_GUARD_H
#define UAUTH_WEB_GUARD_H

/*
 * Guards find out who calls.  A row of the route table names one; stage_guard runs it before
 * anything that depends on who it is, and a handler cannot run before it (claim I3).  Rooms to the
 * right add their own (oauth/guard_client.c).
 *
 * An Authorization header alone decides: where it is present the cookie is ignored, so that a bad
 * token never falls back to a good cookie.
 */

#include "client/token_shown.h"
#include "web/req.h"

/* By what a guard lets callers in: the security schemes of OpenAPI. */
enum guard_accepts {
    ACCEPTS_BEARER = 1 << 0,
    ACCEPTS_COOKIE = 1 << 1, /* state changes then need the CSRF token */
    ACCEPTS_CLIENT = 1 << 2,
    ACCEPTS_REGISTRATION = 1 << 3 /* a token for registering a client, or for its registration */
};

struct guard {
    const char *name;
    unsigned accepts;               /* enum guard_accepts; 0: everybody */
    RESULT (*check)(struct req *r); /* fills r->who, or fails and leaves it */
};

/* Everybody; credentials that come along are not looked at (AZ-11). */
extern const struct guard guard_open;

/*
 * An access token in Authorization, as guard_access_of takes it.  INVALID_TOKEN.
 */
extern const struct guard guard_bearer;

/* The session cookie of a browser.  INVALID_SESSION; a cookie sent twice is INVALID_REQUEST. */
extern const struct guard guard_session;

/* An access token, an API key or, without an Authorization header, the session cookie. */
extern const struct guard guard_caller;

/*
 * The token of Authorization.  INVALID_TOKEN for another scheme or a malformed header (RFC 6750
 * 2.1: one space, then b64token).
 */
RESULT guard_token(struct req *r, struct token_shown *out);

/*
 * What a token that was shown says, and lets in: r->who.  A token that is bound to a key comes by
 * the scheme DPoP with a proof of that key, a token that is not by Bearer without any proof: else
 * INVALID_TOKEN, so that neither passes for the other (RFC 9449 7.2, DP-04).  One that is bound to
 * a certificate comes with that certificate (RFC 8705 3).  Failures of the proof are those of
 * proof_check.
 */
RESULT guard_access_of(struct req *r, const struct token_shown *shown);

/* The same of an API key, which comes by Bearer and without a proof.  INVALID_TOKEN. */
RESULT guard_api_key_of(struct req *r, const struct token_shown *shown);

#endif
