/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_REDIS_LINK_H
#define UAUTH_DB_REDIS_LINK_H

/*
 * One connection to a Redis server (6.0 or newer, one that can be written to): how it is made, and
 * one round trip.  Belongs to one thread at a time.  After a failure it is of no use: answers that
 * are still to come could be taken for those of another call (ME-14).
 */

#include "db/redis_facts.h"
#include "db/redis_reply.h"
#include "db/redis_socket.h"

#include <stdatomic.h>

enum { REDIS_OPEN_MS = 1000, REDIS_CALL_MS = 500, REDIS_WORDS_MAX = 10 };

struct redis_link;

/* A command and its parameters. */
struct redis_command {
    size_t n;
    const char *words[REDIS_WORDS_MAX];
};
#define REDIS_COMMAND(...)                                                                         \
    ((struct redis_command){ sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *),  \
                             { __VA_ARGS__ } })

/*
 * Connects, signs in and looks at the server, within REDIS_OPEN_MS.  INVALID_FIELD (redis_url) for
 * what will not mend by itself: a wrong password, a certificate that does not do, a server that is
 * too old, a part of a cluster, or Sentinel.  UNAVAILABLE for everything else, also a replica,
 * which cannot be written to.  `tag` counts the calls of all links of a process.
 */
RESULT redis_link_open(struct ctx *c, const struct redis_place *place, _Atomic uint64_t *tag,
                       struct redis_link **out, struct redis_facts *facts);
void redis_link_close(struct redis_link *l); /* NULL is fine */

/* Whether it can be used: nobody has closed it, and nothing is left over.  Asks nobody. */
bool redis_link_is_quiet(const struct redis_link *l);

/*
 * One round trip: sends the command and reads its answer, within REDIS_CALL_MS.  A command that the
 * server refuses is an answer, too (REDIS_ERROR).  Each call carries a number that has to come
 * back with the answer, so that no answer is taken for another call's.  UNAVAILABLE.
 */
RESULT redis_link_call(struct ctx *c, struct redis_link *l, const struct redis_command *command,
                       struct redis_reply **out);

#endif
