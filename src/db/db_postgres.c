/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db_postgres.h"

#include "base/text.h"
#include "db/postgres_worker.h"

#include <stdlib.h>

static const char sql_ask[] = "SELECT 1";
/* A record of the log that says nothing. */
static const char sql_probe[] = "SELECT pg_logical_emit_message(true, 'uauth', '')";

struct postgres_database {
    struct database base;
    struct postgres_url *url;
    struct postgres_gate gate;
    atomic_int opened;
};

struct postgres_db {
    struct db base;
    struct postgres_database *of;
    struct postgres_worker *worker;
};

static struct postgres_worker *worker_of(struct db *db)
{
    return ((struct postgres_db *)(void *)db)->worker;
}

static struct postgres_database *database_of(struct database *d)
{
    return (struct postgres_database *)(void *)d;
}

/* ---- a worker's connection ---- */

static void disconnect(struct db *db)
{
    struct postgres_db *w = (struct postgres_db *)(void *)db;
    postgres_worker_close(w->worker);
    (void)atomic_fetch_sub(&w->of->opened, 1);
    free(w);
}

static RESULT connect_worker(struct ctx *c, struct database *database, struct db **out)
{
    struct postgres_database *d = database_of(database);
    struct postgres_db *w = calloc(1, sizeof *w);
    if (w == NULL)
        return fail(c, UNAVAILABLE, "database: no memory for a connection");
    *w = (struct postgres_db){ .base.driver = &db_postgres, .of = d };
    (void)atomic_fetch_add(&d->opened, 1);
    struct postgres_server server = { .url = d->url, .gate = &d->gate };
    err opened = postgres_worker_open(c, server, &w->base, &w->worker);
    if (opened.code != ERR_OK)
        disconnect(&w->base);
    else
        *out = &w->base;
    return opened;
}

static RESULT run(struct ctx *c, struct db *db, const char *sql, const struct param *params,
                  size_t n, struct table *out)
{
    return postgres_run(c, worker_of(db), sql, params, n, out);
}

static RESULT atomically(struct ctx *c, struct db *db, db_unit *fn, void *arg)
{
    return postgres_atomically(c, worker_of(db), fn, arg);
}

static RESULT alone(struct ctx *c, struct db *tx)
{
    return postgres_alone(c, worker_of(tx));
}

static void overwrite(struct db *tx)
{
    (void)tx;
}

static RESULT script(struct ctx *c, struct db *tx, const char *statements)
{
    return postgres_script(c, worker_of(tx), statements);
}

/* A healthy server is believed; one that could not write is asked to. */
static RESULT check(struct ctx *c, struct db *db)
{
    struct table t;
    struct postgres_database *d = ((struct postgres_db *)(void *)db)->of;
    if (!atomic_load(&d->gate.ailing))
        return run(c, db, sql_ask, NULL, 0, &t);
    TRY(run(c, db, sql_probe, NULL, 0, &t));
    atomic_store(&d->gate.ailing, false);
    return ok();
}

static void pages(struct db *db, struct db_pages *out)
{
    (void)db;
    *out = (struct db_pages){ 0, 0 };
}

/* Nothing is kept, and nobody else has its connection. */
static bool rest(struct db *db)
{
    (void)db;
    return false;
}

static void lower(struct db *db)
{
    (void)db;
}

/* ---- opening ---- */

static void close_database(struct database *database)
{
    struct postgres_database *d = database_of(database);
    must(atomic_load(&d->opened) == 0);
    postgres_url_free(d->url);
    free(d);
}

/* Whether the server is there is asked now, so that a wrong URL or password is told at the start.
 */
static RESULT open_url(struct ctx *c, const char *where, struct postgres_database *d)
{
    struct db *first = NULL;
    TRY(postgres_url_read(c, text_printf(c->arena, "postgres:%s", where), &d->url));
    TRY(connect_worker(c, &d->base, &first));
    disconnect(first);
    return ok();
}

/* Of servers there may be many, and a command takes nothing away from them: `use` does not matter.
 */
static RESULT open_database(struct ctx *c, const char *where, enum db_use use,
                            struct database **out)
{
    (void)use;
    struct postgres_database *d = calloc(1, sizeof *d);
    if (d == NULL)
        return fail(c, UNAVAILABLE, "database: no memory to open it");
    d->base.driver = &db_postgres;
    err opened = open_url(c, where, d);
    if (opened.code != ERR_OK)
        close_database(&d->base);
    else
        *out = &d->base;
    return opened;
}

const struct db_driver db_postgres = {
    .name = "postgres",
    .open = open_database,
    .close = close_database,
    .connect = connect_worker,
    .disconnect = disconnect,
    .lower = lower,
    .run = run,
    .run_kept = run,
    .atomically = atomically,
    .alone = alone,
    .overwrite = overwrite,
    .script = script,
    .check = check,
    .pages = pages,
    .rest = rest,
};
