/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_MOVE_ROWS_H
#define UAUTH_STORE_MOVE_ROWS_H

/*
 * The rows of one table on their way (store/move.h): ROWS_AT_ONCE in a transaction, and fewer where
 * that many take more memory than the arena has.
 */

#include "crypto/digest.h"
#include "store/table_shapes.h"

enum { ROWS_AT_ONCE = 500 };

/* Who is told of rows as they pass. */
struct rows_watch {
    void (*tell)(void *arg, int64_t done, int64_t of);
    void (*found)(void *arg, int64_t rows); /* before they are told of */
    void *arg;
    int64_t done, of;
};

/* The rows of c->db in that table. */
RESULT rows_count(struct ctx *c, const struct table_shape *shape, int64_t *rows);

/* Copies what stands in `from` after the last key of `to`.  `watch->done` grows by all rows of the
 * table. */
RESULT rows_copy(struct ctx *c, struct db *from, struct db *to, const struct table_shape *shape,
                 struct rows_watch *watch);

/* What a table holds: a hash over all cells of all rows in the order of the key. */
struct rows_sum {
    int64_t rows;
    uint8_t hash[DIGEST_SHA256];
};
RESULT rows_sum(struct ctx *c, struct db *db, const struct table_shape *shape,
                struct rows_watch *watch, struct rows_sum *out);

#endif
