/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_POSTGRES_WORKER_H
#define UAUTH_DB_POSTGRES_WORKER_H

/*
 * One worker's statements and transactions on PostgreSQL: connects again when the connection is
 * lost, runs again what the server asks to run again, and keeps the time (db/db_postgres.h says how
 * long).  Belongs to one thread at a time.
 */

#include "db/postgres_gate.h"
#include "db/postgres_url.h"

struct postgres_worker;

/* What the workers of a process share; outlives them. */
struct postgres_server {
    const struct postgres_url *url;
    struct postgres_gate *gate;
};

/* Connects.  `tx`: what db_atomically gives out.  UNAVAILABLE. */
RESULT postgres_worker_open(struct ctx *c, struct postgres_server server, struct db *tx,
                            struct postgres_worker **out);
void postgres_worker_close(struct postgres_worker *w); /* NULL is fine */

/* As the functions of db/db.h. */
RESULT postgres_run(struct ctx *c, struct postgres_worker *w, const char *sql,
                    const struct param *params, size_t n, struct table *out);
RESULT postgres_atomically(struct ctx *c, struct postgres_worker *w, db_unit *fn, void *arg);
RESULT postgres_alone(struct ctx *c, struct postgres_worker *w);
RESULT postgres_script(struct ctx *c, struct postgres_worker *w, const char *statements);

#endif
