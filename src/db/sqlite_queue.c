/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_queue.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { MS = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

enum place { PLACE_NONE, PLACE_WAITING, PLACE_RUNNING, PLACE_ANSWERED };

/* Each sleeps at a place of its own: those of a group that is answered do not meet at one lock. */
struct sqlite_waiter {
    sem_t answered;
    struct sqlite_waiter *next;
    struct sqlite_waiter *wakes; /* whom it wakes once it is woken; NULL: nobody */
    struct sqlite_unit *unit;
    _Atomic int place; /* enum place */
    bool low;
};

struct sqlite_queue {
    pthread_mutex_t mutex;
    pthread_cond_t submitted;
    struct sqlite_waiter *first, *last;
    bool closed;
};

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
    if (w == NULL || sem_init(&w->answered, 0, 0) == 0)
        return w;
    free(w);
    return NULL;
}

void sqlite_waiter_lower(struct sqlite_waiter *w)
{
    w->low = true;
}

void sqlite_waiter_free(struct sqlite_waiter *w)
{
    if (w == NULL)
        return;
    (void)sem_destroy(&w->answered);
    free(w);
}

struct sqlite_queue *sqlite_queue_new(void)
{
    struct sqlite_queue *q = calloc(1, sizeof *q);
    if (q == NULL ||
        (pthread_mutex_init(&q->mutex, NULL) == 0 && pthread_cond_init(&q->submitted, NULL) == 0))
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
    atomic_store(&waiter->place, PLACE_WAITING);
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
    atomic_store(&waiter->place, PLACE_NONE);
}

struct timespec sqlite_until(int64_t ms)
{
    struct timespec at;
    must(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
    int64_t ns = at.tv_nsec + ms % MS * NS_PER_MS;
    return (struct timespec){ .tv_sec = at.tv_sec + ms / MS + ns / NS_PER_S,
                              .tv_nsec = ns % NS_PER_S };
}

/* Whether the writer has not begun the unit, which is taken back then. */
static bool give_up(struct sqlite_queue *q, struct sqlite_waiter *waiter)
{
    lock(q);
    bool waits = atomic_load(&waiter->place) == PLACE_WAITING;
    if (waits)
        take_back(q, waiter);
    unlock(q);
    return waits;
}

/*
 * Waits until the unit is answered; false if it was not begun in time and has been taken back.
 * `place` is read only behind the semaphore: before, the writer may not have let go of the waiter.
 */
static bool wait_for_answer(struct sqlite_queue *q, struct sqlite_waiter *waiter)
{
    struct timespec until = sqlite_until(SQLITE_WAIT_MS);
    bool begun = false;
    while ((begun ? sem_wait(&waiter->answered)
                  : sem_clockwait(&waiter->answered, CLOCK_MONOTONIC, &until)) != 0) {
        must(errno == EINTR || errno == ETIMEDOUT);
        begun = begun || errno == ETIMEDOUT;
        if (begun && give_up(q, waiter))
            return false;
    }
    must(atomic_load(&waiter->place) == PLACE_ANSWERED);
    atomic_store(&waiter->place, PLACE_NONE);
    if (waiter->wakes != NULL)
        (void)sem_post(&waiter->wakes->answered);
    return true;
}

RESULT sqlite_submit(struct sqlite_queue *q, struct sqlite_waiter *waiter, struct sqlite_unit *unit)
{
    must(atomic_load(&waiter->place) == PLACE_NONE);
    waiter->unit = unit;
    unit->start = arena_mark(unit->c->arena);
    unit->before = unit->c->fault;
    lock(q);
    bool first = q->first == NULL;
    enqueue(q, waiter);
    unlock(q);
    if (first)
        (void)pthread_cond_signal(&q->submitted);
    if (!wait_for_answer(q, waiter))
        return fail(unit->c, UNAVAILABLE, "database: the writer did not get to it within %d ms",
                    SQLITE_WAIT_MS);
    return unit->result;
}

/* ---- for the writer ---- */

enum sqlite_work sqlite_queue_wait(struct sqlite_queue *q, int64_t ms)
{
    struct timespec until = sqlite_until(ms);
    int code = 0;
    lock(q);
    while (q->first == NULL && !q->closed && code == 0) {
        code = ms < 0 ? pthread_cond_wait(&q->submitted, &q->mutex)
                      : pthread_cond_clockwait(&q->submitted, &q->mutex, CLOCK_MONOTONIC, &until);
        must(code == 0 || code == ETIMEDOUT);
    }
    enum sqlite_work work = q->first != NULL ? SQLITE_WORK : q->closed ? SQLITE_OVER : SQLITE_IDLE;
    unlock(q);
    return work;
}

struct sqlite_waiter *sqlite_queue_take(struct sqlite_queue *q)
{
    lock(q);
    struct sqlite_waiter *group = q->first;
    for (struct sqlite_waiter *at = group; at != NULL; at = at->next)
        atomic_store(&at->place, PLACE_RUNNING);
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

void sqlite_group_start_over(struct sqlite_waiter *group)
{
    for (struct sqlite_waiter *at = group; at != NULL; at = at->next) {
        arena_rewind(at->unit->c->arena, at->unit->start);
        at->unit->c->fault = at->unit->before;
    }
}

/*
 * One wakes the next: the writer would lose the processor to nearly each that it woke, and all that
 * come would wait for it.  Who has a low priority, and may not run for long, is woken by the writer
 * and wakes nobody.
 */
static struct sqlite_waiter *first_of_chain(struct sqlite_waiter *group)
{
    struct sqlite_waiter *first = NULL;
    struct sqlite_waiter *last = NULL;
    for (struct sqlite_waiter *at = group; at != NULL; at = at->next) {
        at->wakes = NULL;
        if (at->low)
            continue;
        if (last != NULL)
            last->wakes = at;
        else
            first = at;
        last = at;
    }
    return first;
}

/* An answered waiter is its own again, but the first of the chain, which sleeps until all are. */
void sqlite_queue_answer(struct sqlite_waiter *group)
{
    struct sqlite_waiter *first = first_of_chain(group);
    for (struct sqlite_waiter *at = group, *next = NULL; at != NULL; at = next) {
        next = at->next;
        bool low = at->low;
        atomic_store(&at->place, PLACE_ANSWERED);
        if (low)
            (void)sem_post(&at->answered);
    }
    if (first != NULL)
        (void)sem_post(&first->answered);
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
