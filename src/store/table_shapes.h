/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_TABLE_SHAPES_H
#define UAUTH_STORE_TABLE_SHAPES_H

/*
 * What the schema says of each table, read from an SQLite database, and the statements that follow
 * from it for moving its rows: no list of ours can miss a table or a column.
 */

#include "store/schema.h"

enum { SHAPE_KEY_MAX = 8 };

struct table_shape {
    const char *name;
    struct texts columns;
    const bool *is_number;     /* of each column; else it is text */
    size_t key[SHAPE_KEY_MAX]; /* its primary key: columns by their place */
    size_t key_n;

    /* Statements: each the same on both databases but `insert`, which is for PostgreSQL. */
    const char *first;  /* rows in the order of the key; a limit */
    const char *next;   /* ... after a key: a parameter for each of its columns, and a limit */
    const char *last;   /* the greatest key */
    const char *count;  /* all rows */
    const char *before; /* how many rows have a key up to one */
    const char *insert; /* rows, one array of texts for each column */
};
struct table_shapes {
    const struct table_shape *at;
    size_t n;
};

/*
 * All tables of c->db, an SQLite database, whoever is referred to before who refers.  They live in
 * c->arena, the statements too, which therefore outlives the connections that run them.  INTERNAL
 * for a table without a primary key, with columns that are neither TEXT nor BIGINT, or in a circle.
 */
RESULT table_shapes_read(struct ctx *c, struct table_shapes *out);

#endif
