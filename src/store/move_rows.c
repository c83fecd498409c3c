/* SPDX-License-Identifier: Apache-2.0 */
#include "store/move_rows.h"

#include <string.h>

/* A key outside of what is given back with each batch. */
struct place {
    bool none; /* before the first row */
    struct param key[SHAPE_KEY_MAX];
    struct arena *arena;
};

enum { PLACE_CEILING = 64 << 10 };

/* The key in `row` of `t`, whose columns `at` names. */
static void place_set(struct place *p, const struct table_shape *s, const struct table *t,
                      size_t row, const size_t *at)
{
    arena_reset(p->arena);
    p->none = false;
    for (size_t i = 0; i < s->key_n; i++) {
        const char *text = table_text(t, row, at[i]);
        must(text != NULL);
        p->key[i] = s->is_number[s->key[i]] ? P_INT(table_int(t, row, at[i]))
                                            : P_TEXT(text_copy(p->arena, text, strlen(text)));
    }
}

static RESULT run_on(struct ctx *c, struct db *db, const char *sql, const struct param *params,
                     size_t n, struct table *out)
{
    struct db *own = c->db;
    c->db = db;
    err done = db_run(c, sql, params, n, out);
    c->db = own;
    return done;
}

RESULT rows_count(struct ctx *c, const struct table_shape *shape, int64_t *rows)
{
    struct table t;
    TRY(db_run(c, shape->count, NULL, 0, &t));
    *rows = table_int(&t, 0, 0);
    return ok();
}

static void passed(struct rows_watch *watch, size_t rows)
{
    watch->done += (int64_t)rows;
    watch->tell(watch->arg, watch->done, watch->of);
}

/* ---- row after row ---- */

/* What is done with rows that were read; it may be done again. */
typedef RESULT rows_use(struct ctx *c, const struct table_shape *s, const struct table *rows,
                        void *arg);

struct walk {
    struct db *db;
    const struct table_shape *shape;
    struct place place;
    int64_t limit;
    rows_use *use;
    void *arg;
    struct rows_watch *watch;
};

static RESULT walk_begin(struct ctx *c, struct walk *w)
{
    w->limit = ROWS_AT_ONCE;
    w->place = (struct place){ .none = true, .arena = arena_new(PLACE_CEILING) };
    return w->place.arena != NULL ? ok() : fail(c, UNAVAILABLE, "no memory to move rows");
}

static RESULT read_batch(struct ctx *c, const struct walk *w, struct table *out)
{
    const struct table_shape *s = w->shape;
    struct param params[SHAPE_KEY_MAX + 1];
    if (w->place.none)
        return run_on(c, w->db, s->first, (const struct param[]){ P_INT(w->limit) }, 1, out);
    memcpy(params, w->place.key, s->key_n * sizeof *params);
    params[s->key_n] = P_INT(w->limit);
    return run_on(c, w->db, s->next, params, s->key_n + 1, out);
}

static RESULT walk_on(struct ctx *c, struct walk *w, struct table *rows)
{
    TRY(read_batch(c, w, rows));
    if (rows->rows == 0)
        return ok();
    TRY(w->use(c, w->shape, rows, w->arg));
    place_set(&w->place, w->shape, rows, rows->rows - 1, w->shape->key);
    passed(w->watch, rows->rows);
    return ok();
}

/* Rows that are too large for the arena together are taken one by one, if need be. */
static bool takes_fewer(struct ctx *c, struct walk *w, err failed)
{
    enum { FEWER = 10 };
    if (failed.code != ERR_OUT_OF_MEMORY || w->limit == 1)
        return false;
    w->limit = w->limit > FEWER ? w->limit / FEWER : 1;
    fault_clear(c);
    return true;
}

static RESULT walk_all(struct ctx *c, struct walk *w)
{
    struct arena_mark mark = arena_mark(c->arena);
    struct table rows = { .rows = 1 };
    while (rows.rows > 0) {
        err done = walk_on(c, w, &rows);
        arena_rewind(c->arena, mark);
        if (done.code != ERR_OK && !takes_fewer(c, w, done))
            return done;
    }
    return ok();
}

/* ---- copying ---- */

/* One element of an array as PostgreSQL reads it: in quotes, so that no text is taken for NULL. */
static void add_element(struct text_buffer *out, const char *text)
{
    text_add(out, "\"");
    while (*text != '\0') {
        size_t plain = strcspn(text, "\"\\");
        text_add_bytes(out, text, plain);
        text += plain;
        if (*text != '\0') {
            text_add(out, "\\");
            text_add_bytes(out, text++, 1);
        }
    }
    text_add(out, "\"");
}

static const char *column_of(struct ctx *c, const struct table *t, size_t column)
{
    struct text_buffer out = text_buffer(c->arena);
    text_add(&out, "{");
    for (size_t row = 0; row < t->rows; row++) {
        const char *text = table_text(t, row, column);
        text_add(&out, row == 0 ? "" : ",");
        if (text == NULL)
            text_add(&out, "NULL");
        else
            add_element(&out, text);
    }
    text_add(&out, "}");
    return text_of(&out);
}

static RESULT insert(struct ctx *c, const struct table_shape *s, const struct table *rows, void *to)
{
    struct param columns[DB_PARAMS_MAX];
    for (size_t i = 0; i < s->columns.n; i++)
        columns[i] = P_TEXT(column_of(c, rows, i));
    return run_on(c, to, s->insert, columns, s->columns.n, NULL);
}

/* Where the target's rows end, and how many stand before that in the source. */
static RESULT find_end(struct ctx *c, struct walk *w, struct db *to)
{
    static const size_t in_order[SHAPE_KEY_MAX] = { 0, 1, 2, 3, 4, 5, 6, 7 };
    const struct table_shape *s = w->shape;
    struct table t;
    TRY(run_on(c, to, s->last, NULL, 0, &t));
    if (t.rows == 0)
        return ok();
    place_set(&w->place, s, &t, 0, in_order);
    TRY(run_on(c, w->db, s->before, w->place.key, s->key_n, &t));
    w->watch->found(w->watch->arg, table_int(&t, 0, 0));
    passed(w->watch, (size_t)table_int(&t, 0, 0));
    return ok();
}

RESULT rows_copy(struct ctx *c, struct db *from, struct db *to, const struct table_shape *shape,
                 struct rows_watch *watch)
{
    struct walk w = { .db = from, .shape = shape, .use = insert, .arg = to, .watch = watch };
    TRY(walk_begin(c, &w));
    err done = find_end(c, &w, to);
    if (done.code == ERR_OK)
        done = walk_all(c, &w);
    arena_end(w.place.arena);
    return done;
}

/* ---- comparing ---- */

/* Row by row, so that it does not matter how many are read at once. */
static RESULT add_rows(struct ctx *c, const struct table_shape *s, const struct table *rows,
                       void *arg)
{
    (void)s;
    struct rows_sum *sum = arg;
    for (size_t row = 0; row < rows->rows; row++) {
        struct framed f = framed(c->arena);
        framed_add(&f, (struct bytes){ sum->hash, sizeof sum->hash });
        for (size_t i = 0; i < rows->columns; i++)
            framed_add_text(&f, table_text(rows, row, i));
        sha256(framed_bytes(&f), sum->hash);
    }
    sum->rows += (int64_t)rows->rows;
    return ok();
}

RESULT rows_sum(struct ctx *c, struct db *db, const struct table_shape *shape,
                struct rows_watch *watch, struct rows_sum *out)
{
    struct rows_sum sum = { 0 };
    struct walk w = { .db = db, .shape = shape, .use = add_rows, .arg = &sum, .watch = watch };
    TRY(walk_begin(c, &w));
    err done = walk_all(c, &w);
    arena_end(w.place.arena);
    *out = sum;
    return done;
}
