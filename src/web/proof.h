/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PROOF_H
#define UAUTH_WEB_PROOF_H

/*
 * The DPoP proof that comes with a request (RFC 9449): taken once, for this request alone.
 */

#include "web/req.h"

/* What the proof has to go with. */
struct proof_due {
    const char *access_token; /* that comes with it, or NULL */
    const char *jkt;          /* the key that it must be made with, or NULL: any */
    unsigned algs;            /* enum jws_alg: the only ones; 0: DPOP_ALGS */
};

/*
 * Checks the field DPoP, if there is one: *jkt is the thumbprint of its key, or NULL without the
 * field.  The URL it has to name is of our configuration, whatever Host or a proxy say (DP-10).
 * INVALID_DPOP_PROOF, also for one that has been seen before (DP-01); USE_DPOP_NONCE where
 * AUTH_DPOP_NONCE is required, or what is remembered does not reach back to the proof (decision
 * 10); UNAVAILABLE while nobody knows what other nodes have seen.
 */
RESULT proof_check(struct req *r, const struct proof_due *due, const char **jkt);

/* Adds the field DPoP-Nonce with a new nonce (RFC 9449 8). */
void proof_give_nonce(struct req *r);

/* The algorithms of proofs, with spaces, as challenges name them (RFC 9449 7.1). */
const char *proof_algs(struct arena *a);

#endif
