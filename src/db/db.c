/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db.h"

#include "base/database_url.h"
#include "base/text.h"
#include "db/db_postgres.h"
#include "db/db_sqlite.h"

static const struct db_driver *const drivers[] = {
    [DATABASE_SQLITE] = &db_sqlite,
    [DATABASE_POSTGRES] = &db_postgres,
};

const char *table_text(const struct table *t, size_t row, size_t column)
{
    must(row < t->rows && column < t->columns);
    return t->cells[row * t->columns + column];
}

int64_t table_int(const struct table *t, size_t row, size_t column)
{
    const char *text = table_text(t, row, column);
    int64_t number = 0;
    must(text == NULL || text_int(text, INT64_MIN, INT64_MAX, &number));
    return number;
}

RESULT database_open(struct ctx *c, const char *url, enum db_use use, struct database **out)
{
    const char *place = NULL;
    enum database_kind kind = database_kind_of(url, &place);
    if (kind == DATABASE_UNKNOWN)
        return fail_field(c, INVALID_FIELD, "database_url",
                          text_printf(c->arena, "a database URL begins with one of: %s",
                                      database_schemes(c->arena)));
    return drivers[kind]->open(c, place, use, out);
}

const char *database_file(const char *url)
{
    const char *place = NULL;
    return database_kind_of(url, &place) == DATABASE_SQLITE ? sqlite_file(place) : NULL;
}

void database_close(struct database *d)
{
    if (d != NULL)
        d->driver->close(d);
}

RESULT db_open(struct ctx *c, struct database *d, struct db **out)
{
    return d->driver->connect(c, d, out);
}

void db_close(struct db *db)
{
    if (db != NULL)
        db->driver->disconnect(db);
}

void db_lower(struct db *db)
{
    db->driver->lower(db);
}

RESULT db_on_file(struct ctx *c, const char *path, db_work *work, void *arg)
{
    struct database *database = NULL;
    struct db *own = c->db;
    c->db = NULL;
    err done = database_open(c, text_printf(c->arena, "sqlite:%s", path), DB_PRIVATE, &database);
    if (done.code == ERR_OK)
        done = db_open(c, database, &c->db);
    if (done.code == ERR_OK)
        done = work(c, arg);
    db_close(c->db);
    database_close(database);
    c->db = own;
    return done;
}

RESULT db_check(struct ctx *c)
{
    return c->db->driver->check(c, c->db);
}

static bool is_sound(const struct param *p)
{
    return p->null || p->is_text == (p->text != NULL);
}

static RESULT check_call(struct ctx *c, const struct param *params, size_t n)
{
    must(n <= DB_PARAMS_MAX);
    for (size_t i = 0; i < n; i++)
        must(is_sound(&params[i]));
    return ctx_check_memory(c);
}

RESULT db_run(struct ctx *c, const char *sql, const struct param *params, size_t n,
              struct table *out)
{
    struct table unused;
    TRY(check_call(c, params, n));
    return c->db->driver->run(c, c->db, sql, params, n, out != NULL ? out : &unused);
}

RESULT db_run_kept(struct ctx *c, const char *sql, const struct param *params, size_t n,
                   struct table *out)
{
    TRY(check_call(c, params, n));
    return c->db->driver->run_kept(c, c->db, sql, params, n, out);
}

RESULT db_atomically(struct ctx *c, db_unit *fn, void *arg)
{
    TRY(ctx_check_memory(c));
    return c->db->driver->atomically(c, c->db, fn, arg);
}

RESULT db_alone(struct ctx *c)
{
    return c->db->driver->alone(c, c->db);
}

void db_overwrite(struct ctx *c)
{
    c->db->driver->overwrite(c->db);
}

void db_pages(struct db *db, struct db_pages *out)
{
    db->driver->pages(db, out);
}

bool db_rest(struct db *db)
{
    return db->driver->rest(db);
}

RESULT db_script(struct ctx *c, const char *statements)
{
    return c->db->driver->script(c, c->db, statements);
}
