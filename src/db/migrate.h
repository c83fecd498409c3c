/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_MIGRATE_H
#define UAUTH_DB_MIGRATE_H

/*
 * Brings the schema forward: numbered files, embedded in the binary, each applied once in one
 * transaction that also records its name and SHA-256.  There is no way back; adjacent versions of
 * the service run on one schema because changes expand before they contract.
 */

#include "db/db.h"

/* One file, NNNN_what.sql.  `number` counts from 1 without gaps. */
struct migration {
    int64_t number;
    const char *name;   /* "0001_people" */
    const char *sha256; /* of the file, in hexadecimal digits */
    const char *sql;    /* the file, but for its comments; NULL: it is packed */
};
struct migrations {
    const struct migration *at;
    size_t n;
    struct bytes
        packed;      /* gzip (RFC 1952): the texts of all, in their order, each with its zero; */
    size_t unpacked; /* which come to so many bytes.  0: none is packed */
};

/* What is still to be done: the last `n` of the list. */
struct migrations_due {
    const struct migration *at;
    size_t n;
};

/*
 * Compares the database of c->db with `list`, and says which are due.  UNAVAILABLE when the
 * database knows a migration that the list does not (a newer version made it: SU-12), or when the
 * recorded hash of one differs (its file was changed after it ran); nothing is changed then.
 */
RESULT migrate_plan(struct ctx *c, const struct migrations *list, struct migrations_due *out);

/* Applies those that are due, in order.  `applied` (may be NULL): which they were.  Safe when
 * several processes do it at once: each migration runs once. */
RESULT migrate_run(struct ctx *c, const struct migrations *list, struct migrations_due *applied);

/* The same, and tells each before it begins: the `at`th of `of`. */
struct migrate_watch {
    void (*tell)(void *arg, const struct migration *begins, size_t at, size_t of); /* or NULL */
    void *arg;
};
RESULT migrate_run_told(struct ctx *c, const struct migrations *list, struct migrate_watch watch,
                        struct migrations_due *applied);

#endif
