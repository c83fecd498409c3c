/* SPDX-License-Identifier: Apache-2.0 */
#include "client/entra_throttle.h"

#include "base/time.h"
#include "crypto/digest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct kept {
    uint8_t key[DIGEST_SHA256];
    int status; /* 0: free */
    int64_t until;
    char *body;
    size_t body_n;
};

struct throttles {
    pthread_mutex_t lock;
    struct kept at[THROTTLES_MAX];
};

struct throttles *throttles_new(void)
{
    struct throttles *t = calloc(1, sizeof *t);
    if (t != NULL)
        (void)pthread_mutex_init(&t->lock, NULL);
    return t;
}

static void forget(struct kept *k)
{
    free(k->body);
    *k = (struct kept){ 0 };
}

void throttles_free(struct throttles *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < THROTTLES_MAX; i++)
        forget(&t->at[i]);
    (void)pthread_mutex_destroy(&t->lock);
    free(t);
}

/* With the lock held. */
static struct kept *find(struct throttles *t, const uint8_t key[DIGEST_SHA256])
{
    for (size_t i = 0; i < THROTTLES_MAX; i++)
        if (t->at[i].status != 0 && ct_equal((struct bytes){ t->at[i].key, DIGEST_SHA256 },
                                             (struct bytes){ key, DIGEST_SHA256 }))
            return &t->at[i];
    return NULL;
}

struct throttled throttle_find(struct ctx *c, struct throttles *t, struct bytes key)
{
    uint8_t digest[DIGEST_SHA256];
    struct throttled out = { 0 };
    sha256(key, digest);
    (void)pthread_mutex_lock(&t->lock);
    struct kept *k = find(t, digest);
    if (k != NULL && c->now < k->until) {
        out = (struct throttled){ .status = k->status, .left = k->until - c->now };
        if (k->body != NULL)
            out.body = (struct bytes){ arena_copy(c->arena, k->body, k->body_n), k->body_n };
    } else if (k != NULL)
        forget(k);
    (void)pthread_mutex_unlock(&t->lock);
    return out;
}

/* A free place, else the one whose time is up first. */
static struct kept *place(struct throttles *t)
{
    struct kept *first = &t->at[0];
    for (size_t i = 0; i < THROTTLES_MAX; i++) {
        if (t->at[i].status == 0)
            return &t->at[i];
        if (t->at[i].until < first->until)
            first = &t->at[i];
    }
    forget(first);
    return first;
}

void throttle_put(struct ctx *c, struct throttles *t, struct bytes key,
                  const struct throttled *answer, int64_t seconds)
{
    uint8_t digest[DIGEST_SHA256];
    sha256(key, digest);
    if (answer->body.n > THROTTLE_BODY_MAX)
        return;
    char *body = answer->body.n == 0 ? NULL : malloc(answer->body.n);
    if (body != NULL)
        memcpy(body, answer->body.at, answer->body.n);
    (void)pthread_mutex_lock(&t->lock);
    struct kept *k = find(t, digest);
    if (k != NULL)
        forget(k);
    k = place(t);
    memcpy(k->key, digest, sizeof digest);
    k->status = answer->status;
    k->until = time_add(c->now, seconds > THROTTLE_MAX ? THROTTLE_MAX : seconds);
    k->body = body;
    k->body_n = body == NULL ? 0 : answer->body.n;
    (void)pthread_mutex_unlock(&t->lock);
}

void throttle_clear(struct throttles *t, struct bytes key)
{
    uint8_t digest[DIGEST_SHA256];
    sha256(key, digest);
    (void)pthread_mutex_lock(&t->lock);
    struct kept *k = find(t, digest);
    if (k != NULL)
        forget(k);
    (void)pthread_mutex_unlock(&t->lock);
}
