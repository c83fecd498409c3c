/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_EXCHANGE_H
#define UAUTH_OAUTH_EXCHANGE_H

/*
 * The tokens that come into an exchange (RFC 8693 2.1): whom it is about and who acts.  Tokens
 * of ours (those of providers: exchange_federated.h), of a user, with a live authorization behind
 * them; what comes of them stands on the same authorization, so that whatever ends it ends both.
 */

#include "oauth/grant.h"
#include "store/authorizations.h"

#define TOKEN_TYPE_ACCESS "urn:ietf:params:oauth:token-type:access_token"
#define TOKEN_TYPE_JWT    "urn:ietf:params:oauth:token-type:jwt"
#define TOKEN_TYPE_ID     "urn:ietf:params:oauth:token-type:id_token"

/* Whom it is about, and what bounds what comes of it. */
struct exchange_subject {
    const struct authorization_row *authorization;
    const char *client_id; /* whose token it is; NULL: a provider's */
    const char *audience;  /* of an access token */
    const char *jkt;       /* the key that it is bound to, or NULL */
    const char *x5t;       /* the certificate that it is bound to, or NULL */
    const char *may_act;   /* the only one that may act, or NULL */
    struct texts scopes;
    struct texts actors; /* who acts in it already */
    int64_t expires_at;
};

/*
 * Reads the subject_token that `client` shows.  INVALID_REQUEST (RFC 8693 2.2.2) if it is none of
 * ours, over or revoked, a client's own, of another tenant than `client`, or one that neither is
 * the client's own, nor for its `audiences`, nor of its `token_exchange_subjects`, nor says that
 * the client may act (TX-01, TX-04).  A token that is bound to a key needs a proof in the request:
 * of that key where it is the client's own, else of the client's.
 */
RESULT exchange_read_subject(struct ctx *c, const struct client *client,
                             const struct token_request *in, struct exchange_subject *out);

/*
 * Who is to act for `subject`: the sub of the actor_token, which is an access token that `client`
 * got, of the same tenant or of none; without one the client.  INVALID_REQUEST also where the
 * subject's token names another party in may_act.
 */
RESULT exchange_read_actor(struct ctx *c, const struct client *client,
                           const struct token_request *in, const struct exchange_subject *subject,
                           const char **actor);

#endif
