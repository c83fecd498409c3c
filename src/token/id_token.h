/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_ID_TOKEN_H
#define UAUTH_TOKEN_ID_TOKEN_H

/*
 * ID tokens (OpenID Connect Core 1.0 2): made for one client, and read again only as a hint about
 * who signed in.  They are no access tokens: their type is JWT, and they let nobody in.
 */

#include "base/json_writer.h"
#include "token/issue.h"

struct id_token {
    const char *sub;
    const char *client_id;        /* aud */
    const char *nonce;            /* of the authorization request, or NULL */
    const char *access_token;     /* made with it: at_hash; or NULL */
    const char *sid;              /* of the session, or NULL */
    const char *authorization_id; /* behind it: grant_id, as in access tokens; or NULL */
    const char *acr;              /* or NULL */
    const char *actor;            /* who acts as the user, as the client knows them; or NULL */
    const char *alg;              /* that the client has registered, or NULL */
    struct texts amr;
    int64_t auth_time;
    int64_t life; /* seconds */
    /* Adds claims about the user to the open object of `w`; none of those above.  Or NULL. */
    void (*write)(struct json_writer *w, const void *about);
    const void *about;
};

/* Signs one. */
RESULT id_token_issue(struct ctx *c, const struct id_token *facts, const char **token);

/*
 * Reads an id_token_hint: an ID token of ours for `client_id` (NULL: for whichever client it says),
 * expired or not.  INVALID_REQUEST for everything else.
 */
struct id_token_hint {
    const char *sub;
    const char *sid; /* or NULL */
    const char *client_id;
};
RESULT id_token_read_hint(struct ctx *c, const char *token, const char *client_id,
                          struct id_token_hint *out);

/*
 * Reads an ID token of ours that has not expired, for whichever client: to exchange it (RFC 8693).
 * INVALID_REQUEST for everything else, also for one without an authorization behind it.
 */
struct id_token_read {
    const char *sub, *client_id, *authorization_id;
    int64_t expires_at;
};
RESULT id_token_verify(struct ctx *c, const char *token, struct id_token_read *out);

#endif
