/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"
#include "client/token_store.h"

#include <stdlib.h>
#include <string.h>

struct token_cache *token_cache_new(void)
{
    struct token_cache *cache = calloc(1, sizeof *cache);
    struct token_store *store = token_store_new();
    if (cache == NULL || store == NULL) {
        free(cache);
        token_store_free(store);
        return NULL;
    }
    (void)pthread_mutex_init(&cache->lock, NULL);
    cache->store = store;
    return cache;
}

void token_cache_free(struct token_cache *cache)
{
    if (cache == NULL)
        return;
    token_store_free(cache->store);
    (void)pthread_mutex_destroy(&cache->lock);
    free((void *)(uintptr_t)cache->path);
    free(cache);
}

/* ---- finding ---- */

/* The buckets where what `query` asks for can be: one, or all. */
static void buckets_of(const struct token_query *q, size_t *from, size_t *to)
{
    bool by_realm = q->kind == TOKEN_ACCESS || q->kind == TOKEN_ID;
    bool by_hash = q->user_assertion_hash != NULL && *q->user_assertion_hash != '\0';
    bool by_home = q->home_account_id != NULL && q->user_assertion_hash != NULL;
    bool known = q->kind == TOKEN_APP || (q->kind == TOKEN_ACCOUNT && q->home_account_id != NULL) ||
                 ((by_hash || by_home) && (!by_realm || q->realm != NULL));
    const struct token_entry like = { .kind = q->kind,
                                      .home_account_id = q->home_account_id,
                                      .realm = q->realm,
                                      .user_assertion_hash =
                                          by_hash ? q->user_assertion_hash : NULL };
    *from = known ? token_bucket(&like) : 0;
    *to = known ? *from + 1 : TOKEN_BUCKETS;
}

struct finding {
    const struct held_entry **at;
    size_t n, room;
};

static void add(struct arena *a, struct finding *f, const struct held_entry *held)
{
    if (f->n == f->room) {
        size_t room = f->room == 0 ? 8 : f->room * 2;
        const struct held_entry **at = ARENA_NEWS(a, const struct held_entry *, room);
        if (f->n > 0)
            memcpy(at, f->at, f->n * sizeof *at);
        f->at = at;
        f->room = room;
    }
    f->at[f->n++] = held;
}

static int newest_first(const void *a, const void *b)
{
    const struct held_entry *x = *(const struct held_entry *const *)a;
    const struct held_entry *y = *(const struct held_entry *const *)b;
    int64_t left = x->entry.last_modification_time, right = y->entry.last_modification_time;
    return left != right ? (left < right) - (left > right)
                         : (x->turn < y->turn) - (x->turn > y->turn);
}

struct token_entries token_cache_find(struct ctx *c, struct token_cache *cache,
                                      const struct token_query *query)
{
    struct finding f = { 0 };
    size_t from = 0;
    size_t to = 0;
    buckets_of(query, &from, &to);
    (void)pthread_mutex_lock(&cache->lock);
    for (size_t i = from; i < to; i++)
        for (struct held_entry *e = cache->store->buckets[query->kind][i]; e != NULL; e = e->next)
            if (token_entry_matches(&e->entry, query))
                add(c->arena, &f, e);
    if (f.n > 1)
        qsort(f.at, f.n, sizeof *f.at, newest_first);
    struct token_entry *out = ARENA_NEWS(c->arena, struct token_entry, f.n);
    for (size_t i = 0; i < f.n; i++)
        out[i] = token_entry_copy(c->arena, &f.at[i]->entry);
    (void)pthread_mutex_unlock(&cache->lock);
    return (struct token_entries){ out, f.n };
}

static bool is_good(const struct token_entry *e, int64_t now, int64_t leeway)
{
    return e->cached_at <= time_add(now, TOKEN_CACHED_AHEAD) && e->expires_on - leeway > now;
}

bool token_cache_hit(struct ctx *c, struct token_cache *cache, const struct token_query *query,
                     int64_t leeway, struct token_entry *out)
{
    size_t from = 0;
    size_t to = 0;
    bool found = false;
    must(query->kind == TOKEN_ACCESS);
    buckets_of(query, &from, &to);
    (void)pthread_mutex_lock(&cache->lock);
    for (size_t i = from; !found && i < to; i++)
        for (struct held_entry *e = cache->store->buckets[TOKEN_ACCESS][i]; !found && e != NULL;
             e = e->next) {
            found = token_entry_matches(&e->entry, query) && is_good(&e->entry, c->now, leeway);
            if (found)
                *out = token_entry_copy(c->arena, &e->entry);
        }
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

/* ---- changing ---- */

RESULT token_cache_apply(struct ctx *c, struct token_cache *cache,
                         const struct token_change *changes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct token_change *change = &changes[i];
        cache->changed = true;
        if (change->removed != NULL) {
            (void)token_store_remove(cache->store, change->removed, change->secret);
            continue;
        }
        if (!token_store_put(cache->store, change->put, token_key(c->arena, change->put)))
            return fail(c, UNAVAILABLE, "there is no memory for a token");
    }
    return ok();
}

RESULT token_cache_change(struct ctx *c, struct token_cache *cache,
                          const struct token_change *changes, size_t n)
{
    (void)pthread_mutex_lock(&cache->lock);
    err e = cache->path == NULL ? token_cache_apply(c, cache, changes, n)
                                : token_file_change(c, cache, changes, n);
    (void)pthread_mutex_unlock(&cache->lock);
    return e;
}

RESULT token_cache_sync(struct ctx *c, struct token_cache *cache)
{
    if (cache->path == NULL)
        return ok();
    (void)pthread_mutex_lock(&cache->lock);
    err e = token_file_sync(c, cache);
    (void)pthread_mutex_unlock(&cache->lock);
    return e;
}

RESULT token_cache_read(struct ctx *c, struct token_cache *cache, struct bytes json)
{
    struct token_store *store = NULL;
    TRY(token_store_read(c, json, &store));
    (void)pthread_mutex_lock(&cache->lock);
    token_store_free(cache->store);
    cache->store = store;
    cache->changed = false;
    (void)pthread_mutex_unlock(&cache->lock);
    return ok();
}

const char *token_cache_write(struct ctx *c, struct token_cache *cache)
{
    (void)pthread_mutex_lock(&cache->lock);
    const char *json = token_store_write(c, cache->store);
    cache->changed = false;
    (void)pthread_mutex_unlock(&cache->lock);
    return json;
}

bool token_cache_has_changed(struct token_cache *cache)
{
    (void)pthread_mutex_lock(&cache->lock);
    bool changed = cache->changed;
    (void)pthread_mutex_unlock(&cache->lock);
    return changed;
}
