/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_REDIS_POOL_H
#define UAUTH_DB_REDIS_POOL_H

/*
 * The connections of a process to its Redis server, and what is known about it.  A connection is
 * made when none is free, belongs to one call at a time, and is kept for the next one: there are
 * never more than there are threads that call.
 *
 * After any failure all connections are given up, and for REDIS_PAUSE_MS every call is refused at
 * once; then one call at a time tries, while the others are still refused.  So a server that does
 * not answer holds up each thread once, for REDIS_CALL_MS, and then one at a time; and one that is
 * back is used within REDIS_OPEN_MS and REDIS_PAUSE_MS.
 */

#include "db/redis_link.h"

enum { REDIS_PAUSE_MS = 500, REDIS_IDLE_MAX = 128 };

struct redis_pool;

/* Lua that the server runs as one step, and the SHA-1 that it knows it by. */
struct redis_script {
    const char *text;
    char sha1[41];
};
void redis_script_set(struct redis_script *script, const char *text);

struct redis_call {
    const struct redis_script *script; /* then `command` lacks its first two words; else NULL */
    struct redis_command command;
    bool (*fits)(const struct redis_reply *reply); /* whether it is an answer to this */
};

struct redis_figures {
    bool away;
    uint64_t calls;    /* that were answered */
    uint64_t failures; /* calls or connections that failed */
};

/* Makes no connection.  `place` is copied with its texts; what it holds (resolver, tls) is owned
 * from now on, also if this fails.  UNAVAILABLE: no memory. */
RESULT redis_pool_new(struct ctx *c, const struct redis_place *place, struct redis_pool **out);

/* No call is under way.  NULL is fine. */
void redis_pool_free(struct redis_pool *p);

/* Makes one call.  UNAVAILABLE if the server is away, or refuses; INVALID_FIELD as redis_link_open.
 * The log is told when it goes away, and when it is back. */
RESULT redis_pool_call(struct ctx *c, struct redis_pool *p, const struct redis_call *call,
                       struct redis_reply **out);

struct redis_figures redis_pool_figures(struct redis_pool *p);

#endif
