/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_FAPI_H
#define UAUTH_OAUTH_FAPI_H

/*
 * The profiles of FAPI 2.0: a client that registers one can do nothing weaker, and is given nothing
 * weaker.  FAPI 2.0 Security Profile: `fapi2`.  FAPI 2.0 Message Signing: `fapi2_message_signing`,
 * which is the first, with requests and answers that are signed.
 */

#include "crypto/key.h"
#include "oauth/client_metadata.h"

#define FAPI_SECURITY "fapi2"
#define FAPI_MESSAGES "fapi2_message_signing"

/* FAPI 2.0 Security Profile 5.4.1. */
enum { FAPI_ALGS = ALG_PS256 | ALG_ES256 | ALG_EDDSA };

/* Whether a client of this metadata has one of the profiles, and whether that is the second. */
bool fapi_holds(const struct client_metadata *metadata);
bool fapi_signs(const struct client_metadata *metadata);

/* Of `algs` those that it may use. */
unsigned fapi_algs(const struct client_metadata *metadata, unsigned algs);

/* The algorithms of the DPoP proofs of `client_id`, for who takes its tokens: those of its profile,
 * or all. */
RESULT client_proof_algs(struct ctx *c, const char *client_id, unsigned *algs);

/*
 * Fills in what a profile leaves no choice about: pushed requests, refresh tokens that do not
 * rotate, signed requests, and an algorithm of ours where none is named.  Nothing without a
 * profile.
 */
void fapi_complete(const struct config *config, struct client_metadata *metadata);

/* INVALID_CLIENT_METADATA, naming the member that is weaker than the profile allows. */
RESULT fapi_check(struct ctx *c, const struct client_metadata *metadata);

#endif
