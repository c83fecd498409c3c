/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_RESOLVER_H
#define UAUTH_NET_RESOLVER_H

/*
 * Names to addresses, on threads that are made at start: getaddrinfo(3) has no deadline, so callers
 * wait for them with one.  No thread is made later.  A name that takes long holds up one thread and
 * whoever asks for the same name, not the others; where there are as many such names as threads,
 * what is behind them fails at its own deadline.  What nobody waits for any longer is not
 * looked up.
 */

#include "base/ctx.h"

#include <netinet/in.h>

struct resolver;

enum { RESOLVED_MAX = 8, RESOLVER_QUEUE_MAX = 64, RESOLVER_THREADS = 4 };

struct resolved {
    struct sockaddr_storage
        at[RESOLVED_MAX]; /* AF_INET and AF_INET6, in the system's order of preference */
    size_t n;
};

/* With so many `threads`, RESOLVER_THREADS at most; NULL if one could not be made. */
struct resolver *resolver_new(unsigned threads);

/* Ends the threads; waits for look-ups that are under way. */
void resolver_free(struct resolver *r);

/*
 * The addresses of `host` (a name or an address literal) with `port`.  UPSTREAM if it has none, if
 * the queue is full, or if no answer came by `deadline_ms` of time_monotonic_ms.
 */
RESULT resolver_find(struct ctx *c, struct resolver *r, const char *host, unsigned port,
                     int64_t deadline_ms, struct resolved *out);

#endif
