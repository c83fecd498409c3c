/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_EXCHANGE_STORY_H
#define UAUTH_TESTS_FLOW_EXCHANGE_STORY_H

/*
 * Token exchange (RFC 8693): the API "orders" has been called with a token of APP, and calls the
 * API "stock" for the same user.
 */

#include "proof_story.h"

#define ORDERS   "https://orders.test"
#define STOCK    "https://stock.test"
#define EXCHANGE "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
#define TYPE     "urn:ietf:params:oauth:token-type:"
#define ISSUER   "http://localhost:8080"

#define ORDERS_POLICY                                                                              \
    "'grant_types':['client_credentials','urn:ietf:params:oauth:grant-type:token-exchange'],"      \
    "'audiences':['" ORDERS "'],'scope':'openid profile email stock'"

#define FOR_STOCK ",'token_exchange_audiences':['" STOCK "']"

/* The two APIs, and the client of the first, changed by `more`: its secret. */
const char *orders(struct world *w, const char *more);

/* What a client sends, changed; "subject_token" is `token`. */
struct answer exchanges_as(struct world *w, const char *client_id, const char *secret,
                           const char *token, const char *changes);
struct answer exchanges(struct world *w, const char *secret, const char *token,
                        const char *changes);

/* The token of Ada for orders that APP calls it with. */
const char *shown(struct world *w);

/* A client that passes tokens on: `id` exchanges those that are for `from` for those for `to`. */
const char *link_of_chain(struct world *w, const char *id, const char *from, const char *to);

#define assert_no_exchange(answer) assert_oauth_error((answer), 400, "invalid_request")

#endif
