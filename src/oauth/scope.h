/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_SCOPE_H
#define UAUTH_OAUTH_SCOPE_H

/*
 * Scopes that mean something to this server, and which a client may ask for.
 */

#include "oauth/client.h"

#define SCOPE_OPENID  "openid"
#define SCOPE_OFFLINE "offline_access"

/*
 * The scopes of a request: those of `scope`, or, without one, all that the client is registered for
 * but openid and offline_access, which have to be asked for.  INVALID_SCOPE if it is not registered
 * for one of them.
 */
RESULT scope_of_request(struct ctx *c, const struct client *client, const char *scope,
                        struct texts *out);

/* The same for a client on its own behalf: nothing that is about a user. */
RESULT scope_of_client(struct ctx *c, const struct client *client, const char *scope,
                       struct texts *out);

/* `scopes` without `scope`. */
struct texts scope_without(struct arena *a, struct texts scopes, const char *scope);

/* Whether `scope` is about a user. */
bool scope_is_personal(struct arena *a, const char *scope);

#endif
