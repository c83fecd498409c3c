/* SPDX-License-Identifier: Apache-2.0 */
#include "app/mover.h"

#include "base/database_url.h"
#include "base/text.h"
#include "db/postgres_url.h"
#include "db/sqlite_copy.h"
#include "db/sqlite_place.h"

#include <unistd.h>

static void tell_copied(void *arg, int64_t done, int64_t of)
{
    struct mover *mover = arg;
    progress_restart(&mover->copying);
    progress_tell(&mover->copying, done, of);
}

/* They say nothing about the pace of this run. */
static void tell_found(void *arg, int64_t rows)
{
    struct mover *mover = arg;
    progress_restart(&mover->copying);
    mover->copying.first += rows;
}

/* Its time begins with its first row. */
static void tell_compared(void *arg, int64_t done, int64_t of)
{
    struct mover *mover = arg;
    progress_end(&mover->copying);
    mover->copying.silent = true;
    progress_restart(&mover->comparing);
    progress_tell(&mover->comparing, done, of);
}

/* ---- the target ---- */

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static const char *place_of(struct arena *a, const struct postgres_url *url)
{
    const char *host = or_empty(postgres_url_value(url, "host"));
    const char *port = or_empty(postgres_url_value(url, "port"));
    const char *name = or_empty(postgres_url_value(url, "dbname"));
    if (host[0] == '/')
        return text_printf(a, "postgres:///%s?host=%s%s%s", name, host,
                           port[0] == '\0' ? "" : "&port=", port);
    return text_printf(a, "postgres://%s%s%s/%s", host, port[0] == '\0' ? "" : ":", port, name);
}

static RESULT read_url(struct ctx *c, const char *text, struct postgres_url **out)
{
    if (database_kind_of(text, NULL) != DATABASE_POSTGRES)
        return fail_field(c, INVALID_FIELD, "--to", "A database is moved to postgres://... only.");
    return postgres_url_read(c, text, out);
}

RESULT mover_has_password(struct ctx *c, const char *url, bool *has)
{
    struct postgres_url *read = NULL;
    TRY(read_url(c, url, &read));
    *has = postgres_url_value(read, "password") != NULL;
    postgres_url_free(read);
    return ok();
}

static RESULT name_place(struct ctx *c, struct mover *mover)
{
    struct postgres_url *url = NULL;
    TRY(read_url(c, mover->url, &url));
    mover->place = place_of(c->arena, url);
    postgres_url_free(url);
    return ok();
}

static RESULT with_target(struct ctx *c, struct mover *mover, struct move *move, struct moved *out)
{
    struct database *database = NULL;
    err done = database_open(c, mover->url, DB_COMMAND, &database);
    if (done.code == ERR_OK)
        done = db_open(c, database, &move->to);
    if (done.code == ERR_OK)
        done = move_all(c, move, out);
    db_close(move->to);
    database_close(database);
    progress_end(&mover->comparing);
    return done;
}

/* ---- the source ---- */

static RESULT with_source(struct ctx *c, struct mover *mover, struct move *move, struct moved *out)
{
    struct database *database = NULL;
    const char *url = text_printf(c->arena, "sqlite:%s", move->origin);
    TRY(sqlite_check_restored(c, move->origin));
    TRY(sqlite_check_whole(c, move->origin));
    err done = database_open(c, url, DB_PRIVATE, &database);
    if (done.code == ERR_OK)
        done = db_open(c, database, &move->from);
    if (done.code == ERR_OK)
        done = with_target(c, mover, move, out);
    db_close(move->from);
    database_close(database);
    return done;
}

RESULT mover_run(struct ctx *c, struct mover *mover, const char *source, struct moved *out)
{
    struct sqlite_hold held;
    struct move move = { .origin = database_file(source),
                         .watch = { tell_copied, tell_found, tell_compared, mover } };
    if (move.origin == NULL)
        return fail_field(c, INVALID_FIELD, "database_url",
                          "Only a file of SQLite can be moved: this is none.");
    if (access(move.origin, R_OK) != 0)
        return fail(c, UNAVAILABLE, "there is no database %s", move.origin);
    TRY(name_place(c, mover));
    move.place = mover->place;
    TRY(sqlite_hold(c, move.origin, &held));
    err done = with_source(c, mover, &move, out);
    sqlite_release(&held);
    return done;
}
