/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_MESSAGES_H
#define UAUTH_OAUTH_CLIENT_MESSAGES_H

/*
 * What a client gets signed, and how it has registered that (RFC 7591 2, OpenID Connect
 * Registration 1.0 2).
 */

#include "oauth/client.h"

/* INVALID_CLIENT_METADATA, naming the member, for an algorithm that is not offered here. */
RESULT client_messages_check(struct ctx *c, const struct client_metadata *metadata);

/*
 * UNAVAILABLE if what `client` gets from the token endpoint could not be made now: to be known
 * before something is used up for it.
 */
RESULT client_messages_ready(struct ctx *c, const struct client *client);

#endif
