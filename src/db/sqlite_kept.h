/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_KEPT_H
#define UAUTH_DB_SQLITE_KEPT_H

/*
 * What one statement has found, for some of its parameters, in the memory of one connection.  It is
 * good as long as the marks of its tables stay (db/sqlite_marks.h), and for SQLITE_KEPT_MS at most:
 * a process may have been killed between its commit and its mark, or know nothing of marks.
 */

#include "db/db.h"

enum {
    SQLITE_KEPT_MS = 1000,
    SQLITE_KEPT_MAX = 16,     /* results of a statement; one takes the place of another */
    SQLITE_KEPT_BYTES = 4096, /* more rows than these are not kept */
};

struct sqlite_kept;                           /* of one statement */
struct sqlite_kept *sqlite_kept_new(void);    /* NULL: no memory */
void sqlite_kept_free(struct sqlite_kept *k); /* NULL is fine */

/* What was asked: the parameters, and the marks as they were before it was read. */
struct sqlite_kept_key {
    const struct param *params;
    size_t n;
    uint64_t marks;
};

/* Copies what is kept for `key` into the arena; false: nothing good is. */
bool sqlite_kept_find(struct ctx *c, struct sqlite_kept *k, const struct sqlite_kept_key *key,
                      struct table *out);

/* Keeps `t`, if it is small and there is memory. */
void sqlite_kept_put(struct sqlite_kept *k, const struct sqlite_kept_key *key,
                     const struct table *t);

#endif
