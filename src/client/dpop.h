/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_DPOP_H
#define UAUTH_CLIENT_DPOP_H

/*
 * DPoP proofs (RFC 9449): that whoever asks holds the private half of a key.  A proof is looked at
 * here by itself; whether it has been seen before, the caller finds out with its jti, and which key
 * a token is bound to, with its jkt.
 */

#include "crypto/jwt.h"

enum {
    DPOP_ALGS = ALGS_ASYMMETRIC,
    DPOP_WINDOW = 300, /* seconds that a proof is good for, and its jti to be remembered */
    DPOP_JTI_MIN = 8,  /* bytes */
    DPOP_JTI_MAX = 128,
    DPOP_NONCE_SECONDS = 300,
    DPOP_OWN_NONCE_MAX = 128 /* bytes of a nonce that is looked at */
};

/* What the proof has to be about. */
struct dpop_policy {
    unsigned algs;            /* enum jws_alg: asymmetric ones only, must() */
    const char *method;       /* of the request, in its own letters: "POST" */
    const char *url;          /* that the request was made to, by our configuration, never by its
                               * Host (DP-10); a query and a fragment are ignored */
    const char *access_token; /* that comes with the proof, or NULL */
    const char *jkt;          /* the thumbprint that its key must have, or NULL: any */
    const char *nonce_for;    /* a nonce of ours is due, made for this; NULL: none is */
    bool nonce_optional;      /* one is looked at, but not due */
};

/* A good proof. */
struct dpop {
    const struct key *key; /* public */
    const char *jkt;       /* its SHA-256 thumbprint (RFC 7638), for `cnf` and `dpop_jkt` */
    const char *jti;       /* to be seen but once for this key (RFC 9449 11.1, DP-01) */
    int64_t issued_at;
    int64_t expires_at; /* from then on the proof is refused in any case */
    int64_t nonce_at;   /* when the good nonce that it carries was made; 0: none was looked for */
};

/*
 * Checks `proof`, the one DPoP field of the request (RFC 9449 4.3).  INVALID_DPOP_PROOF: not one
 * strict JWT of the type dpop+jwt; an algorithm that is not in the policy or not the key's; a `jwk`
 * that is absent, private, symmetric, weak or off its curve (DP-05); a signature that is not its;
 * claims of the wrong type; a jti out of bounds; htm that is not the method letter by letter; htu
 * that is not the URL (scheme and host in either case, the default port and an empty path as
 * written out or not, escapes of the path normalised, and no query or fragment in it: DP-02); iat
 * more than DPOP_WINDOW seconds ago or more than JWT_SKEW ahead (DP-07); an exp that is past; an
 * ath that is not the hash of the access token (RFC 9449 4.3 (12)), or a key that is not the one of
 * `jkt`.  USE_DPOP_NONCE: all that is good, but the nonce is absent, not ours, of another purpose,
 * or too old (DP-09); the answer then carries a new one.
 */
RESULT dpop_verify(struct ctx *c, const char *proof, const struct dpop_policy *policy,
                   struct dpop *out);

/*
 * Decision 10: whether a proof may be told from one that was seen before this memory began, at
 * `born`.  What was made before may have been seen and forgotten.  Its maker's clock may be ahead
 * of ours, so that only a nonce of a later second proves that it was made since.
 */
bool dpop_is_remembered(const struct dpop *proof, int64_t born);

/*
 * A nonce for proofs (RFC 9449 8), good for DPOP_NONCE_SECONDS on every node that has the same
 * master key, and nowhere but where `nonce_for` is the same: a tenant, a resource.
 */
const char *dpop_nonce_new(struct ctx *c, const char *nonce_for) __attribute__((returns_nonnull));

#endif
