/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { MS = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

enum place { PLACE_NONE, PLACE_WAITING, PLACE_RUNNING, PLACE_ANSWERED };

struct sqlite_waiter {
    pthread_cond_t answered;
    struct sqlite_waiter *next;
    struct sqlite_unit *unit;
    enum place place;
};

struct sqlite_queue {
    pthread_mutex_t mutex;
    pthread_cond_t submitted;
    struct sqlite_waiter *first, *last;
    bool closed;
};

static bool cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    bool done = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(cond, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    return done;
}

static void lock(struct sqlite_queue *q)
{
    must(pthread_mutex_lock(&q->mutex) == 0);
}

static void unlock(struct sqlite_queue *q)
{
    must(pthread_mutex_unlock(&q->mutex) == 0);
}

struct sqlite_waiter *sqlite_waiter_new(void)
{
    struct sqlite_waiter *w = calloc(1, sizeof *w);
    if (w == NULL || cond_init(&w->answered))
        return w;
    free(w);
    return NULL;
}

void sqlite_waiter_free(struct sqlite_waiter *w)
{
    if (w == NULL)
        return;
    must(w->place == PLACE_NONE);
    (void)pthread_cond_destroy(&w->answered);
    free(w);
}

struct sqlite_queue *sqlite_queue_new(void)
{
    struct sqlite_queue *q = calloc(1, sizeof *q);
    if (q == NULL || (pthread_mutex_init(&q->mutex, NULL) == 0 && cond_init(&q->submitted)))
        return q;
    free(q);
    return NULL;
}

void sqlite_queue_free(struct sqlite_queue *q)
{
    if (q == NULL)
        return;
    must(q->first == NULL);
    (void)pthread_cond_destroy(&q->submitted);
    (void)pthread_mutex_destroy(&q->mutex);
    free(q);
}

/* ---- for submitters ---- */

static void enqueue(struct sqlite_queue *q, struct sqlite_waiter *waiter)
{
    waiter->next = NULL;
    waiter->place = PLACE_WAITING;
    if (q->last != NULL)
        q->last->next = waiter;
    else
        q->first = waiter;
    q->last = waiter;
}

static void take_back(struct sqlite_queue *q, struct sqlite_waiter *waiter)
{
    struct sqlite_waiter *before = NULL;
    for (struct sqlite_waiter *at = q->first; at != waiter; at = at->next)
        before = at;
    if (before == NULL)
        q->first = waiter->next;
    else
        before->next = waiter->next;
    if (q->last == waiter)
        q->last = before;
    waiter->place = PLACE_NONE;
}

static struct timespec deadline(int64_t ms)
{
    struct timespec at;
    must(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
    int64_t ns = at.tv_nsec + ms % MS * NS_PER_MS;
    return (struct timespec){ .tv_sec = at.tv_sec + ms / MS + ns / NS_PER_S,
                              .tv_nsec = ns % NS_PER_S };
}

/* Waits until the unit is answered; false if it was not begun in time and has been taken back. */
static bool wait_for_answer(struct sqlite_queue *q, struct sqlite_waiter *waiter)
{
    struct timespec until = deadline(SQLITE_WAIT_MS);
    while (waiter->place == PLACE_WAITING) {
        int woken = pthread_cond_timedwait(&waiter->answered, &q->mutex, &until);
        if (woken == ETIMEDOUT && waiter->place == PLACE_WAITING) {
            take_back(q, waiter);
            return false;
        }
    }
    while (waiter->place != PLACE_ANSWERED)
        must(pthread_cond_wait(&waiter->answered, &q->mutex) == 0);
    waiter->place = PLACE_NONE;
    return true;
}

RESULT sqlite_submit(struct sqlite_queue *q, struct sqlite_waiter *waiter, struct sqlite_unit *unit)
{
    must(waiter->place == PLACE_NONE);
    waiter->unit = unit;
    lock(q);
    if (q->first == NULL)
        (void)pthread_cond_signal(&q->submitted);
    enqueue(q, waiter);
    bool answered = wait_for_answer(q, waiter);
    unlock(q);
    if (!answered)
        return fail(unit->c, UNAVAILABLE, "database: the writer did not get to it within %d ms",
                    SQLITE_WAIT_MS);
    return unit->result;
}

/* ---- for the writer ---- */

bool sqlite_queue_wait(struct sqlite_queue *q)
{
    lock(q);
    while (q->first == NULL && !q->closed)
        must(pthread_cond_wait(&q->submitted, &q->mutex) == 0);
    bool some = q->first != NULL;
    unlock(q);
    return some;
}

struct sqlite_waiter *sqlite_queue_take(struct sqlite_queue *q)
{
    lock(q);
    struct sqlite_waiter *group = q->first;
    for (struct sqlite_waiter *at = group; at != NULL; at = at->next)
        at->place = PLACE_RUNNING;
    q->first = NULL;
    q->last = NULL;
    unlock(q);
    return group;
}

struct sqlite_unit *sqlite_group_unit(struct sqlite_waiter *at)
{
    return at->unit;
}

struct sqlite_waiter *sqlite_group_next(struct sqlite_waiter *at)
{
    return at->next;
}

void sqlite_queue_answer(struct sqlite_queue *q, struct sqlite_waiter *group)
{
    lock(q);
    for (struct sqlite_waiter *at = group, *next = NULL; at != NULL; at = next) {
        next = at->next;
        at->place = PLACE_ANSWERED;
        (void)pthread_cond_signal(&at->answered);
    }
    unlock(q);
}

bool sqlite_queue_is_empty(struct sqlite_queue *q)
{
    lock(q);
    bool empty = q->first == NULL;
    unlock(q);
    return empty;
}

void sqlite_queue_close(struct sqlite_queue *q)
{
    lock(q);
    q->closed = true;
    (void)pthread_cond_signal(&q->submitted);
    unlock(q);
}
