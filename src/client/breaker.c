/* SPDX-License-Identifier: Apache-2.0 */
#include "client/breaker.h"

#include "base/text.h"
#include "base/time.h"

#include <pthread.h>
#include <string.h>

struct breaker {
    char name[BREAKER_NAME_MAX + 1];
    int64_t failures; /* in a row */
    int64_t failed;
    int64_t until; /* refused before this time; 0: closed */
};

struct breakers {
    pthread_mutex_t lock;
    size_t n;
    struct breaker at[BREAKERS_MAX];
};

struct breakers *breakers_new(struct arena *a)
{
    struct breakers *b = ARENA_NEW(a, struct breakers);
    (void)pthread_mutex_init(&b->lock, NULL);
    return b;
}

void breakers_free(struct breakers *b)
{
    (void)pthread_mutex_destroy(&b->lock);
}

/* With the lock held; NULL: there is no room for another name. */
static struct breaker *find(struct breakers *b, const char *name)
{
    for (size_t i = 0; i < b->n; i++)
        if (text_equal(b->at[i].name, name))
            return &b->at[i];
    if (b->n == BREAKERS_MAX || strlen(name) > BREAKER_NAME_MAX)
        return NULL;
    struct breaker *made = &b->at[b->n++];
    memcpy(made->name, name, strlen(name) + 1);
    return made;
}

/* A clock that has gone back does not make it longer. */
static bool is_open(const struct breaker *one, int64_t now)
{
    return one->until > now && one->until <= time_add(now, BREAKER_SECONDS_MAX);
}

RESULT breaker_check(struct ctx *c, struct breakers *b, const char *name)
{
    int64_t wait = 0;
    (void)pthread_mutex_lock(&b->lock);
    struct breaker *one = find(b, name);
    if (one != NULL && is_open(one, c->now))
        wait = one->until - c->now;
    else if (one != NULL && one->until != 0)
        one->until = time_add(c->now, BREAKER_SECONDS); /* this caller tries, others wait */
    (void)pthread_mutex_unlock(&b->lock);
    if (wait == 0)
        return ok();
    err refused = fail(c, UNAVAILABLE, "%s has not answered lately and is not called", name);
    c->fault.retry_after = wait;
    return refused;
}

void breaker_done(struct ctx *c, struct breakers *b, const char *name)
{
    (void)c;
    (void)pthread_mutex_lock(&b->lock);
    struct breaker *one = find(b, name);
    if (one != NULL) {
        one->failures = 0;
        one->until = 0;
    }
    (void)pthread_mutex_unlock(&b->lock);
}

void breaker_failed(struct ctx *c, struct breakers *b, const char *name, int64_t retry_after)
{
    int64_t seconds = retry_after > 0 ? retry_after : BREAKER_SECONDS;
    if (seconds > BREAKER_SECONDS_MAX)
        seconds = BREAKER_SECONDS_MAX;
    (void)pthread_mutex_lock(&b->lock);
    struct breaker *one = find(b, name);
    if (one != NULL) {
        one->failures++;
        one->failed++;
        if (retry_after > 0 || one->failures >= BREAKER_FAILURES)
            one->until = time_add(c->now, seconds);
    }
    (void)pthread_mutex_unlock(&b->lock);
}

struct breaker_states breakers_state(struct ctx *c, struct breakers *b)
{
    struct breaker_state *states = ARENA_NEWS(c->arena, struct breaker_state, BREAKERS_MAX);
    (void)pthread_mutex_lock(&b->lock);
    size_t n = b->n;
    for (size_t i = 0; i < n; i++) {
        const struct breaker *one = &b->at[i];
        states[i] =
            (struct breaker_state){ .name = text_copy(c->arena, one->name, strlen(one->name)),
                                    .open = is_open(one, c->now),
                                    .failures = one->failures,
                                    .failed = one->failed };
    }
    (void)pthread_mutex_unlock(&b->lock);
    return (struct breaker_states){ states, n };
}
