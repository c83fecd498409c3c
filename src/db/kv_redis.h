/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_KV_REDIS_H
#define UAUTH_DB_KV_REDIS_H

/*
 * Short-lived values in a Redis server (6.0 or newer) that all nodes share; db/redis_url.h says how
 * its URL is written.  Each call is one round trip and one step of the server.  What is there
 * expires by the server's clock, so that nodes whose clocks differ agree.
 *
 * What Redis holds may be lost.  While the server is away, full, or no longer one that can be used:
 *
 *     COUNTER  is kept in this node's memory, and allows half of the limit (RL-11)
 *     KEPT     is kept in this node's memory
 *     STRICT   is refused (UNAVAILABLE)
 *     CACHE    holds nothing
 *
 * No call takes longer than REDIS_OPEN_MS and REDIS_CALL_MS together (db/redis_pool.h says how
 * seldom one takes that long).  kv_open does not connect: see kv_check.
 */

#include "db/kv.h"

extern const struct kv_driver kv_redis;

#endif
