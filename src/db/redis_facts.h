/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_REDIS_FACTS_H
#define UAUTH_DB_REDIS_FACTS_H

/*
 * What a Redis server says of itself (INFO), and whether it is one that can be used.
 */

#include "base/ctx.h"

enum { REDIS_VERSION_MIN = 6 };

struct redis_facts {
    const char *version;     /* "7.0.15" */
    const char *mode;        /* "standalone", "sentinel", "cluster" */
    bool is_cluster;         /* a part of one */
    bool is_replica;         /* cannot be written to */
    bool is_loading;         /* reads its data from disk */
    bool may_evict;          /* throws away what has not expired when its memory is used up */
    const char *evicts_what; /* "allkeys-lru" */
};

/* Reads the lines of `info`; what is missing there is "" or false. */
void redis_facts_read(struct ctx *c, const char *info, struct redis_facts *out);

/* INFO of something that is no server to use at all: INVALID_FIELD (redis_url), saying why; of one
 * that cannot be used now: UNAVAILABLE. */
RESULT redis_facts_check(struct ctx *c, const struct redis_facts *facts);

#endif
