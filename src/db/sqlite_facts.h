/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_FACTS_H
#define UAUTH_DB_SQLITE_FACTS_H

/*
 * What there is to know of statements before one is run: the same for all connections of a process,
 * so that who only asks needs none of them.
 */

#include "db/sqlite_marks.h"

#include <stdbool.h>
#include <stddef.h>

enum { SQLITE_STATEMENTS_MAX = 512 /* a power of two */ };

struct sqlite_fact {
    const char *sql; /* by its address */
    sqlite_tables reads;
    bool only_reads;
};

/* Where `sql` belongs among SQLITE_STATEMENTS_MAX places, modulo these. */
size_t sqlite_statement_place(const char *sql);

struct sqlite_facts;
struct sqlite_facts *sqlite_facts_new(void);    /* NULL: no memory */
void sqlite_facts_free(struct sqlite_facts *f); /* NULL is fine */

/* Any thread may ask and tell at any time.  False: nobody has told. */
bool sqlite_facts_find(struct sqlite_facts *f, const char *sql, struct sqlite_fact *out);
void sqlite_facts_tell(struct sqlite_facts *f, const struct sqlite_fact *fact);

#endif
