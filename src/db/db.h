/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_DB_H
#define UAUTH_DB_DB_H

/*
 * How to run SQL.  One text for both databases: $1, $2; TEXT and BIGINT only; times are Unix
 * seconds, booleans 0 and 1; ON CONFLICT and RETURNING; nothing that reads a clock or makes a value
 * in the database. Only the room store/ writes SQL.  Statements are prepared once per connection,
 * cached by the address of the literal: `sql` has static storage.
 */

#include "base/ctx.h"

/* A parameter: text, or int64 if `text` is NULL and `null` is false. */
struct param {
    const char *text;
    int64_t number;
    bool null;
};
#define P_TEXT(t) ((struct param){ .text = (t), .null = (t) == NULL })
#define P_INT(i)  ((struct param){ .number = (i) })

/* Rows of text in the arena; NULL stands for SQL NULL. */
struct table {
    size_t rows, columns;
    const char **cells; /* rows * columns */
};
const char *table_text(const struct table *t, size_t row, size_t column); /* NULL for SQL NULL */
int64_t table_int(const struct table *t, size_t row, size_t column);      /* 0 for SQL NULL */

struct db_driver {
    const char *name;                                   /* the URL's scheme */
    struct db *(*open)(struct ctx *c, const char *url); /* NULL and c->fault on failure */
    RESULT (*run)
    (struct ctx *c, struct db *db, const char *sql, const struct param *params, size_t n,
     struct table *out);
    RESULT (*atomically)
    (struct ctx *c, struct db *db, RESULT (*fn)(struct ctx *c, struct db *tx, void *arg),
     void *arg);
    void (*close)(struct db *db);
};

struct db {
    const struct db_driver *driver;
    /* the driver's own data follows */
};

/*
 * Runs one statement on c->db.  A write commits by itself, durably, before this returns.
 * `out` may be NULL.  UNAVAILABLE when the database cannot be reached, is full, read-only or busy
 * for too long; CONFLICT when a constraint refuses.
 */
RESULT db_run(struct ctx *c, const char *sql, const struct param *params, size_t n,
              struct table *out);

/* DB_RUN(c, sql, &table, P_TEXT(id), P_INT(now)); */
#define DB_RUN(c, sql, out, ...)                                                                   \
    db_run((c), (sql), (const struct param[]){ __VA_ARGS__ },                                      \
           sizeof((const struct param[]){ __VA_ARGS__ }) / sizeof(struct param), (out))

/*
 * Runs `fn` as one transaction.  Inside, c->db is `tx`, so fn calls the same functions of store/.
 * fn may run again (the arena rewinds and the fault clears before each attempt): it touches nothing
 * but SQL and its argument, which it sets anew each time.  A failure that fn returns rolls back.
 * Nested calls join the transaction that is open.
 */
RESULT db_atomically(struct ctx *c, RESULT (*fn)(struct ctx *c, struct db *tx, void *arg),
                     void *arg);

#endif
