/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_EXCHANGE_FEDERATED_H
#define UAUTH_OAUTH_EXCHANGE_FEDERATED_H

/*
 * The ID token of a provider as what comes into an exchange.  It is proven as at any other door,
 * good once, and about the account that is linked to it, which is neither made nor found by an
 * address; the user has granted nothing here, so the client's registration bounds the scopes, and
 * what comes of it stands on an authorization of its own that ends with the token.
 */

#include "federation/shown.h"
#include "oauth/exchange.h"

/* Whether the subject_token says that it is an ID token of somebody else. */
bool exchange_is_federated(struct ctx *c, const struct token_request *in);

/*
 * Proves it, and fills `out` as exchange_read_subject; its authorization is none yet.
 * INVALID_REQUEST: it is of no provider of `token_exchange_providers`, refused there, or of an
 * account that is not linked, not active, has a second factor, or is no member of the client's
 * tenant; or the tenant asks for a second factor.
 */
RESULT exchange_read_federated(struct ctx *c, const struct client *client,
                               const struct token_request *in, struct shown *shown,
                               struct exchange_subject *out);

/*
 * Inside the transaction that grants: uses the token up, looks at the account anew, and adds the
 * authorization, for `scopes` and `audience`.  INVALID_REQUEST as above, or if it was used before
 * (TX-07).
 */
struct exchange_standing {
    const struct client *client;
    const struct shown *shown;
    struct texts scopes;
    const char *audience;
};
RESULT exchange_stand(struct ctx *c, const struct exchange_standing *standing,
                      const struct authorization_row **out);

#endif
