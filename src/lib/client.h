/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_LIB_CLIENT_H
#define UAUTH_LIB_CLIENT_H

/* A client as it is handed out, and how its calls run. */

#include "client/issuer.h"
#include "client/oauth_client.h"
#include "client/own_token.h"
#include "client/replays.h"
#include "crypto/jwt.h"
#include "lib/call.h"
#include "lib/token.h"

#include <uauth/client.h>

struct uauth_client {
    struct held held;
    const char *issuer;
    struct oauth_client client;
    const struct seal *seal; /* of requests to sign in; NULL: the context's */
    struct own_tokens *own;
    struct replays *used;
};

struct uauth_tokens {
    struct held held;
    struct oauth_tokens given;
    int64_t expires_at;
    struct uauth_token *id; /* or NULL */
};

/* Reads what a program says of a client into `out`, and into the call's arena. */
RESULT client_read_options(struct call *k, const struct uauth_client_options *options,
                           struct uauth_client *out);

/* call_open for a call of `client`. */
bool client_call_open(struct call *k, const struct uauth_client *client,
                      struct uauth_error **error);

/* Finds the issuer and where the call goes. */
RESULT client_place(struct call *k, const struct uauth_client *client, enum issuer_endpoint which,
                    struct issuer *issuer, struct oauth_endpoint *out);

/* `result`, with what the server has said told on. */
RESULT client_told(struct call *k, err result, const struct oauth_answer *answer);

/* What was given, in the call's arena; `id` may be NULL. */
struct client_given {
    const struct oauth_tokens *tokens;
    const struct jwt *id;
};

/* CALL_CLOSE for a call that ends with tokens: *out is NULL if `result` is none, and `given` is not
 * looked at. */
enum uauth_result client_close(struct call *k, err result, const struct client_given *given,
                               struct uauth_tokens **out, struct uauth_error **error);

/* Claims that nobody has signed, or that have been verified elsewhere. */
RESULT client_claims(struct call *k, struct bytes json, struct uauth_token **out);
struct uauth_token *client_claims_of(struct call *k, const struct jwt *jwt)
    __attribute__((returns_nonnull));

/* What to ask for; `from` may be NULL. */
RESULT client_wanted(struct ctx *c, const struct uauth_wanted *from, struct oauth_wanted *out);

#endif
