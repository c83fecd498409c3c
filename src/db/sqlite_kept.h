/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_KEPT_H
#define UAUTH_DB_SQLITE_KEPT_H

/*
 * What statements have found, for some of their parameters, in memory that all connections of a
 * process share.  It is good as long as the marks of its tables stay (db/sqlite_marks.h), and for
 * SQLITE_KEPT_MS at most: a process may have been killed between its commit and its mark, or know
 * nothing of marks.
 */

#include "db/db.h"

enum {
    SQLITE_KEPT_MS = 1000,
    SQLITE_KEPT_MAX = 32768,           /* results; one takes the place of another */
    SQLITE_KEPT_BYTES = 4096,          /* more rows than these are not kept */
    SQLITE_KEPT_ALL_BYTES = 8U << 20U, /* of all results */
};

struct sqlite_kept;
struct sqlite_kept *sqlite_kept_new(void);    /* NULL: no memory */
void sqlite_kept_free(struct sqlite_kept *k); /* NULL is fine */

/* What was asked: the statement, by its address, and the parameters; the marks as they were before
 * it was read. */
struct sqlite_kept_key {
    const char *sql;
    const struct param *params;
    size_t n;
    uint64_t marks;
};

/* Copies what is kept for `key` into the arena; false: nothing good is, or another thread is there.
 */
bool sqlite_kept_find(struct ctx *c, struct sqlite_kept *k, const struct sqlite_kept_key *key,
                      struct table *out);

/* Keeps `t`, if it is small, there is room and memory, and no other thread is there. */
void sqlite_kept_put(struct sqlite_kept *k, const struct sqlite_kept_key *key,
                     const struct table *t);

/* Wipes what is past its time at `now_ms`, but where another thread is: until the next call.  Where
 * nothing is left no memory is, either.  NULL is fine. */
void sqlite_kept_expire(struct sqlite_kept *k, int64_t now_ms);

#endif
