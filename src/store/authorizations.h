/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_AUTHORIZATIONS_H
#define UAUTH_STORE_AUTHORIZATIONS_H

/*
 * What a user granted a client: the row behind codes, refresh tokens and access tokens.  Revoking
 * it is one row.
 */

#include "store/status_lists.h"

struct authorization_row {
    const char *id;
    const char *user_id;
    const char *client_id;
    const char *session_id; /* NULL: outlives its session */
    const char *sid;       /* of the session in which it was granted; NULL: in none that is known */
    const char *tenant_id; /* NULL: none */
    struct texts scopes;
    const char *audience; /* NULL: the configured one */
    const char *jkt;      /* thumbprint of the key that the tokens are bound to, or NULL */
    const char *x5t;      /* of the certificate that the tokens are bound to, or NULL */
    int64_t created_at;
    int64_t expires_at; /* absolute: no token of it outlives this */
    int64_t revoked_at; /* 0: not revoked */
    int64_t auth_time;
    struct texts amr;
    const char *acr;            /* or NULL */
    struct texts resources;     /* audiences that its tokens may be asked for (RFC 8707) */
    struct status_place status; /* of its tokens; taken when it is added */
    const char *details;        /* JSON of RFC 9396 that was granted, or NULL */
    const char *claims;         /* the parameter of OpenID Connect Core 5.5, or NULL */
    const char *settings;       /* of its tenant, as struct tenant_row has them; only read */
    const char *actor_id;       /* who acts as the user in its session, or NULL; only read */
};
struct authorization_rows {
    const struct authorization_row *at;
    size_t n;
};

/* Adds one, of now, that ends at its session's absolute limit at the latest; id, created_at and
 * revoked_at of `row` are not read.  Takes a place for its tokens in a status list, where they have
 * one, and writes it to row->status. */
RESULT authorization_add(struct ctx *c, struct authorization_row *row, const char **id);

/*
 * The authorization if it is live: neither revoked nor expired, and user, client, session, tenant
 * and membership allow it still (C8).  *out is NULL otherwise.
 */
RESULT authorization_find_live(struct ctx *c, const char *id, const struct authorization_row **out);

/*
 * What its request asked for claim by claim (OpenID Connect Core 5.5); NULL: nothing, or it is
 * revoked or unknown.  For whoever shows a token of it that was checked already.
 */
RESULT authorization_claims(struct ctx *c, const char *id, const char **claims);

/* Revokes it, with a row of `revocations`; *revoked is false if it was revoked before or does not
 * exist. */
RESULT authorization_revoke(struct ctx *c, const char *id, bool *revoked);

/* The live ones of a user. */
RESULT authorizations_of(struct ctx *c, const char *user_id, struct page page,
                         struct authorization_rows *out);

#endif
