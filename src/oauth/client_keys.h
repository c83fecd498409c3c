/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_KEYS_H
#define UAUTH_OAUTH_CLIENT_KEYS_H

/*
 * The public keys of clients (RFC 7591 2): those that they have registered, or those at their
 * jwks_uri, which are fetched by one caller, kept, and fetched anew for a key that is not among
 * them, but not more often than DOCUMENT_RETRY_SECONDS (client/documents.h; JOSE-34).
 *
 * Keys that cannot be had are UPSTREAM whatever the reason, which is for the log alone (SR-11);
 * UNAVAILABLE if so many of our threads wait for servers of clients that no other may.
 */

#include "crypto/certificate.h"
#include "crypto/encryption_key.h"
#include "oauth/client.h"

/* Whether it has registered any, or where they are. */
bool client_has_keys(const struct client *client);

/* The keys for signatures, and the one that `token` names, if there is one. */
RESULT client_keys(struct ctx *c, const struct client *client, const char *token,
                   const struct key_set **out);

/* Whether the certificate is one of those beside its keys, as x5c (RFC 8705 2.2.2). */
RESULT client_has_certificate(struct ctx *c, const struct client *client,
                              const struct certificate *certificate, bool *has);

/*
 * The key to encrypt to the client with, by `alg`: one for encryption and for this algorithm
 * (OpenID Connect Core 10.2).  INVALID_CLIENT_METADATA if it has none.
 */
RESULT client_encryption_key(struct ctx *c, const struct client *client, enum jwe_alg alg,
                             const struct encryption_key **out);

/* Whether there is one among the keys that are to be registered, or may be one at their jwks_uri.
 */
RESULT client_may_have_encryption_key(struct ctx *c, const struct client_metadata *metadata,
                                      enum jwe_alg alg, bool *has);

#endif
