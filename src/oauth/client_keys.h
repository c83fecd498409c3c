/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_KEYS_H
#define UAUTH_OAUTH_CLIENT_KEYS_H

/* The public keys of clients (RFC 7591 2). */

#include "crypto/key.h"
#include "oauth/client.h"

/* Whether it has registered any. */
bool client_has_keys(const struct client *client);

/* The keys for signatures. */
RESULT client_keys(struct ctx *c, const struct client *client, const struct key_set **out);

#endif
