/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_DPOP_KEY_H
#define UAUTH_CLIENT_DPOP_KEY_H

/*
 * The key to which a client's tokens are bound (RFC 9449), and the nonces that servers have given
 * for it, each to be used at the origin that gave it (RFC 9449 8.2).  One object serves all
 * threads.
 */

#include "crypto/key.h"

struct dpop_key;

enum { DPOP_ORIGINS_MAX = 16, DPOP_HEARD_MAX = 512 };

/* For `key`, which is private and lives longer.  NULL if there is no memory. */
struct dpop_key *dpop_key_new(const struct key *key);
void dpop_key_free(struct dpop_key *d); /* NULL is fine */

/* The key itself. */
const struct key *dpop_key_of(const struct dpop_key *d);

/* The thumbprint by which tokens are bound (`jkt`, RFC 9449 6.1), in c->arena. */
const char *dpop_key_thumbprint(struct ctx *c, const struct dpop_key *d);

/*
 * A proof for one request (RFC 9449 4.2): `url` without its query is signed, the nonce of its
 * origin is in it if there is one, and `access_token` is bound to it unless NULL.
 */
RESULT dpop_prove(struct ctx *c, struct dpop_key *d, const char *method, const char *url,
                  const char *access_token, const char **proof);

/* The nonce that an answer of `url` brought (RFC 9449 8.2); NULL, and what is no nonce, is ignored.
 */
void dpop_heard(struct ctx *c, struct dpop_key *d, const char *url, const char *nonce);

#endif
