/* SPDX-License-Identifier: Apache-2.0 */
#include "db/postgres_worker.h"

#include "base/time.h"
#include "db/db_postgres.h"
#include "db/postgres_link.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    ALONE_MS = 15 * 60 * 1000,
    ROLLBACK_MS = 1000,
    LINKS_MAX = 2, /* how often a call may ask for a new connection */
    PAUSE_STEPS = 6,
    TURNS_AFTER = 2, /* conflicts */
    AGAIN_MS = 1000, /* what has less time left is not begun again */
};

static const char begin[] = "BEGIN ISOLATION LEVEL SERIALIZABLE";
static const char commit[] = "COMMIT";
static const char rollback[] = "ROLLBACK";
static const char part_begin[] = "SAVEPOINT part";
static const char part_end[] = "RELEASE SAVEPOINT part";
static const char part_undo[] = "ROLLBACK TO SAVEPOINT part";

/* For db_alone. */
static const char *const be_alone[] = {
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL lock_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
};
static const char sql_alone[] = "SELECT pg_advisory_xact_lock(1969321332)"; /* "uaut" */

/* A connection, and the transaction that is open on it. */
struct postgres_worker {
    struct postgres_server server;
    struct db *tx;
    struct postgres_link *link; /* NULL: lost */
    int64_t linked_ms;          /* since when */
    enum postgres_fate fate;    /* of the last call */

    bool is_open;
    bool broken; /* a statement failed and nobody has undone its part */
    int64_t deadline_ms;
    const char *due[POSTGRES_BEFORE_MAX]; /* what goes before the next statement */
    size_t due_n;
};

/* ---- the connection ---- */

static void drop_link(struct postgres_worker *w)
{
    postgres_link_close(w->link);
    w->link = NULL;
}

/* What has forgotten one connection without a word has forgotten the others of that time, too. */
static bool is_linked(const struct postgres_worker *w)
{
    return w->link != NULL && w->linked_ms > atomic_load(&w->server.gate->silent_ms) &&
           postgres_link_is_alive(w->link);
}

/* Sees to it that there is a connection. */
static RESULT ready(struct ctx *c, struct postgres_worker *w, int64_t deadline_ms)
{
    if (is_linked(w))
        return ok();
    drop_link(w);
    w->fate = POSTGRES_REFUSED;
    struct postgres_gate *gate = w->server.gate;
    if (!postgres_gate_enter(gate, time_monotonic_ms()))
        return postgres_unavailable(c, "the server cannot be reached");
    err opened = postgres_link_open(c, w->server.url, deadline_ms, &w->link);
    w->linked_ms = time_monotonic_ms();
    postgres_gate_tell(gate, opened.code == ERR_OK, w->linked_ms);
    return opened;
}

/* A write that the server could not do makes db_check look closer; one that it did ends that. */
static void note_health(struct postgres_worker *w, err done, bool wrote)
{
    if (done.code == ERR_UNAVAILABLE && w->fate == POSTGRES_REFUSED)
        atomic_store(&w->server.gate->ailing, true);
    else if (wrote && done.code == ERR_OK && atomic_load(&w->server.gate->ailing))
        atomic_store(&w->server.gate->ailing, false);
}

static RESULT make_call(struct ctx *c, struct postgres_worker *w, const struct postgres_call *call,
                        struct table *out)
{
    err done = postgres_link_call(c, w->link, call, out, &w->fate);
    if (w->fate != POSTGRES_GONE && w->fate != POSTGRES_UNKNOWN)
        return done;
    if (time_monotonic_ms() >= call->deadline_ms)
        atomic_store(&w->server.gate->silent_ms, call->deadline_ms - POSTGRES_CALL_MS);
    drop_link(w);
    return done;
}

/* ---- running again ---- */

struct attempts {
    struct fault fault; /* of before */
    struct arena_mark mark;
    int64_t deadline_ms;
    unsigned conflicts, links;
    bool has_turn;
};

static struct attempts attempts_begin(struct ctx *c)
{
    return (struct attempts){ .fault = c->fault,
                              .mark = arena_mark(c->arena),
                              .deadline_ms = time_monotonic_ms() + POSTGRES_CALL_MS };
}

/* Up to 1 ms first, up to 64 ms later, so that those who met do not meet again. */
static void pause_briefly(const struct postgres_worker *w, unsigned conflicts)
{
    unsigned steps = conflicts < PAUSE_STEPS ? conflicts : PAUSE_STEPS;
    uint64_t dice = ((uint64_t)time_monotonic_us() ^ (uintptr_t)w) * UINT64_C(0x9e3779b97f4a7c15);
    (void)usleep((useconds_t)((dice >> 32) % (UINT64_C(1000) << steps)));
}

static void give_turn(const struct postgres_worker *w, struct attempts *a)
{
    if (a->has_turn)
        postgres_turn_give(w->server.gate);
    a->has_turn = false;
}

/* Lets those go first who are in each other's way; from the second time on, one after another. */
static void wait_for_others(const struct postgres_worker *w, struct attempts *a)
{
    pause_briefly(w, a->conflicts++);
    if (a->conflicts >= TURNS_AFTER)
        a->has_turn = postgres_turn_take(w->server.gate, a->deadline_ms - AGAIN_MS);
}

/* Whether to run it again; if so, all is as before the first attempt. */
static bool runs_again(struct ctx *c, const struct postgres_worker *w, struct attempts *a)
{
    give_turn(w, a);
    if (w->fate == POSTGRES_AGAIN)
        wait_for_others(w, a);
    else if (w->fate != POSTGRES_GONE || ++a->links > LINKS_MAX)
        return false;
    if (time_monotonic_ms() >= a->deadline_ms - AGAIN_MS)
        return false;
    arena_rewind(c->arena, a->mark);
    c->fault = a->fault;
    return true;
}

/* ---- one statement ---- */

/* Says so where a change may have happened. */
static RESULT told(struct ctx *c, const struct postgres_worker *w, const struct attempts *a,
                   err done)
{
    if (w->fate != POSTGRES_UNKNOWN)
        return done;
    const char *why = c->fault.text;
    c->fault = a->fault;
    err lost = postgres_unavailable(
        c,
        "the connection was lost before a change was confirmed; it may have happened or not (%s)",
        why);
    c->fault.unsure = true;
    return lost;
}

static RESULT run_once(struct ctx *c, struct postgres_worker *w, const struct postgres_call *call,
                       struct table *out)
{
    bool reads = postgres_reads_only(call->sql);
    TRY(ready(c, w, call->deadline_ms));
    err done = make_call(c, w, call, out);
    if (reads && w->fate == POSTGRES_UNKNOWN)
        w->fate = POSTGRES_GONE;
    note_health(w, done, !reads);
    return done;
}

static RESULT run_alone(struct ctx *c, struct postgres_worker *w, struct postgres_call *call,
                        struct table *out)
{
    struct attempts attempts = attempts_begin(c);
    call->deadline_ms = attempts.deadline_ms;
    err done;
    do {
        done = run_once(c, w, call, out);
    } while (done.code != ERR_OK && runs_again(c, w, &attempts));
    give_turn(w, &attempts);
    return done.code == ERR_OK ? done : told(c, w, &attempts, done);
}

/* ---- inside a transaction ---- */

/* The result of fn, or a failure if it went on after a statement had failed. */
static RESULT judged(struct ctx *c, const struct postgres_worker *w, err done)
{
    if (done.code != ERR_OK || !w->broken)
        return done;
    if (w->fate == POSTGRES_AGAIN || w->fate == POSTGRES_GONE)
        return postgres_unavailable(c, "the transaction has to run again");
    return fail(c, INTERNAL, "database: a unit went on after a statement had failed");
}

/* Nothing has happened while the commit was not asked for. */
static RESULT call_inside(struct ctx *c, struct postgres_worker *w, struct postgres_call *call,
                          struct table *out)
{
    call->before = w->due;
    call->before_n = w->due_n;
    call->deadline_ms = w->deadline_ms;
    err done = make_call(c, w, call, out);
    w->due_n = 0;
    w->broken = done.code != ERR_OK;
    if (w->fate == POSTGRES_UNKNOWN)
        w->fate = POSTGRES_GONE;
    note_health(w, done, false);
    return done;
}

static RESULT flush_due(struct ctx *c, struct postgres_worker *w)
{
    return w->due_n == 0 ? ok() : call_inside(c, w, &(struct postgres_call){ 0 }, NULL);
}

static RESULT add_due(struct ctx *c, struct postgres_worker *w, const char *command)
{
    if (w->due_n == POSTGRES_BEFORE_MAX)
        TRY(flush_due(c, w));
    w->due[w->due_n++] = command;
    return ok();
}

RESULT postgres_run(struct ctx *c, struct postgres_worker *w, const char *sql,
                    const struct param *params, size_t n, struct table *out)
{
    struct postgres_call call = { .sql = sql, .params = params, .n = n };
    if (!w->is_open)
        return run_alone(c, w, &call, out);
    TRY(judged(c, w, ok()));
    return call_inside(c, w, &call, out);
}

RESULT postgres_script(struct ctx *c, struct postgres_worker *w, const char *statements)
{
    must(w->is_open);
    TRY(judged(c, w, ok()));
    TRY(flush_due(c, w));
    err done = postgres_link_script(c, w->link, statements, w->deadline_ms, &w->fate);
    w->broken = done.code != ERR_OK;
    if (w->fate == POSTGRES_UNKNOWN)
        w->fate = POSTGRES_GONE;
    if (w->fate == POSTGRES_GONE)
        drop_link(w);
    return done;
}

RESULT postgres_alone(struct ctx *c, struct postgres_worker *w)
{
    must(w->is_open);
    TRY(judged(c, w, ok()));
    for (size_t i = 0; i < sizeof be_alone / sizeof *be_alone; i++)
        TRY(add_due(c, w, be_alone[i]));
    w->deadline_ms = time_monotonic_ms() + ALONE_MS;
    return call_inside(c, w, &(struct postgres_call){ .sql = sql_alone }, NULL);
}

/* ---- transactions ---- */

/* Undoes a part that failed, unless all has to run again anyway. */
static RESULT undo_part(struct ctx *c, struct postgres_worker *w)
{
    if (w->fate == POSTGRES_AGAIN || w->fate == POSTGRES_GONE)
        return ok();
    w->broken = false;
    TRY(add_due(c, w, part_undo));
    return add_due(c, w, part_end);
}

static RESULT nested(struct ctx *c, struct postgres_worker *w, db_unit *fn, void *arg)
{
    TRY(judged(c, w, ok()));
    TRY(add_due(c, w, part_begin));
    err done = judged(c, w, fn(c, w->tx, arg));
    /* No statement ran in it. */
    bool is_empty = w->due_n > 0 && w->due[w->due_n - 1] == part_begin;
    if (is_empty)
        w->due_n--;
    else if (done.code == ERR_OK)
        TRY(add_due(c, w, part_end));
    else
        TRY(undo_part(c, w));
    return done;
}

static RESULT end_well(struct ctx *c, struct postgres_worker *w)
{
    bool begun = w->due_n == 0 || w->due[0] != begin;
    if (!begun)
        return ok(); /* it asked for nothing */
    if (!postgres_link_is_alive(w->link)) {
        w->fate = POSTGRES_GONE;
        return postgres_unavailable(c, "the connection ended before the commit");
    }
    TRY(add_due(c, w, commit));
    struct postgres_call call = { .before = w->due,
                                  .before_n = w->due_n,
                                  .deadline_ms = w->deadline_ms };
    err done = make_call(c, w, &call, NULL);
    if (w->fate == POSTGRES_GONE) /* amid a commit: how far it came nobody knows */
        w->fate = POSTGRES_UNKNOWN;
    note_health(w, done, true);
    return done;
}

/* A connection on which even that fails is given up, which undoes it as well. */
static void end_undone(struct ctx *c, struct postgres_worker *w)
{
    enum postgres_fate fate = w->fate;
    bool begun = w->due_n == 0 || w->due[0] != begin;
    if (w->link == NULL || !begun)
        return;
    const char *const last[] = { rollback };
    struct postgres_call call = { .before = last,
                                  .before_n = 1,
                                  .deadline_ms = time_monotonic_ms() + ROLLBACK_MS };
    if (make_call(c, w, &call, NULL).code != ERR_OK)
        drop_link(w);
    w->fate = fate;
}

static RESULT run_unit(struct ctx *c, struct postgres_worker *w, db_unit *fn, void *arg)
{
    TRY(ready(c, w, w->deadline_ms));
    w->fate = POSTGRES_DONE;
    w->is_open = true;
    w->broken = false;
    w->due[0] = begin;
    w->due_n = 1;
    err done = judged(c, w, fn(c, w->tx, arg));
    if (done.code == ERR_OK)
        done = end_well(c, w);
    if (done.code != ERR_OK)
        end_undone(c, w);
    w->is_open = false;
    return done;
}

RESULT postgres_atomically(struct ctx *c, struct postgres_worker *w, db_unit *fn, void *arg)
{
    if (w->is_open)
        return nested(c, w, fn, arg);
    struct attempts attempts = attempts_begin(c);
    err done;
    do {
        w->deadline_ms = attempts.deadline_ms;
        done = run_unit(c, w, fn, arg);
        attempts.deadline_ms = w->deadline_ms;
    } while (done.code != ERR_OK && runs_again(c, w, &attempts));
    give_turn(w, &attempts);
    return done.code == ERR_OK ? done : told(c, w, &attempts, done);
}

/* ---- opening and closing ---- */

void postgres_worker_close(struct postgres_worker *w)
{
    if (w == NULL)
        return;
    must(!w->is_open);
    drop_link(w);
    free(w);
}

RESULT postgres_worker_open(struct ctx *c, struct postgres_server server, struct db *tx,
                            struct postgres_worker **out)
{
    struct postgres_worker *w = calloc(1, sizeof *w);
    if (w == NULL)
        return fail(c, UNAVAILABLE, "database: no memory for a connection");
    *w = (struct postgres_worker){ .server = server, .tx = tx };
    err opened = ready(c, w, time_monotonic_ms() + POSTGRES_CALL_MS);
    if (opened.code != ERR_OK)
        postgres_worker_close(w);
    else
        *out = w;
    return opened;
}
