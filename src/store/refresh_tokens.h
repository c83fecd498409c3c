/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_REFRESH_TOKENS_H
#define UAUTH_STORE_REFRESH_TOKENS_H

/*
 * Refresh tokens: used once, each has one successor, all of one authorization are a family (RFC
 * 9700 4.14.2).  Those of a client that has registered it are used again and again, and live as
 * long from each use as from the first.
 */

#include "store/authorizations.h"

/*
 * What the row of a token is found by (`hash` below): the time that the token begins with
 * (random_timed_token), and the token_hash of all of it.  Tokens of one time have their rows, and
 * those of its index, side by side: what a group of rotations adds is on few pages, however many
 * tokens there are.  Tokens that were made before there was a time in them are found by the
 * token_hash alone.  NULL: by its form this is no refresh token.
 */
const char *refresh_token_hash(struct arena *a, const char *token);

/* Adds the first token of an authorization, for `idle` seconds, never past the authorization's end.
 */
RESULT refresh_token_add(struct ctx *c, const char *hash, const char *authorization_id,
                         int64_t idle);

/*
 * The authorization of a token, live or not, and whether the token is unused; *out is NULL if the
 * token is unknown, or none (`hash` is NULL). Uses nothing up and decides nothing: for
 * introspection and revocation.
 */
struct refresh_token_row {
    struct authorization_row authorization;
    int64_t expires_at;
    int64_t used_at; /* 0: unused */
};
RESULT refresh_token_find(struct ctx *c, const char *hash, const struct refresh_token_row **out);

struct refresh_use_new {
    const char *hash;      /* of the token presented */
    const char *client_id; /* who presents it */
    const char *jkt;       /* key that the presenter has proven, or NULL */
    const char *x5t;       /* certificate that the presenter has shown, or NULL */
    bool keeps;            /* unless it has been used up before, it stays: there is no successor */
    const char *next_hash; /* of the successor; not read for one that stays */
    const char *
        next_sealed; /* the successor, sealed under a key that only a holder of the old token has */
    int64_t idle;    /* seconds that the successor lives, never past the authorization's end */
    int64_t grace;   /* seconds; 0: no window */
};

enum refresh_outcome {
    REFRESH_DONE,    /* used up, and the successor is next_hash; or used, and stays */
    REFRESH_GRACE,   /* used before, in the window, by the same holder, successor unused: it is
                        `sealed` */
    REFRESH_UNKNOWN, /* no such token */
    REFRESH_EXPIRED, /* the token or its authorization */
    REFRESH_HOLDER,  /* unused, but presented by another client, or with another key or
                        certificate: nothing was changed */
    REFRESH_REVOKED, /* the authorization is revoked, or user, client, session, tenant or membership
                        forbid it */
    REFRESH_REUSED   /* used before, and no grace: the authorization has been revoked by this call;
                        whoever comes after gets REVOKED */
};

struct refresh_use_found {
    enum refresh_outcome how;
    const struct authorization_row *authorization; /* NULL: UNKNOWN */
    const char *sealed;                            /* GRACE only */
};

/*
 * Rotates, in one transaction, whatever else happens at the same time: of all who present one
 * token, one gets DONE.  The idle limit of the authorization's session moves along, unless it is a
 * browser's, which lives by its own use.  REUSED is committed
 * also though the caller will refuse, so it must not be undone: do not call this in a db_atomically
 * that fails because of it.
 */
RESULT refresh_token_rotate(struct ctx *c, const struct refresh_use_new *use,
                            struct refresh_use_found *out);

/*
 * The same in two steps, for who has something to decide in between: what would become of the
 * token, and then to do it.  Both in one db_atomically of the caller; what stands above is true of
 * that.  Instead of the second step nothing may be done, and then nothing has happened.
 */
RESULT refresh_token_look(struct ctx *c, const struct refresh_use_new *use,
                          struct refresh_use_found *out);
RESULT refresh_token_spend(struct ctx *c, const struct refresh_use_new *use,
                           const struct refresh_use_found *found);

#endif
