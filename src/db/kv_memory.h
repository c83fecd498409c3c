/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_KV_MEMORY_H
#define UAUTH_DB_KV_MEMORY_H

/*
 * Short-lived values in this process's memory: KV_SHARDS tables, each with a lock of its own and
 * its part of KV_MEMORY_BYTES.  When a shard is full, room is made in this order: what has expired,
 * caches (the least recently used first), counters far from their limit, counters near it (RL-04: a
 * flood of other names does not make the one under attack forgotten), and never what must be kept.
 */

#include "db/kv.h"

enum { KV_SHARDS = 16, KV_MEMORY_BYTES = 32 << 20 };

extern const struct kv_driver kv_memory;

/* One with room for `bytes` in all, instead of KV_MEMORY_BYTES.  UNAVAILABLE. */
RESULT kv_memory_open(struct ctx *c, size_t bytes, struct kv **out);

#endif
