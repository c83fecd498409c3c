/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_ENTRA_CLAIMS_H
#define UAUTH_CLIENT_ENTRA_CLAIMS_H

/*
 * The `claims` parameter (OpenID Connect Core 5.5), with which a client says what it can
 * (continuous access evaluation) and passes on what a resource has asked for (entra.md 1.19).
 */

#include "base/ctx.h"
#include "base/text.h"

/*
 * What is sent: `claims`, a JSON object or NULL, with `capabilities` in access_token.xms_cc.  NULL
 * in *out if there is nothing to say.  INVALID_REQUEST: `claims` is no JSON object, such as base64
 * that nobody has decoded.
 */
RESULT entra_claims_merge(struct ctx *c, struct texts capabilities, const char *claims,
                          const char **out);

/* Both objects in one, at every depth; where both have a value, that of `over`.  Either may be
 * NULL.  INVALID_REQUEST as above. */
RESULT entra_claims_join(struct ctx *c, const char *base, const char *over, const char **out);

/*
 * The claims that a resource asks for in WWW-Authenticate (several challenges may stand in it), or
 * NULL: of error="insufficient_claims", decoded from base64 in either alphabet, padded or not, and
 * checked to be a JSON object.
 */
const char *entra_challenge_claims(struct arena *a, const char *www_authenticate);

/* The same, written: what a resource between answers its own caller with (1.15). */
const char *entra_challenge(struct arena *a, const char *claims) __attribute__((returns_nonnull));

#endif
