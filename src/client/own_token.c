/* SPDX-License-Identifier: Apache-2.0 */
#include "client/own_token.h"

#include "base/time.h"
#include "crypto/digest.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct entry {
    struct arena *arena;                           /* of what follows; wiped when it ends */
    const char *key;                               /* NULL: the place is free */
    const char *access_token, *token_type, *scope; /* NULL: there is none yet */
    int64_t expires_at, early_at, retry_at;
    uint64_t used;
    uint64_t rounds;      /* how often it was got, or not */
    enum err_code failed; /* what the last round came to */
    unsigned waiting;
    bool fetching;
};

struct own_tokens {
    pthread_mutex_t lock;
    pthread_cond_t fetched;
    uint64_t uses;
    struct entry at[OWN_TOKENS_MAX];
};

struct own_tokens *own_tokens_new(void)
{
    struct own_tokens *o = calloc(1, sizeof *o);
    if (o == NULL)
        return NULL;
    pthread_condattr_t clock;
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&o->lock, NULL);
    (void)pthread_cond_init(&o->fetched, &clock);
    (void)pthread_condattr_destroy(&clock);
    return o;
}

void own_tokens_free(struct own_tokens *o)
{
    if (o == NULL)
        return;
    for (size_t i = 0; i < OWN_TOKENS_MAX; i++)
        arena_end(o->at[i].arena);
    (void)pthread_cond_destroy(&o->fetched);
    (void)pthread_mutex_destroy(&o->lock);
    free(o);
}

/* ---- with the lock held ---- */

static struct entry *find(struct own_tokens *o, const char *key)
{
    for (size_t i = 0; i < OWN_TOKENS_MAX; i++)
        if (o->at[i].key != NULL && text_equal(o->at[i].key, key))
            return &o->at[i];
    return NULL;
}

/* In the place of the least recently used one for which nobody waits; NULL if there is none. */
static struct entry *make_entry(struct own_tokens *o, const char *key)
{
    struct entry *oldest = NULL;
    for (size_t i = 0; i < OWN_TOKENS_MAX; i++) {
        struct entry *e = &o->at[i];
        if (!e->fetching && e->waiting == 0 && (oldest == NULL || e->used < oldest->used))
            oldest = e;
    }
    struct arena *arena = oldest == NULL ? NULL : arena_new(0);
    if (arena == NULL)
        return NULL;
    arena_end(oldest->arena);
    *oldest = (struct entry){ .arena = arena, .key = text_keep(arena, key) };
    return oldest;
}

static bool is_good(const struct entry *e, int64_t now)
{
    return e->access_token != NULL && now < e->expires_at - OWN_TOKEN_SPARE;
}

static bool is_due(const struct entry *e, int64_t now)
{
    return !is_good(e, now) || (now >= e->early_at && now >= e->retry_at);
}

/* The token is taken over; an arena is made anew, so that what was there before is wiped. */
static void put(struct ctx *c, struct entry *e, const struct oauth_tokens *from)
{
    struct arena *arena = arena_new(0);
    int64_t life = from->expires_in;
    int64_t early = life / 5 < OWN_TOKEN_EARLY_MAX ? life / 5 : OWN_TOKEN_EARLY_MAX;
    if (arena == NULL)
        return;
    const char *key = text_keep(arena, e->key);
    arena_end(e->arena);
    e->arena = arena;
    e->key = key;
    e->access_token = text_keep(arena, from->access_token);
    e->token_type = text_keep(arena, from->token_type);
    e->scope = text_keep(arena, from->scope);
    e->expires_at = c->now + life;
    e->early_at = e->expires_at - early;
}

static void hand_out(struct ctx *c, const struct entry *e, struct oauth_tokens *out)
{
    *out = (struct oauth_tokens){ .access_token = text_keep(c->arena, e->access_token),
                                  .token_type = text_keep(c->arena, e->token_type),
                                  .scope = text_keep(c->arena, e->scope),
                                  .expires_in = e->expires_at - c->now };
}

static RESULT fetch(struct ctx *c, struct own_tokens *o, struct entry *e,
                    const struct own_token_maker *maker, struct oauth_tokens *out)
{
    e->fetching = true;
    (void)pthread_mutex_unlock(&o->lock);
    err made = maker->make(c, maker->arg, out);
    (void)pthread_mutex_lock(&o->lock);
    e->fetching = false;
    e->rounds++;
    e->failed = made.code;
    e->retry_at = c->now + OWN_TOKEN_RETRY;
    if (made.code == ERR_OK && out->expires_in > 0)
        put(c, e, out);
    (void)pthread_cond_broadcast(&o->fetched);
    return made;
}

/* A call has its own limit; this is for what comes on top of it. */
static void wait_for(struct own_tokens *o, struct entry *e)
{
    int64_t deadline = time_monotonic_ms() + (int64_t)4 * OAUTH_LIMIT_MS;
    struct timespec until = { .tv_sec = deadline / 1000,
                              .tv_nsec = (long)(deadline % 1000) * 1000000 };
    uint64_t round = e->rounds;
    e->waiting++;
    while (e->rounds == round && pthread_cond_timedwait(&o->fetched, &o->lock, &until) != ETIMEDOUT)
        continue;
    e->waiting--;
}

/* Whether the token at hand will do, after all that was waited for. */
static RESULT share(struct ctx *c, struct own_tokens *o, struct entry *e, struct oauth_tokens *out)
{
    if (!is_good(e, c->now) && e->fetching)
        wait_for(o, e);
    if (is_good(e, c->now)) {
        hand_out(c, e, out);
        return ok();
    }
    return e->failed == ERR_OK
               ? fail(c, UNAVAILABLE, "a token that another call has got cannot be kept")
               : fail(c, UNAVAILABLE, "the call that this one waited for got no token");
}

static RESULT bring(struct ctx *c, struct own_tokens *o, struct entry *e,
                    const struct own_token_maker *maker, struct oauth_tokens *out)
{
    if (e->fetching || !is_due(e, c->now))
        return share(c, o, e, out);
    err made = fetch(c, o, e, maker, out);
    if (made.code == ERR_OK || !is_good(e, c->now))
        return made;
    fault_clear(c);
    hand_out(c, e, out);
    return ok();
}

/* ---- */

RESULT own_token_get(struct ctx *c, struct own_tokens *o, const char *key,
                     const struct own_token_maker *maker, struct oauth_tokens *out)
{
    *out = (struct oauth_tokens){ 0 };
    (void)pthread_mutex_lock(&o->lock);
    struct entry *e = find(o, key);
    if (e == NULL)
        e = make_entry(o, key);
    if (e == NULL) {
        (void)pthread_mutex_unlock(&o->lock);
        return maker->make(c, maker->arg, out);
    }
    e->used = ++o->uses;
    err result = bring(c, o, e, maker, out);
    (void)pthread_mutex_unlock(&o->lock);
    return result;
}

void own_token_forget(struct own_tokens *o, const char *key, const char *access_token)
{
    (void)pthread_mutex_lock(&o->lock);
    struct entry *e = find(o, key);
    if (e != NULL && e->access_token != NULL &&
        ct_equal(bytes_of(e->access_token), bytes_of(access_token)))
        e->access_token = NULL;
    (void)pthread_mutex_unlock(&o->lock);
}
