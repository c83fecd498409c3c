/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_HEALTH_H
#define UAUTH_API_HEALTH_H

/* Signs of life, and the public keys. */

#include "base/shape.h"
#include "web/req.h"

struct health {
    const char *status;
};
SHAPE(health, FIELD(health, status, REQUIRED, 2, 2, "ok: the process answers"));
RESULT get_health(struct req *r);

struct readiness {
    const char *status, *database, *migrations, *keys;
    const char *redis;     /* NULL: there is none */
    const char *key_vault; /* NULL: there is none */
    const char *providers; /* NULL: nobody has been called */
};
SHAPE(
    readiness, FIELD(readiness, status, REQUIRED, 2, 16, "ok, or unavailable"),
    FIELD(readiness, database, REQUIRED, 2, 16, "Whether it can be read and written"),
    FIELD(readiness, migrations, REQUIRED, 2, 16, "Whether its schema is this version's"),
    FIELD(readiness, keys, REQUIRED, 2, 16, "Whether there is a key to sign with"),
    FIELD(readiness, redis, OPTIONAL, 2, 16,
          "Whether the shared counters can be reached; without them this node is ready, too, and "
          "allows half of each limit"),
    FIELD(readiness, key_vault, OPTIONAL, 2, 16,
          "Whether the key vault signs; without it no token is made, and those that there are are "
          "good"),
    FIELD(readiness, providers, OPTIONAL, 2, 16,
          "Whether those answer with whom people sign in; who signs in here does not need "
          "them"));
RESULT get_readiness(struct req *r);

/* The public keys as a JWK Set (RFC 7517 5). */
RESULT get_jwks(struct req *r);

#endif
