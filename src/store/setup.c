/* SPDX-License-Identifier: Apache-2.0 */
#include "store/setup.h"

#include "store/meta.h"

#define META_SETUP_DONE "setup_done" /* when */

RESULT setup_is_open(struct ctx *c, bool *open)
{
    const char *done = NULL;
    TRY(meta_get(c, META_SETUP_DONE, &done));
    *open = done == NULL;
    return ok();
}

/* ---- the code ---- */

static const char sql_forget[] = "DELETE FROM setup_codes";

static const char sql_issue[] = "INSERT INTO setup_codes (hash, tries, created_at, expires_at)\n"
                                "VALUES ($1, 0, $2, $3)";

struct issuing {
    const char *hash;
    int64_t expires_at;
    bool issued;
};

static RESULT issue(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct issuing *i = arg;
    TRY(setup_is_open(c, &i->issued));
    if (!i->issued)
        return ok();
    TRY(db_run(c, sql_forget, NULL, 0, NULL));
    return DB_RUN(c, sql_issue, NULL, P_TEXT(i->hash), P_INT(c->now), P_INT(i->expires_at));
}

RESULT setup_issue(struct ctx *c, const char *hash, int64_t expires_at, bool *issued)
{
    struct issuing i = { .hash = hash, .expires_at = expires_at };
    TRY(db_atomically(c, issue, &i));
    *issued = i.issued;
    return ok();
}

/* Counts on past the limit, so that setup_finish sees it too. */
static const char sql_try[] = "UPDATE setup_codes\n"
                              "SET tries = tries + 1\n"
                              "RETURNING tries";

RESULT setup_try(struct ctx *c, bool *allowed)
{
    struct table t;
    TRY(db_run(c, sql_try, NULL, 0, &t));
    *allowed = t.rows == 0 || table_int(&t, 0, 0) <= SETUP_TRIES_MAX;
    return ok();
}

/* ---- closing ---- */

static const char sql_find[] = "SELECT tries, expires_at\n"
                               "FROM setup_codes\n"
                               "WHERE hash = $1";

/* The one who writes the row has closed it. */
static const char sql_close[] = "INSERT INTO meta (name, value)\n"
                                "VALUES ('" META_SETUP_DONE "', $1)\n"
                                "ON CONFLICT (name) DO NOTHING\n"
                                "RETURNING name";

static RESULT close_setup(struct ctx *c, bool *closed)
{
    struct table t;
    TRY(DB_RUN(c, sql_close, &t, P_TEXT(text_printf(c->arena, "%lld", (long long)c->now))));
    *closed = t.rows > 0;
    return db_run(c, sql_forget, NULL, 0, NULL);
}

struct finishing {
    const char *hash;
    enum setup_outcome how;
};

static RESULT finish(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct finishing *f = arg;
    bool open = false;
    TRY(setup_is_open(c, &open));
    f->how = SETUP_CLOSED;
    if (!open)
        return ok();
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(f->hash)));
    f->how = SETUP_WRONG;
    if (t.rows == 0)
        return ok();
    f->how = SETUP_EXPIRED;
    if (table_int(&t, 0, 0) > SETUP_TRIES_MAX || table_int(&t, 0, 1) <= c->now)
        return ok();
    bool closed = false;
    TRY(close_setup(c, &closed));
    f->how = closed ? SETUP_DONE : SETUP_CLOSED;
    return ok();
}

RESULT setup_finish(struct ctx *c, const char *hash, enum setup_outcome *how)
{
    struct finishing f = { .hash = hash };
    TRY(db_atomically(c, finish, &f));
    *how = f.how;
    return ok();
}

static RESULT close_now(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    return close_setup(c, arg);
}

RESULT setup_close(struct ctx *c, bool *closed)
{
    bool was_open = false;
    TRY(db_atomically(c, close_now, &was_open));
    *closed = was_open;
    return ok();
}
