/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_WRITER_H
#define UAUTH_DB_SQLITE_WRITER_H

/*
 * The one thread of a process that writes, and group commit.
 *
 * A unit is one statement or one db_atomically.  The writer waits for a unit, takes write.lock,
 * takes all the units that wait, runs them in one transaction, each in a savepoint (a single
 * statement is one by itself), commits, so that all of them are on disk after one fsync, and
 * answers all.  A unit that fails is undone by itself; trouble with the disk, memory or the
 * transaction itself undoes all, and all get UNAVAILABLE.  Units run in the writer's thread, each
 * with its submitter's context and arena, whose owner waits meanwhile.
 */

#include "db/sqlite_connection.h"
#include "db/sqlite_queue.h"

struct sqlite_writer;

/*
 * Starts the writer on `connection`, which is its own from now on, and of which `tx` is the handle
 * that db_atomically gives out.  `marks` are raised by what it writes (NULL: none).  `lock`:
 * write.lock, -1 for none; `checkpoints`: whether it takes care of the log.  All of it outlives the
 * writer.  Where another file has taken the place of `path`, nothing is written any more.
 */
struct sqlite_writer_new {
    struct sqlite_connection *connection;
    struct db *tx;
    struct sqlite_marks *marks;
    int lock;
    bool checkpoints;
    const char *path; /* of the file; NULL: in memory */
};
RESULT sqlite_writer_start(struct ctx *c, const struct sqlite_writer_new *new,
                           struct sqlite_writer **out);

/* Runs what waits, makes a last checkpoint if that is its task, and ends the thread. */
void sqlite_writer_stop(struct sqlite_writer *w);

struct sqlite_queue *sqlite_writer_queue(struct sqlite_writer *w);

/* Only inside a unit: one statement, several, a nested part of the open transaction. */
RESULT sqlite_inside(struct ctx *c, struct sqlite_writer *w, const char *sql,
                     const struct param *params, size_t n, struct table *out);
void sqlite_overwrite(struct sqlite_writer *w); /* db_overwrite */
RESULT sqlite_script_inside(struct ctx *c, struct sqlite_writer *w, const char *statements);
RESULT sqlite_nested(struct ctx *c, struct sqlite_writer *w, db_unit *fn, void *arg);

/* How writing goes. */
enum sqlite_health {
    SQLITE_HEALTHY,
    SQLITE_AILING, /* the last group failed; the next one may not */
    SQLITE_HALTED  /* a commit could not be confirmed: no more writes until the next start */
};
enum sqlite_health sqlite_writer_health(const struct sqlite_writer *w);

#endif
