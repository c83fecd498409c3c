/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_KEYS_H
#define UAUTH_OAUTH_CLIENT_KEYS_H

/* The public keys of clients (RFC 7591 2). */

#include "crypto/encryption_key.h"
#include "oauth/client.h"

/* Whether it has registered any. */
bool client_has_keys(const struct client *client);

/* The keys for signatures. */
RESULT client_keys(struct ctx *c, const struct client *client, const struct key_set **out);

/*
 * The key to encrypt to the client with, by `alg`: one for encryption and for this algorithm
 * (OpenID Connect Core 10.2).  INVALID_CLIENT_METADATA if it has none.
 */
RESULT client_encryption_key(struct ctx *c, const struct client *client, enum jwe_alg alg,
                             const struct encryption_key **out);

/* Whether there is one among the keys that are to be registered. */
RESULT client_may_have_encryption_key(struct ctx *c, const struct client_metadata *metadata,
                                      enum jwe_alg alg, bool *has);

#endif
