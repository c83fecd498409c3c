/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_VERIFIER_H
#define UAUTH_CLIENT_VERIFIER_H

/*
 * Being a resource server of somebody's tokens: whether a request may be let in by the access token
 * that it shows (RFC 9068 4, RFC 6750, RFC 9449 7, RFC 8705 3, RFC 9470).  What is not certain is
 * refused: keys or a status list that cannot be had, a binding that nobody has checked.
 */

#include "client/metadata.h"
#include "client/replays.h"
#include "client/token_shown.h"

enum { VERIFIER_LEEWAY_MAX = 300, VERIFIER_TOKEN_MAX = 32 * 1024 };

/* Which tokens are taken. */
enum verifier_kind {
    VERIFIER_ACCESS,  /* of the type at+jwt (RFC 9068 2.1) */
    VERIFIER_UNTYPED, /* of the type JWT or none as well */
    VERIFIER_ID_TOKEN /* OpenID Connect Core 3.1.3.7; the one audience is the client */
};

/* When a DPoP proof has to carry a nonce of ours. */
enum verifier_nonce {
    VERIFIER_NONCE_AS_NEEDED, /* while it may be older than what is remembered of proofs */
    VERIFIER_NONCE_ALWAYS
};

/* Names of claims, which claim_find takes. */
struct verifier_claims {
    const char *scope, *roles, *permissions, *tenant; /* NULL: the usual ones */
};

/* Where its metadata may be, and where it was last found (NULL: it was not looked for). */
struct verifier_place {
    const char *openid_url, *oauth_url;
    _Atomic(const char *) metadata_url;
};

struct verifier {
    const char *issuer;
    struct verifier_place *place;     /* NULL only with jwks_uri or keys */
    const char *metadata_url;         /* NULL: where the issuer has it */
    const char *jwks_uri;             /* instead of metadata; or NULL */
    const struct upstream_keys *keys; /* instead of both; or NULL */
    struct texts audiences;
    struct texts tenants; /* not empty: `issuer` has {tenantid} in it, and these come in (AT-17) */
    enum verifier_kind kind;
    unsigned algs; /* enum jws_alg */
    int64_t leeway;
    struct verifier_claims claims;
    bool bound_only; /* no token that is bound to nothing */
    bool status_off; /* the claim `status` is not looked at */
    enum verifier_nonce nonce;
    const char *resource; /* our own address, or NULL */
    const char *realm;    /* or NULL */
    bool nonces_own; /* nobody else makes nonces that are good here: c->seal is of this process */
    uint64_t serial; /* unlike that of any other verifier of the process, not 0 */
    struct replays *replays; /* of DPoP proofs */
};

/* A request and what it needs.  All may be NULL or empty. */
struct verifier_request {
    const char *authorization; /* the field; or */
    const char *token;         /* the token itself: it came as a bearer token does */
    const char *dpop;          /* the field */
    const char *method, *url;  /* needed where there is a DPoP proof */
    struct bytes certificate;  /* of the client, in DER */
    const char *nonce;         /* that an ID token has to carry; NULL: any, or none */
    struct texts scopes;       /* all of them */
    struct texts any_scope;
    struct texts permissions; /* all of them */
    struct texts any_role;
    const char *tenant;
    struct texts acr_values; /* one of them */
    int64_t max_age;         /* seconds since the user signed in; 0: any */
};

/* A token that is good for the request. */
struct verified {
    struct jwt jwt;
    struct texts scopes;
    const char *jkt; /* the key that it is bound to and that was proven, or NULL */
};

/*
 * INVALID_TOKEN: there is none (*shown is false), or it is not good; INVALID_DPOP_PROOF,
 * USE_DPOP_NONCE; INSUFFICIENT_SCOPE: it does not allow this; STEP_UP_REQUIRED; UPSTREAM,
 * FORBIDDEN, UNAVAILABLE: it cannot be verified now.  `shown` says whether a token came at all.
 */
RESULT verifier_check(struct ctx *c, const struct verifier *v, const struct verifier_request *rq,
                      bool *shown, struct verified *out);

/* What else the request needs of a token that is good: the last part of verifier_check. */
RESULT verifier_demands(struct ctx *c, const struct verifier *v, const struct verifier_request *rq,
                        const struct verified *token);

/* The words of these claims in the token. */
struct texts verifier_scopes(struct arena *a, const struct verifier *v, const struct jwt *jwt);
struct texts verifier_roles(struct arena *a, const struct verifier *v, const struct jwt *jwt);
struct texts verifier_permissions(struct arena *a, const struct verifier *v, const struct jwt *jwt);

/*
 * WWW-Authenticate for a request that was refused with `code` (RFC 6750 3, RFC 9449 7.1, RFC 9470
 * 3, RFC 9728 5.1); NULL: such a refusal has none.  `shown` as verifier_check has said.
 */
const char *verifier_challenge(struct ctx *c, const struct verifier *v,
                               const struct verifier_request *rq, enum err_code code, bool shown);

/* A nonce for the field DPoP-Nonce. */
const char *verifier_nonce_new(struct ctx *c, const struct verifier *v)
    __attribute__((returns_nonnull));

#endif
