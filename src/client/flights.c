/* SPDX-License-Identifier: Apache-2.0 */
#include "client/flights.h"

#include "base/text.h"
#include "base/time.h"
#include "crypto/digest.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FAILURE_MAX = 2048 };

struct one {
    struct one *next;
    uint8_t key[DIGEST_SHA256];
    unsigned waiting;
    bool landed;
    enum err_code code;
    int64_t retry_after;
    char text[FAILURE_MAX];
};

struct flights {
    pthread_mutex_t lock;
    pthread_cond_t landed;
    struct one *first; /* in the air, or with somebody who has not yet heard of the landing */
};

struct flights *flights_new(void)
{
    struct flights *f = calloc(1, sizeof *f);
    pthread_condattr_t clock;
    if (f == NULL)
        return NULL;
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&f->lock, NULL);
    (void)pthread_cond_init(&f->landed, &clock);
    (void)pthread_condattr_destroy(&clock);
    return f;
}

void flights_free(struct flights *f)
{
    if (f == NULL)
        return;
    for (struct one *at = f->first; at != NULL;) {
        struct one *next = at->next;
        free(at);
        at = next;
    }
    (void)pthread_cond_destroy(&f->landed);
    (void)pthread_mutex_destroy(&f->lock);
    free(f);
}

static void digest_of(const char *key, uint8_t out[DIGEST_SHA256])
{
    sha256(bytes_of(key), out);
}

/* The one in the air; those that have landed are only for who waited. */
static struct one *find(struct flights *f, const uint8_t key[DIGEST_SHA256])
{
    struct one *at = f->first;
    while (at != NULL && (at->landed || !ct_equal((struct bytes){ at->key, DIGEST_SHA256 },
                                                  (struct bytes){ key, DIGEST_SHA256 })))
        at = at->next;
    return at;
}

static void forget(struct flights *f, struct one *gone)
{
    struct one **at = &f->first;
    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    free(gone);
}

/* With the lock held. */
static enum flight wait_for(struct ctx *c, struct flights *f, struct one *o, err *failed)
{
    int64_t deadline = time_monotonic_ms() + FLIGHT_WAIT_MS;
    struct timespec until = { .tv_sec = deadline / 1000,
                              .tv_nsec = (long)(deadline % 1000) * 1000000 };
    o->waiting++;
    while (!o->landed && pthread_cond_timedwait(&f->landed, &f->lock, &until) != ETIMEDOUT)
        continue;
    o->waiting--;
    enum flight told = FLIGHT_LANDED;
    if (o->landed && o->code != ERR_OK) {
        *failed = fail_at(c, o->code, __FILE__, __LINE__, "%s", o->text);
        c->fault.retry_after = o->retry_after;
        told = FLIGHT_FAILED;
    }
    if (o->landed && o->waiting == 0)
        forget(f, o);
    return told;
}

enum flight flight_board(struct ctx *c, struct flights *f, const char *key, err *failed)
{
    uint8_t digest[DIGEST_SHA256];
    digest_of(key, digest);
    enum flight told = FLIGHT_OURS;
    (void)pthread_mutex_lock(&f->lock);
    struct one *o = find(f, digest);
    if (o != NULL)
        told = wait_for(c, f, o, failed);
    else if ((o = calloc(1, sizeof *o)) != NULL) {
        memcpy(o->key, digest, sizeof digest);
        o->next = f->first;
        f->first = o;
    }
    /* Without memory everybody flies alone. */
    (void)pthread_mutex_unlock(&f->lock);
    return told;
}

void flight_land(struct ctx *c, struct flights *f, const char *key, err result)
{
    uint8_t digest[DIGEST_SHA256];
    digest_of(key, digest);
    (void)pthread_mutex_lock(&f->lock);
    struct one *o = find(f, digest);
    if (o != NULL) {
        o->landed = true;
        o->code = result.code;
        o->retry_after = result.code == ERR_OK ? 0 : c->fault.retry_after;
        if (result.code != ERR_OK && c->fault.text != NULL)
            (void)snprintf(o->text, sizeof o->text, "%s", c->fault.text);
        if (o->waiting == 0)
            forget(f, o);
    }
    (void)pthread_cond_broadcast(&f->landed);
    (void)pthread_mutex_unlock(&f->lock);
}
