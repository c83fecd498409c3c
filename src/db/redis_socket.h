/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_REDIS_SOCKET_H
#define UAUTH_DB_REDIS_SOCKET_H

/*
 * The bytes between this process and a Redis server: TCP, a Unix socket, or TLS over TCP (1.2 or
 * later; the server's certificate is verified for the name in the URL, SR-09).  Belongs to one
 * thread at a time.  Nothing waits beyond its deadline, a moment of time_monotonic_ms.
 */

#include "db/redis_url.h"

#include <openssl/types.h>

struct resolver;
struct redis_socket;

/* Where to connect to; outlives its sockets. */
struct redis_place {
    struct redis_url url;
    struct resolver *resolver; /* NULL with a path */
    SSL_CTX *tls;              /* NULL: without */
};

/* PEM files; "" for none. */
struct redis_tls {
    const char *authorities; /* who is trusted; none: whom the system trusts */
    const char *cert, *key;  /* what this side shows */
};

/* The rules of TLS.  INVALID_FIELD names the file that cannot be used. */
RESULT redis_tls_new(struct ctx *c, const struct redis_tls *files, SSL_CTX **out);

/* Connects.  UNAVAILABLE; INVALID_FIELD if there is somebody whose certificate does not do. */
RESULT redis_socket_open(struct ctx *c, const struct redis_place *place, int64_t deadline_ms,
                         struct redis_socket **out);
void redis_socket_close(struct redis_socket *s); /* NULL is fine */

/* Whether the other side has neither closed it nor said anything; asks nobody. */
bool redis_socket_is_quiet(const struct redis_socket *s);

/* Writes all of `bytes`. */
RESULT redis_socket_write(struct ctx *c, struct redis_socket *s, struct bytes bytes,
                          int64_t deadline_ms);

/* Waits for something, and reads at most `room` bytes of it. */
RESULT redis_socket_read(struct ctx *c, struct redis_socket *s, uint8_t *at, size_t room, size_t *n,
                         int64_t deadline_ms);

#endif
