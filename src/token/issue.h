/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_ISSUE_H
#define UAUTH_TOKEN_ISSUE_H

/*
 * The only maker of tokens.  Who decides that a token may be given (identity/login.h, the grants)
 * describes it here; this room makes it.
 */

#include "base/ctx.h"
#include "base/random.h"
#include "base/text.h"
#include "store/status_lists.h"

/* What the registration of a client says of its access tokens. */
struct tenant_settings;
struct token_style {
    bool opaque;         /* they say nothing themselves: what they stand for is stored */
    const char *alg;     /* that signs them, if it has registered one; or NULL */
    const char *may_act; /* who may act for its users (RFC 8693 4.4), or NULL */
};

/* What an access token says (RFC 9068 2.2, and the claims of the first-party API). */
struct grant_facts {
    const char *user_id;                  /* sub; for client credentials the client_id */
    const char *client_id;                /* "first-party" for our own API */
    const char *audience;                 /* aud; NULL: the configured one */
    const char *tenant_id;                /* NULL: none */
    const struct tenant_settings *policy; /* what holds there; NULL: issue_* reads it */
    const char *sid;                      /* public handle of the session, or NULL */
    const char *authorization_id;
    const char *grant_client_id; /* whose authorization that is, if another client's; or NULL */
    struct texts scopes;
    struct texts roles;
    struct texts permissions;
    struct texts amr;
    const char *acr;
    const char *jkt; /* thumbprint of the key that the token is bound to (RFC 9449 6), or NULL */
    const char *x5t; /* `x5t#S256` of the certificate that it is bound to (RFC 8705 3), or NULL */
    struct texts actors; /* who acts for the user, the present one first (RFC 8693 4.1) */
    const char *details; /* JSON array of RFC 9396, or NULL */
    struct token_style style;
    struct status_place status; /* in a status list; or none */
    int64_t auth_time;
    int64_t not_after; /* no token outlives this (the authorization's end); 0: no such end */
};

struct tokens {
    const char *access_token;
    const char *jti;
    int64_t expires_in;        /* seconds */
    int64_t id_token_life;     /* of an ID token that goes with it, in seconds */
    const char *refresh_token; /* NULL: none was made */
    const char *scope;         /* the scopes, separated by spaces */
};

/* How an opaque access token begins, so that it is known for one (RFC 7662 2.1 needs no hint). */
#define OPAQUE_PREFIX "uat_"
enum { OPAQUE_TOKEN_CHARS = sizeof OPAQUE_PREFIX - 1 + RANDOM_TOKEN_CHARS };

/*
 * Makes an access token: a JWT of type at+jwt (RFC 9068 2.1) signed with the current key of its
 * algorithm, or an opaque one (style.opaque) of 256 bits, stored as its SHA-256.  INVALID_GRANT if
 * `facts->not_after` has passed; INVALID_SCOPE if so many scopes, roles and permissions were to
 * stand in it that no verifier would take it (JWS_BYTES_MAX).
 */
RESULT issue_access(struct ctx *c, const struct grant_facts *facts, struct tokens *out);

/*
 * Makes an access token and the first refresh token of `facts->authorization_id`: opaque, 256 bits,
 * stored as its SHA-256.  Not to be called inside db_atomically: all writers would wait for the
 * signature.
 */
RESULT issue_pair(struct ctx *c, const struct grant_facts *facts, struct tokens *out);

#endif
