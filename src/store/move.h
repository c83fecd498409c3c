/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_MOVE_H
#define UAUTH_STORE_MOVE_H

/*
 * Moves everything from an SQLite database to an empty one of PostgreSQL, table by table in the
 * order of their keys, as it is: what is sealed stays sealed under the same master key, sessions
 * and tokens go on.  Nobody else writes to either meanwhile; that is the caller's to see to.
 *
 * It can be cut off anywhere and begun again: the target says whose half it holds, rows are there
 * up to some key, and what was there before is checked at the end like the rest.  The source only
 * gets its mark (store/whereabouts.h) when all of it has been compared.
 */

#include "store/table_shapes.h"

struct move_watch {
    /* `done` of `of` rows are copied, or compared. */
    void (*copied)(void *arg, int64_t done, int64_t of);
    void (*found)(void *arg, int64_t rows); /* that many were there already, of an earlier run */
    void (*compared)(void *arg, int64_t done, int64_t of);
    void *arg;
};

struct move {
    struct db *from, *to; /* both of the schema of this program, or `to` is empty */
    const char *origin;   /* where `from` is, as people say it */
    const char *place;    /* where `to` is */
    struct move_watch watch;
};

struct moved {
    bool before;  /* it had been moved, and nothing was to be done */
    bool resumed; /* a move that was cut off was gone on with */
    bool anew;    /* what was there already was another state: all was copied again */
    size_t tables;
    int64_t rows;
};

/*
 * UNAVAILABLE, saying why, if `from` is a backup, was moved elsewhere or has another schema, if
 * `to` is used or holds the half of another move, or if one of them fails.  INTERNAL if what was
 * copied is not the same.
 */
RESULT move_all(struct ctx *c, const struct move *move, struct moved *out);

#endif
