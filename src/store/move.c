/* SPDX-License-Identifier: Apache-2.0 */
#include "store/move.h"

#include "crypto/digest.h"
#include "store/meta.h"
#include "store/move_rows.h"
#include "store/tables.h"

#include <string.h>

static const char sql_marks[] = "SELECT name, value FROM meta ORDER BY name";

struct moving {
    const struct move *move;
    struct table_shapes shapes; /* of the source */
    const char *id;             /* of the source, and no secret */
    int64_t rows;               /* of all tables that are copied */
    bool marked;                /* the source says already that it was moved here */
    struct moved done;
};

/* ---- which tables ---- */

/* The migrations have made themselves; what the database says of itself goes last of all. */
static bool is_copied(const struct table_shape *s)
{
    return !text_equal(s->name, "migrations") && !text_equal(s->name, "meta");
}

/* ---- the source ---- */

static RESULT check_moved(struct ctx *c, struct moving *m)
{
    const char *moved = NULL;
    TRY(meta_get(c, META_MOVED, &moved));
    m->marked = moved != NULL;
    if (moved == NULL || text_equal(moved, m->move->place))
        return ok();
    return fail(c, UNAVAILABLE, "%s was moved to %s already", m->move->origin, moved);
}

static RESULT check_source(struct ctx *c, struct moving *m)
{
    struct migrations_due due;
    const char *backup = NULL;
    TRY(migrate_plan(c, store_schema(), &due));
    if (due.n > 0)
        return fail(c, UNAVAILABLE, "%s has to be migrated first: uauth migrate", m->move->origin);
    TRY(meta_get(c, META_BACKUP, &backup));
    if (backup != NULL)
        return fail(c, UNAVAILABLE, "%s is a backup: uauth restore puts it in place",
                    m->move->origin);
    TRY(check_moved(c, m));
    TRY(meta_get(c, META_SEAL_CHECK, &m->id));
    if (m->id == NULL)
        return fail(c, UNAVAILABLE, "%s was never used: there is nothing to move", m->move->origin);
    TRY(table_shapes_read(c, &m->shapes));
    for (size_t i = 0; i < m->shapes.n; i++) {
        int64_t rows = 0;
        if (is_copied(&m->shapes.at[i]))
            TRY(rows_count(c, &m->shapes.at[i], &rows));
        m->rows += rows;
        m->done.tables += is_copied(&m->shapes.at[i]) ? 1 : 0;
    }
    m->done.rows = m->rows;
    return ok();
}

/* ---- the target ---- */

static RESULT check_tables(struct ctx *c, const struct moving *m)
{
    struct texts tables;
    TRY(tables_list(c, &tables));
    for (size_t i = 0; i < tables.n; i++) {
        bool ours = false;
        for (size_t k = 0; k < m->shapes.n; k++)
            ours = ours || text_equal(m->shapes.at[k].name, tables.at[i]);
        if (!ours)
            return fail(c, UNAVAILABLE,
                        "%s holds the table %s of something else: an empty database is needed",
                        m->move->place, tables.at[i]);
    }
    return ok();
}

static const char *mark_of(struct ctx *c, const struct moving *m)
{
    return text_printf(c->arena, "%s (%s)", m->move->origin, m->id);
}

/* Removes all rows, those that migrations have put there too, and says whose half it is. */
static RESULT empty(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct moving *m = arg;
    struct text_buffer sql = text_buffer(c->arena);
    for (size_t i = 0; i < m->shapes.n; i++)
        if (!text_equal(m->shapes.at[i].name, "migrations"))
            text_addf(&sql, "%s\"%s\"", sql.n == 0 ? "TRUNCATE TABLE " : ", ",
                      m->shapes.at[i].name);
    TRY(db_alone(c));
    TRY(db_script(c, text_of(&sql)));
    return meta_set(c, META_MOVING, mark_of(c, m));
}

static const char sql_any_event[] = "SELECT id FROM events LIMIT 1";

/*
 * One that has been opened says under which master key, and whatever was done to it is in its
 * events.  A move that was killed before it said whose half this is leaves one that somebody may
 * have looked into since.
 */
static RESULT check_unused(struct ctx *c, const struct moving *m, const char *seal)
{
    struct table events;
    TRY(db_run(c, sql_any_event, NULL, 0, &events));
    if (seal == NULL || (text_equal(seal, m->id) && events.rows == 0))
        return ok();
    return fail(c, UNAVAILABLE, "%s is in use: an empty database is needed", m->move->place);
}

static RESULT judge_target(struct ctx *c, struct moving *m, const char *moving, const char *seal)
{
    const char *end = text_printf(c->arena, " (%s)", m->id);
    m->done.resumed = moving != NULL && text_ends(moving, end);
    if (m->done.resumed)
        return ok();
    if (moving != NULL)
        return fail(c, UNAVAILABLE,
                    "%s holds the half of another move, from %s: an empty database is needed",
                    m->move->place, moving);
    m->done.before = m->marked && text_equal(seal, m->id);
    if (m->done.before)
        return ok();
    if (m->marked)
        return fail(c, UNAVAILABLE,
                    "%s was moved to %s, which is not there any more; uauth restore --in-place "
                    "makes what is left here good again",
                    m->move->origin, m->move->place);
    TRY(check_unused(c, m, seal));
    return db_atomically(c, empty, m);
}

static RESULT prepare_target(struct ctx *c, struct moving *m)
{
    const char *moving = NULL;
    const char *seal = NULL;
    TRY(check_tables(c, m));
    TRY(migrate_run(c, store_schema(), NULL));
    TRY(meta_get(c, META_MOVING, &moving));
    TRY(meta_get(c, META_SEAL_CHECK, &seal));
    return judge_target(c, m, moving, seal);
}

/* ---- copying and comparing ---- */

static RESULT copy_all(struct ctx *c, const struct moving *m)
{
    const struct move *move = m->move;
    struct rows_watch watch = { .tell = move->watch.copied,
                                .found = move->watch.found,
                                .arg = move->watch.arg,
                                .of = m->rows };
    for (size_t i = 0; i < m->shapes.n; i++)
        if (is_copied(&m->shapes.at[i]))
            TRY(rows_copy(c, move->from, move->to, &m->shapes.at[i], &watch));
    return ok();
}

/* *differs: the first table that does, or NULL. */
static RESULT compare_all(struct ctx *c, const struct moving *m, const char **differs)
{
    const struct move *move = m->move;
    struct rows_watch watch = { .tell = move->watch.compared,
                                .arg = move->watch.arg,
                                .of = 2 * m->rows };
    *differs = NULL;
    for (size_t i = 0; i < m->shapes.n && *differs == NULL; i++) {
        struct rows_sum from;
        struct rows_sum to;
        if (!is_copied(&m->shapes.at[i]))
            continue;
        TRY(rows_sum(c, move->from, &m->shapes.at[i], &watch, &from));
        TRY(rows_sum(c, move->to, &m->shapes.at[i], &watch, &to));
        if (from.rows != to.rows || !ct_equal((struct bytes){ from.hash, sizeof from.hash },
                                              (struct bytes){ to.hash, sizeof to.hash }))
            *differs = m->shapes.at[i].name;
    }
    return ok();
}

static RESULT copy_and_compare(struct ctx *c, const struct moving *m, const char **differs)
{
    err copied = copy_all(c, m);
    /* What was there of another state of the source stands in the way of its rows. */
    if (copied.code == ERR_CONFLICT && m->done.resumed) {
        fault_clear(c);
        *differs = "";
        return ok();
    }
    TRY(copied);
    return compare_all(c, m, differs);
}

/* The source may have been used since the first part was copied: then all is copied anew. */
static RESULT fill_target(struct ctx *c, struct moving *m)
{
    const char *differs = NULL;
    TRY(copy_and_compare(c, m, &differs));
    if (differs != NULL && m->done.resumed) {
        m->done.anew = true;
        TRY(db_atomically(c, empty, m));
        TRY(copy_all(c, m));
        TRY(compare_all(c, m, &differs));
    }
    if (differs != NULL)
        return fail(c, INTERNAL, "the table %s is not the same in %s as in %s", differs,
                    m->move->place, m->move->origin);
    return ok();
}

/* ---- the end ---- */

struct finishing {
    struct table marks; /* what the source says of itself */
};

static bool is_own(const char *name)
{
    return text_equal(name, META_MOVED) || text_equal(name, META_MOVING) ||
           text_equal(name, META_BACKUP);
}

static RESULT complete(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct finishing *f = arg;
    for (size_t i = 0; i < f->marks.rows; i++)
        if (!is_own(table_text(&f->marks, i, 0)))
            TRY(meta_set(c, table_text(&f->marks, i, 0), table_text(&f->marks, i, 1)));
    return meta_remove(c, META_MOVING);
}

/* The source is closed before the target is opened: never are both served. */
static RESULT finish(struct ctx *c, const struct moving *m)
{
    struct finishing f;
    c->db = m->move->from;
    TRY(db_run(c, sql_marks, NULL, 0, &f.marks));
    TRY(meta_set(c, META_MOVED, m->move->place));
    c->db = m->move->to;
    return m->done.before ? ok() : db_atomically(c, complete, &f);
}

static RESULT move_in(struct ctx *c, struct moving *m)
{
    c->db = m->move->from;
    TRY(check_source(c, m));
    c->db = m->move->to;
    TRY(prepare_target(c, m));
    if (!m->done.before)
        TRY(fill_target(c, m));
    return finish(c, m);
}

RESULT move_all(struct ctx *c, const struct move *move, struct moved *out)
{
    struct moving m = { .move = move };
    struct db *own = c->db;
    err done = move_in(c, &m);
    c->db = own;
    *out = m.done;
    return done;
}
