/* SPDX-License-Identifier: Apache-2.0 */
#include "db/kv_redis.h"

#include "base/config.h"
#include "base/text.h"
#include "db/kv_memory.h"
#include "db/redis_pool.h"
#include "db/redis_scripts.h"
#include "net/resolver.h"

#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_AFTER = 1, RATE_WINDOW_MAX = 1000000 };

/* Names of ours in a server that others may use too. */
#define PREFIX "uauth:"
static const char key_born[] = PREFIX "born";

struct kv_in_redis {
    struct kv base;
    struct redis_pool *pool;
    struct kv *own; /* this node's memory, while the server is away */
    struct redis_script take, add;
    _Atomic int64_t born_at;
    _Atomic uint64_t local; /* calls that were answered from it */
};

static struct kv_in_redis *redis_of(struct kv *kv)
{
    return (struct kv_in_redis *)(void *)kv;
}

static const char *name_of(struct ctx *c, struct kv_key key)
{
    return text_printf(c->arena, PREFIX "%s", key.text);
}

static const char *number(struct ctx *c, int64_t n)
{
    return text_printf(c->arena, "%lld", (long long)n);
}

/* ---- what answers may look like ---- */

static bool is_taken(const struct redis_reply *reply)
{
    return redis_reply_is_numbers(reply, 3);
}

static bool is_added(const struct redis_reply *reply)
{
    return redis_reply_is_numbers(reply, 2);
}

static bool is_done(const struct redis_reply *reply)
{
    return reply->kind == REDIS_STATUS;
}

static bool is_done_or_not(const struct redis_reply *reply)
{
    return reply->kind == REDIS_STATUS || reply->kind == REDIS_NOTHING;
}

static bool is_value(const struct redis_reply *reply)
{
    return reply->kind == REDIS_NOTHING ||
           (reply->kind == REDIS_TEXT && strlen(reply->text) <= KV_VALUE_MAX);
}

static bool is_count(const struct redis_reply *reply)
{
    return reply->kind == REDIS_NUMBER;
}

/* ---- the server ---- */

static RESULT ask(struct ctx *c, const struct redis_call *call, struct redis_reply **out)
{
    return redis_pool_call(c, redis_of(c->kv)->pool, call, out);
}

static RESULT take_there(struct ctx *c, struct kv_key key, struct kv_rate rate, int64_t cost,
                         struct kv_taken *out)
{
    struct redis_reply *reply = NULL;
    int64_t interval = kv_interval(rate);
    const struct redis_call call = {
        &redis_of(c->kv)->take,
        REDIS_COMMAND("1", name_of(c, key), number(c, interval * cost),
                      number(c, interval * rate.limit)),
        is_taken,
    };
    TRY(ask(c, &call, &reply));
    int64_t from = reply->items[0]->number;
    int64_t now = reply->items[1]->number;
    if (kv_gcra(from, now, rate, cost, out) != reply->items[2]->number)
        return fail(c, UNAVAILABLE, "the server counts otherwise");
    return ok();
}

static RESULT set_there(struct ctx *c, struct kv_key key, const char *value, int64_t ttl)
{
    struct redis_reply *reply = NULL;
    const struct redis_call call = {
        NULL, REDIS_COMMAND("SET", name_of(c, key), value, "EX", number(c, ttl)), is_done
    };
    return ask(c, &call, &reply);
}

static RESULT add_cached(struct ctx *c, struct kv_key key, const char *value, int64_t ttl,
                         bool *added)
{
    struct redis_reply *reply = NULL;
    const struct redis_call call = {
        NULL, REDIS_COMMAND("SET", name_of(c, key), value, "EX", number(c, ttl), "NX"),
        is_done_or_not
    };
    TRY(ask(c, &call, &reply));
    *added = reply->kind == REDIS_STATUS;
    return ok();
}

static RESULT add_kept(struct ctx *c, struct kv_key key, const char *value, int64_t ttl,
                       bool *added)
{
    struct redis_reply *reply = NULL;
    struct kv_in_redis *r = redis_of(c->kv);
    const struct redis_call call = {
        &r->add, REDIS_COMMAND("2", name_of(c, key), key_born, value, number(c, ttl)), is_added
    };
    TRY(ask(c, &call, &reply));
    *added = reply->items[0]->number == 1;
    atomic_store(&r->born_at, reply->items[1]->number);
    return ok();
}

static RESULT add_there(struct ctx *c, struct kv_key key, const char *value, int64_t ttl,
                        bool *added)
{
    return kv_keep(key.family) == KV_CACHE ? add_cached(c, key, value, ttl, added)
                                           : add_kept(c, key, value, ttl, added);
}

static RESULT get_there(struct ctx *c, struct kv_key key, const char **value)
{
    struct redis_reply *reply = NULL;
    const struct redis_call call = { NULL, REDIS_COMMAND("GET", name_of(c, key)), is_value };
    TRY(ask(c, &call, &reply));
    *value = reply->kind == REDIS_NOTHING ? NULL : reply->text;
    return ok();
}

static RESULT remove_there(struct ctx *c, struct kv_key key)
{
    struct redis_reply *reply = NULL;
    const struct redis_call call = { NULL, REDIS_COMMAND("DEL", name_of(c, key)), is_count };
    return ask(c, &call, &reply);
}

/* ---- without the server ---- */

/* Puts an earlier failure aside, so that the one of this call is known. */
static struct fault put_aside(struct ctx *c)
{
    struct fault before = c->fault;
    fault_clear(c);
    return before;
}

/* Whether the server has done it; then the earlier failure is there again. */
static bool is_done_there(struct ctx *c, err done, const struct fault *before)
{
    if (done.code == ERR_OK)
        c->fault = *before;
    return done.code == ERR_OK;
}

/* What this node does by itself, once the server could not. */
struct instead {
    struct kv *shared;
    bool is_kept; /* in this node's memory, which is c->kv meanwhile */
};

static struct instead instead_begin(struct ctx *c, struct kv_key key, const struct fault *before)
{
    enum kv_keep keep = kv_keep(key.family);
    struct instead i = { c->kv, keep == KV_COUNTER || keep == KV_KEPT };
    struct kv_in_redis *r = redis_of(c->kv);
    if (keep == KV_STRICT)
        return i;
    c->fault = *before;
    (void)atomic_fetch_add(&r->local, 1);
    if (i.is_kept)
        c->kv = r->own;
    return i;
}

static void instead_end(struct ctx *c, struct instead i)
{
    c->kv = i.shared;
}

/* The failure of what nobody else can do. */
static RESULT refuse(struct ctx *c, const struct fault *before)
{
    const char *why = c->fault.text;
    c->fault = *before;
    bool first = before->code == ERR_OK;
    err failed = fail(c, UNAVAILABLE, "redis: %s", why == NULL ? "away" : why);
    if (first)
        c->fault.retry_after = RETRY_AFTER;
    return failed;
}

/* RL-11: at most half, in a moment and in the long run. */
static struct kv_rate half_of(struct kv_rate rate)
{
    if (rate.limit > 1)
        return (struct kv_rate){ rate.limit / 2, rate.window };
    int64_t window = rate.window * 2 < RATE_WINDOW_MAX ? rate.window * 2 : RATE_WINDOW_MAX;
    return (struct kv_rate){ 1, window };
}

/* ---- calls ---- */

static RESULT take(struct ctx *c, struct kv_key key, struct kv_rate rate, int64_t cost,
                   struct kv_taken *out)
{
    struct fault before = put_aside(c);
    if (is_done_there(c, take_there(c, key, rate, cost, out), &before))
        return ok();
    struct instead i = instead_begin(c, key, &before);
    err done = c->kv->driver->take(c, key, half_of(rate), cost, out);
    instead_end(c, i);
    return done;
}

static RESULT set(struct ctx *c, struct kv_key key, const char *value, int64_t ttl)
{
    struct fault before = put_aside(c);
    if (is_done_there(c, set_there(c, key, value, ttl), &before))
        return ok();
    if (kv_keep(key.family) == KV_STRICT)
        return refuse(c, &before);
    struct instead i = instead_begin(c, key, &before);
    err done = i.is_kept ? c->kv->driver->set(c, key, value, ttl) : ok();
    instead_end(c, i);
    return done;
}

static RESULT add(struct ctx *c, struct kv_key key, const char *value, int64_t ttl, bool *added)
{
    struct fault before = put_aside(c);
    if (is_done_there(c, add_there(c, key, value, ttl, added), &before))
        return ok();
    if (kv_keep(key.family) == KV_STRICT)
        return refuse(c, &before);
    struct instead i = instead_begin(c, key, &before);
    *added = false;
    err done = i.is_kept ? c->kv->driver->add(c, key, value, ttl, added) : ok();
    instead_end(c, i);
    return done;
}

static RESULT get(struct ctx *c, struct kv_key key, const char **value)
{
    struct fault before = put_aside(c);
    if (is_done_there(c, get_there(c, key, value), &before))
        return ok();
    if (kv_keep(key.family) == KV_STRICT)
        return refuse(c, &before);
    struct instead i = instead_begin(c, key, &before);
    *value = NULL;
    err done = i.is_kept ? c->kv->driver->get(c, key, value) : ok();
    instead_end(c, i);
    return done;
}

/* A cached value that could not be removed is still there when the server is back. */
static RESULT remove_key(struct ctx *c, struct kv_key key)
{
    struct fault before = put_aside(c);
    if (is_done_there(c, remove_there(c, key), &before))
        return ok();
    if (kv_keep(key.family) == KV_STRICT || kv_keep(key.family) == KV_CACHE)
        return refuse(c, &before);
    struct instead i = instead_begin(c, key, &before);
    err done = c->kv->driver->remove(c, key);
    instead_end(c, i);
    return done;
}

static RESULT check(struct ctx *c)
{
    struct redis_reply *reply = NULL;
    struct fault before = put_aside(c);
    const struct redis_call call = { NULL, REDIS_COMMAND("PING"), is_done };
    err done = ask(c, &call, &reply);
    if (is_done_there(c, done, &before))
        return ok();
    return done.code == ERR_INVALID_FIELD ? done : refuse(c, &before);
}

static int64_t born_at(struct kv *kv)
{
    return atomic_load(&redis_of(kv)->born_at);
}

static void figures(struct kv *kv, struct kv_figures *out)
{
    struct redis_figures figures = redis_pool_figures(redis_of(kv)->pool);
    *out = (struct kv_figures){ .is_shared = true,
                                .is_away = figures.away,
                                .calls = figures.calls,
                                .failures = figures.failures,
                                .local = atomic_load(&redis_of(kv)->local) };
}

/* ---- opening ---- */

static void close_redis(struct kv *kv)
{
    struct kv_in_redis *r = redis_of(kv);
    redis_pool_free(r->pool);
    kv_close(r->own);
    free(r);
}

static RESULT open_tls(struct ctx *c, SSL_CTX **out)
{
    const struct config *config = c->config;
    const struct redis_tls files = { config->outbound_ca, config->redis_cert, config->redis_key };
    return redis_tls_new(c, &files, out);
}

static RESULT open_place(struct ctx *c, const char *url, struct redis_place *place)
{
    TRY(redis_url_read(c, url, &place->url));
    if (place->url.tls)
        TRY(open_tls(c, &place->tls));
    place->resolver = place->url.path == NULL ? resolver_new(1) : NULL;
    if (place->resolver != NULL || place->url.path != NULL)
        return ok();
    SSL_CTX_free(place->tls);
    return fail(c, UNAVAILABLE, "redis: no thread for looking up names");
}

static RESULT open_pool(struct ctx *c, const char *url, struct kv_in_redis *r)
{
    struct redis_place place = { 0 };
    TRY(kv_memory_open(c, KV_MEMORY_BYTES, &r->own));
    TRY(open_place(c, url, &place));
    return redis_pool_new(c, &place, &r->pool);
}

static RESULT open_redis(struct ctx *c, const char *url, struct kv **out)
{
    struct kv_in_redis *r = calloc(1, sizeof *r);
    if (r == NULL)
        return fail(c, UNAVAILABLE, "redis: no memory to open it");
    r->base.driver = &kv_redis;
    atomic_store(&r->born_at, INT64_MAX); /* nothing is known of what was before */
    redis_script_set(&r->take, redis_lua_take);
    redis_script_set(&r->add, redis_lua_add);
    err opened = open_pool(c, url, r);
    if (opened.code != ERR_OK)
        close_redis(&r->base);
    else
        *out = &r->base;
    return opened;
}

const struct kv_driver kv_redis = {
    .open = open_redis,
    .close = close_redis,
    .take = take,
    .set = set,
    .add = add,
    .get = get,
    .remove = remove_key,
    .check = check,
    .born_at = born_at,
    .figures = figures,
};
