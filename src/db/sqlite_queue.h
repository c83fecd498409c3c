/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_QUEUE_H
#define UAUTH_DB_SQLITE_QUEUE_H

/*
 * Units of work on their way to the writer, and their answers on the way back.
 *
 * A unit that is not begun within SQLITE_WAIT_MS is taken back by its submitter: UNAVAILABLE, and
 * it has not happened. One that has begun is waited for, so that what is answered is always what
 * became of it.
 */

#include "db/db.h"

#include <time.h>

enum { SQLITE_WAIT_MS = 5000 };

/* The moment in `ms`, by CLOCK_MONOTONIC. */
struct timespec sqlite_until(int64_t ms);

/* `fn`, or the statement `sql`.  Lives on its submitter's stack. */
struct sqlite_unit {
    struct ctx *c;
    db_unit *fn;
    void *arg;
    const char *sql;
    const struct param *params;
    size_t n;
    struct table table; /* what the statement found */
    err result;
    struct arena_mark start; /* where the arena was when it was submitted, */
    struct fault before;     /* and what had failed by then */
};

/* Where one submitter waits, with one unit at a time. */
struct sqlite_waiter;
struct sqlite_waiter *sqlite_waiter_new(void); /* NULL: no memory */
void sqlite_waiter_free(struct sqlite_waiter *w);
void sqlite_waiter_lower(struct sqlite_waiter *w); /* its thread has a low priority */

struct sqlite_queue;
struct sqlite_queue *sqlite_queue_new(void); /* NULL: no memory */
void sqlite_queue_free(struct sqlite_queue *q);

/* Hands `unit` to the writer and waits for its result. */
RESULT sqlite_submit(struct sqlite_queue *q, struct sqlite_waiter *waiter,
                     struct sqlite_unit *unit);

/* For the writer: waits until there is a unit, or for `ms` (below 0: without end); SQLITE_OVER when
 * there is none and the queue is closed. */
enum sqlite_work { SQLITE_WORK, SQLITE_IDLE, SQLITE_OVER };
enum sqlite_work sqlite_queue_wait(struct sqlite_queue *q, int64_t ms);

/* Takes all that wait, in their order, and has begun them. */
struct sqlite_waiter *sqlite_queue_take(struct sqlite_queue *q);
struct sqlite_unit *sqlite_group_unit(struct sqlite_waiter *at);
struct sqlite_waiter *sqlite_group_next(struct sqlite_waiter *at); /* NULL at the end */

/* For all of them all is as it was before they ran. */
void sqlite_group_start_over(struct sqlite_waiter *group);

/* Answers all of them with the results in their units. */
void sqlite_queue_answer(struct sqlite_waiter *group);

bool sqlite_queue_is_empty(struct sqlite_queue *q);

/* No unit comes any more. */
void sqlite_queue_close(struct sqlite_queue *q);

#endif
