/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_READERS_H
#define UAUTH_DB_SQLITE_READERS_H

/*
 * Reading a file of SQLite, for all workers of a process: from memory what is kept there, else on a
 * connection that is taken for the one statement.
 */

#include "db/db.h"
#include "db/sqlite_marks.h"

struct sqlite_readers;

/* `n` connections on `path`.  `marks` (NULL: nothing is kept) outlive it.  UNAVAILABLE. */
RESULT sqlite_readers_open(struct ctx *c, const char *path, size_t n, struct sqlite_marks *marks,
                           struct sqlite_readers **out);
void sqlite_readers_close(struct sqlite_readers *r); /* NULL is fine */

/* How many connections it has. */
size_t sqlite_readers_size(const struct sqlite_readers *r);

/* One call: whose it is, and what is run. */
struct sqlite_reading {
    bool low; /* its thread has a low priority (sqlite_pool_take) */
    const char *sql;
    const struct param *params;
    size_t n;
};

/* Whether its statement only reads.  INTERNAL if it is not SQL. */
RESULT sqlite_only_reads(struct ctx *c, struct sqlite_readers *r, const struct sqlite_reading *call,
                         bool *reads);

/* Runs it, as db_run; or as db_run_kept. */
RESULT sqlite_read(struct ctx *c, struct sqlite_readers *r, const struct sqlite_reading *call,
                   struct table *out);
RESULT sqlite_read_kept(struct ctx *c, struct sqlite_readers *r, const struct sqlite_reading *call,
                        struct table *out);

/* To be called every few seconds: wipes what was kept and is past its time, and gives back the
 * memory of connections that rest.  Whether the work of any has ended. */
bool sqlite_readers_rest(struct sqlite_readers *r);

#endif
