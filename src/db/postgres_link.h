/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_POSTGRES_LINK_H
#define UAUTH_DB_POSTGRES_LINK_H

/*
 * One connection to PostgreSQL: how it is made and set up, its prepared statements, and one round
 * trip.  Runs nothing twice; says what became of it (db/postgres_verdict.h).  Belongs to one thread
 * at a time.  All waiting is for the socket, until a moment of time_monotonic_ms.
 */

#include "db/postgres_url.h"
#include "db/postgres_verdict.h"

enum {
    POSTGRES_CONNECT_MS = 2000,
    POSTGRES_BEFORE_MAX = 16, /* commands that go before a statement */
};

struct postgres_link;

/* Connects to the server of `url` and sets the session up.  UNAVAILABLE says why not. */
RESULT postgres_link_open(struct ctx *c, const struct postgres_url *url, int64_t deadline_ms,
                          struct postgres_link **out);
void postgres_link_close(struct postgres_link *l); /* NULL is fine */

/* Whether the server has not closed it meanwhile; looks at the socket, asks nobody. */
bool postgres_link_is_alive(struct postgres_link *l);

/*
 * One round trip: `before` (fixed commands without rows, in their order), then the statement `sql`
 * of static storage, prepared at its first use; `sql` may be NULL.  Each runs only if all those
 * before it succeeded.
 */
struct postgres_call {
    const char *const *before;
    size_t before_n; /* at most POSTGRES_BEFORE_MAX */
    const char *sql;
    const struct param *params;
    size_t n;
    int64_t deadline_ms;
};

/*
 * Makes the call and writes the rows of `sql` into `out`, if that is not NULL.  *fate tells what
 * became of it, also when it fails: CONFLICT, UNAVAILABLE, INTERNAL as db_run; OUT_OF_MEMORY for a
 * read whose rows the arena cannot hold.
 */
RESULT postgres_link_call(struct ctx *c, struct postgres_link *l, const struct postgres_call *call,
                          struct table *out, enum postgres_fate *fate);

/* Runs several statements without parameters. */
RESULT postgres_link_script(struct ctx *c, struct postgres_link *l, const char *statements,
                            int64_t deadline_ms, enum postgres_fate *fate);

/* Whether `sql` only reads: it begins with SELECT. */
bool postgres_reads_only(const char *sql);

/* Records UNAVAILABLE with a time to come back after. */
RESULT postgres_unavailable(struct ctx *c, const char *text, ...)
    __attribute__((format(printf, 2, 3)));

#endif
