/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_PKCE_H
#define UAUTH_OAUTH_PKCE_H

/* Proof Key for Code Exchange (RFC 7636), S256 only. */

#include "base/ctx.h"

/* Whether `challenge` can be one of S256: 43 characters of base64url (RFC 7636 4.2). */
bool pkce_is_challenge(const char *challenge);

/*
 * Checks `verifier` against the `challenge` stored with the code (RFC 7636 4.6).  A verifier has to
 * come if, and only if, there is a challenge: otherwise a request whose challenge was taken out
 * would pass (RFC 9700 2.1.1).  INVALID_GRANT.  Takes the same time wherever they differ.
 */
RESULT pkce_check(struct ctx *c, const char *challenge, const char *verifier);

#endif
