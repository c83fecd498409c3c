/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_writer.h"

#include "base/time.h"
#include "db/sqlite_lock.h"
#include "db/sqlite_turns.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    CHECKPOINT_IDLE_FRAMES = 1000,   /* when nobody waits */
    CHECKPOINT_FRAMES = 4000,        /* also when somebody does */
    CHECKPOINT_RESET_FRAMES = 32000, /* readers are waited for, so that the log begins anew; also
                                        by a command: nobody takes care of it, or not in time */
    CHECKPOINT_BUSY_MS = 200,
    OVERWRITE_AGAIN_MS = 5000, /* where readers kept the log from beginning anew */
    WRITE_BUSY_MS = 2000,
    IDLE_MS = 5000,
    WHY_BYTES = 256,
};

struct sqlite_writer {
    struct sqlite_connection *connection;
    struct db *tx;
    struct sqlite_marks *marks;
    int lock;
    bool checkpoints;
    const char *path;
    struct stat file; /* what `path` was when it was opened */
    struct sqlite_queue *queue;
    pthread_t thread;
    _Atomic int health; /* enum sqlite_health */

    /* The writer's thread alone. */
    bool broken;      /* a statement of this unit failed and nobody has undone its part */
    bool apart;       /* units have savepoints */
    bool spoilt;      /* one that had none has failed and may have written */
    bool unconfirmed; /* see SQLITE_HALTED */
    bool overwrites;  /* what was removed is still in the log, or below it */
    int64_t tried_ms; /* when that was last to be ended */
    int moved;        /* frames of the log that the last checkpoint had moved */
    char why[WHY_BYTES];
};

struct sqlite_queue *sqlite_writer_queue(struct sqlite_writer *w)
{
    return w->queue;
}

enum sqlite_health sqlite_writer_health(const struct sqlite_writer *w)
{
    return (enum sqlite_health)atomic_load(&w->health);
}

/* ---- running one unit, in the writer's thread ---- */

RESULT sqlite_inside(struct ctx *c, struct sqlite_writer *w, const char *sql,
                     const struct param *params, size_t n, struct table *out)
{
    err done = sqlite_run(c, w->connection, sql, params, n, out);
    w->broken = w->broken || done.code != ERR_OK;
    return done;
}

RESULT sqlite_script_inside(struct ctx *c, struct sqlite_writer *w, const char *statements)
{
    err done = sqlite_script(c, w->connection, statements);
    w->broken = w->broken || done.code != ERR_OK;
    return done;
}

/* The result of fn, or INTERNAL if it went on after a statement had failed. */
static RESULT judged(struct ctx *c, const struct sqlite_writer *w, err done)
{
    if (done.code == ERR_OK && w->broken)
        return fail(c, INTERNAL, "database: a unit went on after a statement had failed");
    return done;
}

RESULT sqlite_nested(struct ctx *c, struct sqlite_writer *w, db_unit *fn, void *arg)
{
    TRY(judged(c, w, ok()));
    if (sqlite_do(w->connection, "SAVEPOINT part") != SQLITE_OK)
        return fail(c, UNAVAILABLE, "database: no savepoint for a part");
    err done = fn(c, w->tx, arg);
    done = judged(c, w, done);
    if (done.code != ERR_OK && !sqlite_trouble(w->connection)) {
        (void)sqlite_do(w->connection, "ROLLBACK TO part");
        w->broken = false;
    }
    (void)sqlite_do(w->connection, "RELEASE part");
    return done;
}

static RESULT call(struct sqlite_writer *w, struct sqlite_unit *unit)
{
    struct ctx *c = unit->c;
    struct db *own = c->db;
    c->db = w->tx;
    w->broken = false;
    err done = unit->fn(c, w->tx, unit->arg);
    c->db = own;
    return judged(c, w, done);
}

/* Undoes the unit alone if it fails. */
static RESULT call_apart(struct sqlite_writer *w, struct sqlite_unit *unit)
{
    if (sqlite_do(w->connection, "SAVEPOINT unit") != SQLITE_OK)
        return fail(unit->c, UNAVAILABLE, "database: no savepoint for a unit");
    err done = call(w, unit);
    if (done.code != ERR_OK && !sqlite_trouble(w->connection))
        (void)sqlite_do(w->connection, "ROLLBACK TO unit");
    (void)sqlite_do(w->connection, "RELEASE unit");
    return done;
}

/* In tests, with UAUTH_GROUPS_TWICE, each group that has written runs again: `fn` may. */
static bool is_spoilt(err done)
{
#ifdef UAUTH_TEST
    if (getenv("UAUTH_GROUPS_TWICE") != NULL)
        return true;
#endif
    return done.code != ERR_OK;
}

static RESULT run_function(struct sqlite_writer *w, struct sqlite_unit *unit)
{
    if (w->apart)
        return call_apart(w, unit);
    uint64_t writes = sqlite_writes(w->connection);
    err done = call(w, unit);
    w->spoilt = sqlite_writes(w->connection) != writes && is_spoilt(done);
    return done;
}

static err run_unit(struct sqlite_writer *w, struct sqlite_unit *unit)
{
    if (unit->sql == NULL)
        return run_function(w, unit);
    return sqlite_run(unit->c, w->connection, unit->sql, unit->params, unit->n, &unit->table);
}

/* ---- one group ---- */

static void note_why(struct sqlite_writer *w, const char *what, int code)
{
    (void)snprintf(w->why, sizeof w->why, "%s: %s (%d)", what,
                   sqlite3_errmsg(sqlite_handle(w->connection)), code);
}

/* After a commit that the disk did not confirm, nobody knows what a crash would leave. */
static bool is_unconfirmed(int code)
{
    return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

/* Whether the transaction that was begun can still be committed. */
static bool is_sound(const struct sqlite_writer *w)
{
    return !sqlite_trouble(w->connection) &&
           sqlite3_get_autocommit(sqlite_handle(w->connection)) == 0;
}

static bool run_units(struct sqlite_writer *w, struct sqlite_waiter *group)
{
    for (struct sqlite_waiter *at = group; at != NULL; at = sqlite_group_next(at)) {
        struct sqlite_unit *unit = sqlite_group_unit(at);
        unit->result = run_unit(w, unit);
        if (!is_sound(w)) {
            note_why(w, "the transaction is lost",
                     sqlite3_extended_errcode(sqlite_handle(w->connection)));
            w->spoilt = false;
            return false;
        }
        if (w->spoilt)
            return false;
    }
    return true;
}

static bool try_group(struct sqlite_writer *w, struct sqlite_waiter *group)
{
    w->spoilt = false;
    int code = sqlite_do(w->connection, "BEGIN IMMEDIATE");
    if (code != SQLITE_OK) {
        note_why(w, "no transaction can begin", code);
        return false;
    }
    if (run_units(w, group)) {
        code = sqlite_do(w->connection, "COMMIT");
        if (code == SQLITE_OK)
            return true;
        note_why(w, "the commit failed", code);
        w->unconfirmed = is_unconfirmed(code);
    }
    if (sqlite3_get_autocommit(sqlite_handle(w->connection)) == 0)
        (void)sqlite_do(w->connection, "ROLLBACK");
    return false;
}

/*
 * Runs the group as one transaction: all that did not fail by itself is durable, or nothing has
 * happened.  A savepoint for each unit copies each page that it changes, and few units fail once
 * they have written: they have savepoints only when the group runs again because one did.
 */
static bool commit_group(struct sqlite_writer *w, struct sqlite_waiter *group)
{
    sqlite_trouble_clear(w->connection);
    w->apart = false;
    if (try_group(w, group))
        return true;
    if (!w->spoilt)
        return false;
    sqlite_group_start_over(group);
    w->apart = true;
    return try_group(w, group);
}

static void fail_group(struct sqlite_writer *w, struct sqlite_waiter *group)
{
    for (struct sqlite_waiter *at = group; at != NULL; at = sqlite_group_next(at)) {
        struct sqlite_unit *unit = sqlite_group_unit(at);
        fault_clear(unit->c);
        unit->result = fail(unit->c, UNAVAILABLE, "database: %s", w->why);
    }
}

/* ---- checkpoints ---- */

/* Only here, and only under write.lock: two at once can corrupt the log of this SQLite (WAL-reset
 * race).  Whether all of the log was moved, and, having waited for readers, begins anew. */
static bool checkpoint(struct sqlite_writer *w, bool wait_for_readers)
{
    sqlite3 *handle = sqlite_handle(w->connection);
    int left = 0;
    int moved = 0;
    (void)sqlite3_busy_timeout(handle, CHECKPOINT_BUSY_MS);
    int code = sqlite3_wal_checkpoint_v2(
        handle, NULL, wait_for_readers ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
        &left, &moved);
    (void)sqlite3_busy_timeout(handle, WRITE_BUSY_MS);
    w->unconfirmed = w->unconfirmed || is_unconfirmed(code);
    w->moved = moved;
    return code == SQLITE_OK;
}

void sqlite_overwrite(struct sqlite_writer *w)
{
    w->overwrites = true;
    w->tried_ms = 0;
}

/* The log has pages of before; the file has what the log has not moved there yet. */
static void overwrite_if_due(struct sqlite_writer *w)
{
    int64_t now_ms = time_monotonic_ms();
    if (!w->overwrites || (w->tried_ms != 0 && now_ms - w->tried_ms < OVERWRITE_AGAIN_MS))
        return;
    w->tried_ms = now_ms;
    w->overwrites = !checkpoint(w, true);
}

/* A log that readers kept from being moved to its end, or from beginning anew, is not tried again
 * at once. */
static void checkpoint_if_due(struct sqlite_writer *w)
{
    int frames = sqlite_log_frames(w->connection);
    int fresh = frames >= w->moved ? frames - w->moved : frames;
    if (fresh < (w->checkpoints ? CHECKPOINT_IDLE_FRAMES : CHECKPOINT_RESET_FRAMES))
        return;
    if (fresh >= CHECKPOINT_FRAMES || sqlite_queue_is_empty(w->queue))
        (void)checkpoint(w, frames >= CHECKPOINT_RESET_FRAMES);
}

/* ---- the thread ---- */

/* A backup may have been put in its place while this process waited. */
static bool is_in_place(const struct sqlite_writer *w)
{
    struct stat now;
    return w->path == NULL || (stat(w->path, &now) == 0 && now.st_dev == w->file.st_dev &&
                               now.st_ino == w->file.st_ino);
}

/* Why nothing can be written now, or NULL.  write.lock is held if `locked`. */
static const char *obstacle(const struct sqlite_writer *w, bool locked)
{
    if (w->unconfirmed)
        return "the disk did not confirm a commit; check it and restart";
    if (!locked)
        return "another process holds write.lock for too long";
    return is_in_place(w) ? NULL : "another file has taken its place: start again";
}

/* The marks rise also if the commit failed: it may have happened all the same. */
static bool run_group(struct sqlite_writer *w, struct sqlite_waiter *group, bool locked)
{
    const char *why = obstacle(w, locked);
    if (why == NULL) {
        bool done = commit_group(w, group);
        sqlite_marks_raise(w->marks, sqlite_written(w->connection));
        return done;
    }
    (void)snprintf(w->why, sizeof w->why, "%s", why);
    return false;
}

/* A group that found nothing to change has shown nothing of the disk. */
static void tell_health(struct sqlite_writer *w, bool done, bool wrote)
{
    if (w->unconfirmed)
        atomic_store(&w->health, SQLITE_HALTED);
    else if (!done || wrote)
        atomic_store(&w->health, done ? SQLITE_HEALTHY : SQLITE_AILING);
}

static void do_group(struct sqlite_writer *w)
{
    bool locked = sqlite_lock(w->lock);
    struct sqlite_waiter *group = sqlite_queue_take(w->queue);
    int frames = sqlite_log_frames(w->connection);
    bool done = run_group(w, group, locked);
    if (!done)
        fail_group(w, group);
    tell_health(w, done, sqlite_log_frames(w->connection) != frames);
    sqlite_queue_answer(group);
    if (done) {
        overwrite_if_due(w);
        checkpoint_if_due(w);
    }
    if (locked)
        sqlite_unlock(w->lock);
}

/* Pages are given back after IDLE_MS without a write, all else after as long again. */
static void *write_units(void *writer)
{
    struct sqlite_writer *w = writer;
    enum sqlite_work work = SQLITE_WORK;
    sqlite_take_short_turns();
    for (int idle = 0; work != SQLITE_OVER;) {
        work = sqlite_queue_wait(w->queue, idle < 2 ? IDLE_MS : -1);
        idle = work == SQLITE_IDLE ? idle + 1 : 0;
        if (work == SQLITE_WORK)
            do_group(w);
        if (idle == 1)
            sqlite_connection_pages_back(w->connection);
        if (idle == 2)
            sqlite_connection_rest(w->connection);
    }
    if (w->checkpoints && !w->unconfirmed && sqlite_lock(w->lock)) {
        (void)checkpoint(w, true);
        sqlite_unlock(w->lock);
    }
    return NULL;
}

static void writer_free(struct sqlite_writer *w)
{
    sqlite_queue_free(w->queue);
    free(w);
}

RESULT sqlite_writer_start(struct ctx *c, const struct sqlite_writer_new *new,
                           struct sqlite_writer **out)
{
    struct sqlite_writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return fail(c, UNAVAILABLE, "database: no memory for the writer");
    w->connection = new->connection;
    w->tx = new->tx;
    w->marks = new->marks;
    w->lock = new->lock;
    w->checkpoints = new->checkpoints;
    w->path = new->path;
    if (w->path != NULL && stat(w->path, &w->file) != 0) {
        free(w);
        return fail(c, UNAVAILABLE, "database: %s is gone", new->path);
    }
    w->queue = sqlite_queue_new();
    if (w->queue == NULL || pthread_create(&w->thread, NULL, write_units, w) != 0) {
        writer_free(w);
        return fail(c, UNAVAILABLE, "database: no thread for the writer");
    }
    *out = w;
    return ok();
}

void sqlite_writer_stop(struct sqlite_writer *w)
{
    sqlite_queue_close(w->queue);
    must(pthread_join(w->thread, NULL) == 0);
    writer_free(w);
}
