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

#include "web/req.h"

/* By what a guard lets callers in: the security schemes of OpenAPI. */
enum guard_accepts {
    ACCEPTS_BEARER = 1 << 0,
    ACCEPTS_COOKIE = 1 << 1, /* state changes then need the CSRF token */
    ACCEPTS_CLIENT = 1 << 2
};

struct guard {
    const char *name;
    unsigned accepts;               /* enum guard_accepts; 0: everybody */
    RESULT (*check)(struct req *r); /* fills r->who, or fails and leaves it */
};

/* Everybody; credentials that come along are not looked at (AZ-11). */
extern const struct guard guard_open;

/* An access token in Authorization: Bearer (RFC 6750 2.1).  INVALID_TOKEN. */
extern const struct guard guard_bearer;

/* The session cookie of a browser.  INVALID_SESSION; a cookie sent twice is INVALID_REQUEST. */
extern const struct guard guard_session;

/* An access token or, without an Authorization header, the session cookie. */
extern const struct guard guard_caller;

/*
 * The token of `Authorization: Bearer token`: *token is NULL if there is no Authorization header.
 * INVALID_TOKEN for another scheme or a malformed header (RFC 6750 2.1: one space, then b64token).
 */
RESULT guard_bearer_token(struct req *r, const char **token);

#endif
