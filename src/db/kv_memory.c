/* SPDX-License-Identifier: Apache-2.0 */
#include "db/kv_memory.h"

#include "base/random.h"
#include "base/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096, LOOK_AHEAD = 16, MICROS = 1000000 };

/* In the order in which they go. */
enum list { LIST_CACHE, LIST_COLD, LIST_HOT, LIST_KEPT, LISTS };

struct entry {
    struct entry *chain;         /* of the bucket */
    struct entry *older, *newer; /* of the list */
    uint64_t hash;
    enum list list;
    int64_t expires_at; /* seconds */
    int64_t arrival;    /* counters: theoretical arrival time, microseconds */
    int64_t full; /* counters: when half of the allowance would be there again, microseconds */
    size_t bytes;
    const char *value; /* inside text, after the key */
    char text[];
};

struct shard {
    pthread_mutex_t mutex;
    size_t bytes, kept_bytes;
    struct entry *oldest[LISTS], *newest[LISTS];
    struct entry *buckets[BUCKETS];
};

struct kv_in_memory {
    struct kv base;
    int64_t born_at;
    size_t room;   /* of one shard */
    uint64_t seed; /* so that nobody outside can choose keys of one bucket */
    struct shard shards[KV_SHARDS];
};

static struct kv_in_memory *memory_of(struct kv *kv)
{
    return (struct kv_in_memory *)(void *)kv;
}

/* The key ends in a SHA-256, so its characters are as good as random; the seed keeps them secret.
 */
static uint64_t hash_of(const struct kv_in_memory *m, const char *key)
{
    uint64_t hash = m->seed;
    for (; *key != '\0'; key++)
        hash = (hash ^ (unsigned char)*key) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

static struct shard *shard_enter(struct kv_in_memory *m, uint64_t hash)
{
    struct shard *s = &m->shards[hash % KV_SHARDS];
    must(pthread_mutex_lock(&s->mutex) == 0);
    return s;
}

static void shard_leave(struct shard *s)
{
    must(pthread_mutex_unlock(&s->mutex) == 0);
}

/* ---- lists: from the longest untouched to the one touched last ---- */

static void list_leave(struct shard *s, struct entry *e)
{
    if (e->older != NULL)
        e->older->newer = e->newer;
    else
        s->oldest[e->list] = e->newer;
    if (e->newer != NULL)
        e->newer->older = e->older;
    else
        s->newest[e->list] = e->older;
}

static void list_enter(struct shard *s, struct entry *e, enum list list)
{
    e->list = list;
    e->newer = NULL;
    e->older = s->newest[list];
    if (e->older != NULL)
        e->older->newer = e;
    else
        s->oldest[list] = e;
    s->newest[list] = e;
}

static void touch(struct shard *s, struct entry *e, enum list list)
{
    list_leave(s, e);
    list_enter(s, e, list);
}

/* ---- entries ---- */

static struct entry **bucket_of(struct shard *s, uint64_t hash)
{
    return &s->buckets[hash / KV_SHARDS % BUCKETS];
}

static void entry_drop(struct shard *s, struct entry *e)
{
    struct entry **at = bucket_of(s, e->hash);
    while (*at != e)
        at = &(*at)->chain;
    *at = e->chain;
    list_leave(s, e);
    s->bytes -= e->bytes;
    s->kept_bytes -= e->list == LIST_KEPT ? e->bytes : 0;
    explicit_bzero(e, e->bytes); /* a value may be somebody's session */
    free(e);
}

/* The live entry of a key; one that has expired goes. */
static struct entry *entry_find(struct shard *s, uint64_t hash, const char *key, int64_t now)
{
    for (struct entry *e = *bucket_of(s, hash); e != NULL; e = e->chain) {
        if (e->hash != hash || !text_equal(e->text, key))
            continue;
        if (e->expires_at > now)
            return e;
        entry_drop(s, e);
        return NULL;
    }
    return NULL;
}

/* ---- room ---- */

/* Whether a hot counter has cooled down to half of its allowance. */
static bool is_cool(const struct entry *e, int64_t now)
{
    return e->full <= now * MICROS;
}

static bool drop_expired(struct shard *s, enum list list, int64_t now)
{
    struct entry *e = s->oldest[list];
    for (size_t i = 0; i < LOOK_AHEAD && e != NULL; i++, e = e->newer) {
        if (e->expires_at <= now || (list == LIST_HOT && is_cool(e, now))) {
            entry_drop(s, e);
            return true;
        }
    }
    return false;
}

static bool drop_one(struct shard *s, int64_t now)
{
    for (unsigned list = 0; list < LISTS; list++) {
        if (drop_expired(s, (enum list)list, now))
            return true;
    }
    for (unsigned list = LIST_CACHE; list < LIST_KEPT; list++) {
        if (s->oldest[list] != NULL) {
            entry_drop(s, s->oldest[list]);
            return true;
        }
    }
    return false;
}

/* What must be kept gets at most half, so that it cannot take the counters' place. */
static bool may_keep(const struct kv_in_memory *m, struct shard *s, size_t bytes, int64_t now)
{
    while (s->kept_bytes + bytes > m->room / 2) {
        if (!drop_expired(s, LIST_KEPT, now))
            return false;
    }
    return true;
}

static bool make_room(const struct kv_in_memory *m, struct shard *s, size_t bytes, int64_t now)
{
    while (s->bytes + bytes > m->room) {
        if (!drop_one(s, now))
            return false;
    }
    return true;
}

static enum list list_of(enum kv_keep keep)
{
    switch (keep) {
    case KV_CACHE:
        return LIST_CACHE;
    case KV_COUNTER:
        return LIST_COLD;
    case KV_KEPT:
    case KV_STRICT:
        break;
    }
    return LIST_KEPT;
}

/* A new entry, or NULL if there is no room for it. */
static struct entry *entry_add(struct ctx *c, struct shard *s, uint64_t hash, struct kv_key key,
                               const char *value)
{
    size_t key_n = strlen(key.text) + 1;
    size_t value_n = strlen(value) + 1;
    size_t bytes = sizeof(struct entry) + key_n + value_n;
    enum list list = list_of(kv_keep(key.family));
    if (list == LIST_KEPT && !may_keep(memory_of(c->kv), s, bytes, c->now))
        return NULL;
    if (!make_room(memory_of(c->kv), s, bytes, c->now))
        return NULL;
    struct entry *e = calloc(1, bytes);
    if (e == NULL)
        return NULL;
    e->hash = hash;
    e->bytes = bytes;
    memcpy(e->text, key.text, key_n);
    memcpy(e->text + key_n, value, value_n);
    e->value = e->text + key_n;
    struct entry **bucket = bucket_of(s, hash);
    e->chain = *bucket;
    *bucket = e;
    s->bytes += bytes;
    s->kept_bytes += list == LIST_KEPT ? bytes : 0;
    list_enter(s, e, list);
    return e;
}

static RESULT full(struct ctx *c, struct kv_key key)
{
    return fail(c, UNAVAILABLE, "kv: no room for another %s", kv_family_row(key.family)->name);
}

/* ---- calls ---- */

/* Hot is what has used more than half; it stays longer when memory is short. */
static void note_arrival(struct ctx *c, struct shard *s, struct entry *e, struct kv_rate rate,
                         int64_t arrival)
{
    int64_t half = rate.window * MICROS / 2;
    e->arrival = arrival;
    e->full = arrival - half;
    e->expires_at = arrival / MICROS + 1;
    touch(s, e, is_cool(e, c->now) ? LIST_COLD : LIST_HOT);
}

static RESULT take(struct ctx *c, struct kv_key key, struct kv_rate rate, int64_t cost,
                   struct kv_taken *out)
{
    uint64_t hash = hash_of(memory_of(c->kv), key.text);
    struct shard *s = shard_enter(memory_of(c->kv), hash);
    struct entry *e = entry_find(s, hash, key.text, c->now);
    int64_t before = e == NULL ? 0 : e->arrival;
    int64_t after = kv_gcra(before, c->now * MICROS, rate, cost, out);
    /* What has its full allowance need not be remembered. */
    if (e == NULL && after > c->now * MICROS)
        e = entry_add(c, s, hash, key, "");
    bool forgotten = e == NULL && after > c->now * MICROS;
    if (e != NULL)
        note_arrival(c, s, e, rate, after);
    shard_leave(s);
    return forgotten ? full(c, key) : ok();
}

static RESULT put(struct ctx *c, struct kv_key key, const char *value, int64_t ttl, bool *added)
{
    uint64_t hash = hash_of(memory_of(c->kv), key.text);
    struct shard *s = shard_enter(memory_of(c->kv), hash);
    struct entry *e = entry_find(s, hash, key.text, c->now);
    bool was_there = e != NULL;
    if (was_there && added == NULL)
        entry_drop(s, e);
    if (!was_there || added == NULL) {
        e = entry_add(c, s, hash, key, value);
        if (e != NULL)
            e->expires_at = c->now + ttl;
    }
    bool stored = e != NULL;
    shard_leave(s);
    if (added != NULL)
        *added = !was_there;
    /* A cache that has no room has merely forgotten. */
    return stored || kv_keep(key.family) == KV_CACHE ? ok() : full(c, key);
}

static RESULT set(struct ctx *c, struct kv_key key, const char *value, int64_t ttl)
{
    return put(c, key, value, ttl, NULL);
}

static RESULT get(struct ctx *c, struct kv_key key, const char **value)
{
    uint64_t hash = hash_of(memory_of(c->kv), key.text);
    struct shard *s = shard_enter(memory_of(c->kv), hash);
    struct entry *e = entry_find(s, hash, key.text, c->now);
    *value = e == NULL ? NULL : text_copy(c->arena, e->value, strlen(e->value));
    if (e != NULL && e->list == LIST_CACHE)
        touch(s, e, LIST_CACHE);
    shard_leave(s);
    return ok();
}

static RESULT remove_key(struct ctx *c, struct kv_key key)
{
    uint64_t hash = hash_of(memory_of(c->kv), key.text);
    struct shard *s = shard_enter(memory_of(c->kv), hash);
    struct entry *e = entry_find(s, hash, key.text, c->now);
    if (e != NULL)
        entry_drop(s, e);
    shard_leave(s);
    return ok();
}

static RESULT check(struct ctx *c)
{
    (void)c;
    return ok();
}

static int64_t born_at(struct kv *kv)
{
    return memory_of(kv)->born_at;
}

static void figures(struct kv *kv, struct kv_figures *out)
{
    (void)kv;
    *out = (struct kv_figures){ .is_shared = false };
}

static void close_memory(struct kv *kv)
{
    struct kv_in_memory *m = memory_of(kv);
    for (size_t i = 0; i < KV_SHARDS; i++) {
        struct shard *s = &m->shards[i];
        for (unsigned list = 0; list < LISTS; list++) {
            /* entry_drop moves `oldest` on, which the analyser does not follow. */
            while (s->oldest[list] != NULL)
                entry_drop(s, s->oldest[list]); /* NOLINT(clang-analyzer-unix.Malloc) */
        }
        (void)pthread_mutex_destroy(&s->mutex);
    }
    free(m);
}

RESULT kv_memory_open(struct ctx *c, size_t bytes, struct kv **out)
{
    struct kv_in_memory *m = calloc(1, sizeof *m);
    if (m == NULL)
        return fail(c, UNAVAILABLE, "kv: no memory");
    m->base.driver = &kv_memory;
    m->born_at = c->now;
    m->room = bytes / KV_SHARDS;
    random_fill(c->random, &m->seed, sizeof m->seed);
    for (size_t i = 0; i < KV_SHARDS; i++)
        must(pthread_mutex_init(&m->shards[i].mutex, NULL) == 0);
    *out = &m->base;
    return ok();
}

static RESULT open_memory(struct ctx *c, const char *url, struct kv **out)
{
    (void)url;
    return kv_memory_open(c, KV_MEMORY_BYTES, out);
}

const struct kv_driver kv_memory = {
    .open = open_memory,
    .close = close_memory,
    .take = take,
    .set = set,
    .add = put,
    .get = get,
    .remove = remove_key,
    .check = check,
    .born_at = born_at,
    .figures = figures,
};
