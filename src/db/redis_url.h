/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_REDIS_URL_H
#define UAUTH_DB_REDIS_URL_H

/*
 * Where a Redis server is and how to sign in there.  Reads the URL and connects to nothing.
 *
 *     redis://[[user]:password@]host[:port][/database]
 *     rediss://...                                       the same over TLS
 *     unix://[[user]:password@]/path/of/socket[?db=database]
 *     redis+unix://...                                   the same
 *
 * User, password and path have % before the hexadecimal code of what is no letter or digit.
 */

#include "base/ctx.h"

enum { REDIS_PORT = 6379, REDIS_DATABASE_MAX = 65535, REDIS_PATH_MAX = 107 };

struct redis_url {
    const char *path; /* of a Unix socket; else NULL, and these: */
    const char *host; /* a name, or an address without brackets, in lower case */
    uint16_t port;
    bool tls;
    const char *user, *password; /* NULL: none */
    int64_t database;
};

/* Reads `url` into the arena.  INVALID_FIELD says how to write it; the text shows nothing of it,
 * since a password may stand anywhere in a URL that is written wrongly. */
RESULT redis_url_read(struct ctx *c, const char *url, struct redis_url *out);

/* Whether what is said there stays on this machine: a Unix socket or a loopback address. */
bool redis_url_is_here(const struct redis_url *url);

#endif
