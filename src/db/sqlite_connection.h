/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_CONNECTION_H
#define UAUTH_DB_SQLITE_CONNECTION_H

/*
 * One connection to an SQLite file: how it is set up, its prepared statements, and running one of
 * them. Belongs to one thread at a time.
 */

#include "db/db.h"
#include "db/sqlite_facts.h"

#include <sqlite3.h>

enum sqlite_access { SQLITE_READS, SQLITE_WRITES };

struct sqlite_connection;

/* Opens `path` (":memory:" for one in memory).  A file exists already.  UNAVAILABLE. */
RESULT sqlite_connection_open(struct ctx *c, const char *path, enum sqlite_access access,
                              struct sqlite_connection **out);
void sqlite_connection_close(struct sqlite_connection *s); /* NULL is fine */

/* Gives back the pages that it keeps; or all but the open file: statements and schema, too, which
 * are made again when they are needed. */
void sqlite_connection_pages_back(struct sqlite_connection *s);
void sqlite_connection_rest(struct sqlite_connection *s);

sqlite3 *sqlite_handle(struct sqlite_connection *s);

/* What there is to know of `sql`, on a reader.  INTERNAL if it is not SQL. */
RESULT sqlite_learn(struct ctx *c, struct sqlite_connection *s, const char *sql,
                    struct sqlite_fact *out);

/* Runs a statement to its end.  CONFLICT, UNAVAILABLE, OUT_OF_MEMORY as db_run; INTERNAL for a bug.
 */
RESULT sqlite_run(struct ctx *c, struct sqlite_connection *s, const char *sql,
                  const struct param *params, size_t n, struct table *out);

/* Which tables were written by this connection since it was last asked. */
sqlite_tables sqlite_written(struct sqlite_connection *s);

/* How many statements have been run that may write, whether they did or not. */
uint64_t sqlite_writes(const struct sqlite_connection *s);

/* Runs a fixed statement without parameters or rows, prepared once; an SQLite result code. */
int sqlite_do(struct sqlite_connection *s, const char *sql);

/* Runs several statements. */
RESULT sqlite_script(struct ctx *c, struct sqlite_connection *s, const char *statements);

/* The failure for an SQLite result code: what was done, and what SQLite says. */
RESULT sqlite_fail(struct ctx *c, struct sqlite_connection *s, int code, const char *what);

/*
 * Whether, since sqlite_trouble_clear, something went wrong that puts the whole transaction in
 * doubt: disk, memory, damage, or the transaction is gone.
 */
bool sqlite_trouble(const struct sqlite_connection *s);
void sqlite_trouble_clear(struct sqlite_connection *s);

/* Frames in the write-ahead log after the last commit. */
int sqlite_log_frames(const struct sqlite_connection *s);

#endif
