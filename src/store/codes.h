/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_CODES_H
#define UAUTH_STORE_CODES_H

/*
 * Authorization codes: each works once, and stands for an authorization that ends with it unless it
 * is redeemed (RFC 6749 4.1.2, RFC 9700 2.1.1).
 */

#include "store/authorizations.h"

struct code_new {
    const char *hash;
    struct authorization_row authorization; /* as authorization_add takes it; its expires_at is when
                                               it ends once the code has been redeemed; its jkt is
                                               the key that has to redeem it, or NULL */
    const char *session_id;                 /* who signed in; the code ends with it */
    const char *redirect_uri;
    const char *code_challenge; /* S256, or NULL */
    const char *nonce;          /* or NULL */
    int64_t expires_at;         /* of the code */
    const char *waiting_hash;   /* the requests that it uses up, or NULL */
    const char *pushed_hash;
};

/*
 * Adds the code and its authorization, and uses up the requests that it answers, in one
 * transaction.  *added is false, and no code is made, if one of them was used up before or has
 * expired.
 */
RESULT code_add(struct ctx *c, const struct code_new *code, bool *added);

enum code_outcome {
    CODE_DONE,    /* of all who present it, one gets this */
    CODE_UNKNOWN, /* there is no such code, or it is another client's: nothing was changed */
    CODE_EXPIRED,
    CODE_DEAD,  /* its authorization is revoked, or user, client, session or tenant forbid it */
    CODE_REUSED /* it was used before: its authorization has been revoked by this call, or is */
};

struct code_row {
    struct authorization_row authorization;
    const char *session_id; /* who signed in, also where the authorization outlives the session */
    const char *redirect_uri;
    const char *code_challenge, *nonce; /* or NULL */
    const char *jkt;                    /* the key that has to redeem it, or NULL */
    int64_t created_at, expires_at;
};

struct code_use_new {
    const char *hash;
    const char *client_id;
    const char *jkt, *x5t; /* what the authorization is bound to from now on, or NULL */
};

/*
 * Uses the code up, in one transaction, for `use->client_id`.  *out is written for DONE and REUSED.
 * REUSED is committed also though the caller will refuse, so it must not be undone: not to be
 * called in a db_atomically that fails because of it.
 */
RESULT code_use(struct ctx *c, const struct code_use_new *use, enum code_outcome *how,
                struct code_row *out);

#endif
