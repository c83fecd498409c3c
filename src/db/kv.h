/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_KV_H
#define UAUTH_DB_KV_H

/*
 * Short-lived values: counters, caches, what has been seen lately.  Only what may be lost or made
 * again (db/kv_families.def says for each family what its loss means); SQL is the truth.  One
 * object per process, shared by all threads; every call is one atomic step.  All calls use c->kv.
 *
 * The memory driver is always there, and expires by c->now.  A server that all nodes share
 * (db/kv_redis.h) expires by its own clock, and may be away: then counters and what is KEPT are
 * this node's own, a CACHE holds nothing, and STRICT families are refused with UNAVAILABLE.
 */

#include "base/ctx.h"

enum kv_family {
#define KV(name, keep, text, loss) KV_##name,
#include "db/kv_families.def"
#undef KV
    KV_FAMILIES
};

/* One row of kv_families.def. */
struct kv_family_row {
    const char *name; /* "limit" */
    const char *loss; /* what losing it means */
};
const struct kv_family_row *kv_family_row(enum kv_family family);

/* What becomes of it while a shared server is away: "each node keeps its own". */
const char *kv_family_away(enum kv_family family);

/* Lengths of values; KV_DOCUMENT may be as long as KV_VALUE_MAX, too. */
enum { KV_VALUE_MAX = 64 << 10 };

/*
 * The key of a tuple of texts in a family.  Distinct tuples have distinct keys: each part is
 * preceded by its length and NULL differs from "" (IN-12); the text is the family's name, ":" and a
 * SHA-256, so no key is long and none tells an address.
 */
struct kv_key {
    enum kv_family family;
    const char *text;
};
struct kv_key kv_key(struct ctx *c, enum kv_family family, const char *const *parts, size_t n);

/* KV_KEY(c, KV_LIMIT, "login", address) */
#define KV_KEY(c, family, ...)                                                                     \
    kv_key((c), (family), (const char *const[]){ __VA_ARGS__ },                                    \
           sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

/* `limit` (1 to 10^6) requests every `window` seconds (1 to 10^6), refilled evenly, all of them at
 * once if they were saved up. */
struct kv_rate {
    int64_t limit;
    int64_t window;
};
struct kv_taken {
    bool allowed;
    int64_t remaining;   /* how many more may be taken now */
    int64_t reset;       /* seconds until all of it is there again */
    int64_t retry_after; /* refused: seconds until `cost` is there (at least 1); else 0 */
};

/*
 * The generic cell rate algorithm: takes `cost` from the allowance of `key` if that much is there,
 * else takes nothing.  `cost` 0 looks; a negative `cost` gives back, never to more than the full
 * allowance, and is always allowed.  `key` is of a COUNTER family.
 */
RESULT kv_take(struct ctx *c, struct kv_key key, struct kv_rate rate, int64_t cost,
               struct kv_taken *out);

/* Keeps `value` for `ttl` seconds (at least 1) in place of what was there.  A CACHE may be gone
 * sooner. */
RESULT kv_set(struct ctx *c, struct kv_key key, const char *value, int64_t ttl);

/* kv_set if the key is not there; *added says whether it was not. */
RESULT kv_add(struct ctx *c, struct kv_key key, const char *value, int64_t ttl, bool *added);

/* The value in the arena, or NULL. */
RESULT kv_get(struct ctx *c, struct kv_key key, const char **value);

/* Removes it; also a counter.  It need not be there. */
RESULT kv_remove(struct ctx *c, struct kv_key key);

/*
 * Since when everything of the STRICT families is remembered, in Unix seconds.  Ask behind the
 * kv_add that it is about, which is when a shared server tells: what was made before this moment
 * (by a clock that may be ahead as far as its maker's may) could have been seen and forgotten.
 */
int64_t kv_born_at(struct kv *kv);

/*
 * Whether a shared server can be used now, for /readyz and the start; the memory driver always can.
 * UNAVAILABLE says why not; INVALID_FIELD (redis_url) what the operator has to mend: a wrong
 * password, a server that is none to use.  The service works without.
 */
RESULT kv_check(struct ctx *c);

struct kv_figures {
    bool is_shared; /* else nothing follows */
    bool is_away;
    uint64_t calls;    /* that the server answered */
    uint64_t failures; /* calls and connections that failed */
    uint64_t local;    /* calls that this node answered by itself instead */
};
void kv_figures(struct kv *kv, struct kv_figures *out);

struct kv_driver {
    RESULT (*open)(struct ctx *c, const char *url, struct kv **out);
    void (*close)(struct kv *kv);
    RESULT(*take)
    (struct ctx *c, struct kv_key key, struct kv_rate rate, int64_t cost, struct kv_taken *out);
    RESULT (*set)(struct ctx *c, struct kv_key key, const char *value, int64_t ttl);
    RESULT (*add)(struct ctx *c, struct kv_key key, const char *value, int64_t ttl, bool *added);
    RESULT (*get)(struct ctx *c, struct kv_key key, const char **value);
    RESULT (*remove)(struct ctx *c, struct kv_key key);
    RESULT (*check)(struct ctx *c);
    int64_t (*born_at)(struct kv *kv);
    void (*figures)(struct kv *kv, struct kv_figures *out);
};

/* Every kv begins so; the driver's own data follows. */
struct kv {
    const struct kv_driver *driver;
};

/* Opens the store of `url` ("" or "memory:": this process's memory) for the process.  INVALID_FIELD
 * for an unknown scheme, naming the known ones, or a URL that cannot be read. */
RESULT kv_open(struct ctx *c, const char *url, struct kv **out);
void kv_close(struct kv *kv); /* NULL is fine */

/* The keeping of a family, for drivers. */
enum kv_keep { KV_CACHE, KV_COUNTER, KV_KEPT, KV_STRICT };
enum kv_keep kv_keep(enum kv_family family);

/* What kv_take does to the theoretical arrival time of a key (0: never seen) at `now`, both in
 * microseconds, for drivers: the new one, and what to tell. */
int64_t kv_gcra(int64_t arrival, int64_t now, struct kv_rate rate, int64_t cost,
                struct kv_taken *out);

/* Microseconds from one request to the next. */
int64_t kv_interval(struct kv_rate rate);

#endif
