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

static RESULT place_begin(struct ctx *c, struct place *out)
{
    *out = (struct place){ .none = true, .arena = arena_new(PLACE_CEILING) };
    return out->arena != NULL ? ok() : fail(c, UNAVAILABLE, "no memory to move rows");
}

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

/* The rows after the place, and the place after them. */
static RESULT read_batch(struct ctx *c, struct db *db, const struct table_shape *s, struct place *p,
                         struct table *out)
{
    TRY(p->none ? run_on(c, db, s->first, NULL, 0, out)
                : run_on(c, db, s->next, p->key, s->key_n, out));
    if (out->rows > 0)
        place_set(p, s, out, out->rows - 1, s->key);
    return ok();
}

static void passed(struct rows_watch *watch, size_t rows)
{
    watch->done += (int64_t)rows;
    watch->tell(watch->arg, watch->done, watch->of);
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

static RESULT insert(struct ctx *c, struct db *to, const struct table_shape *s,
                     const struct table *rows)
{
    struct param columns[DB_PARAMS_MAX];
    for (size_t i = 0; i < s->columns.n; i++)
        columns[i] = P_TEXT(column_of(c, rows, i));
    return run_on(c, to, s->insert, columns, s->columns.n, NULL);
}

/* Where the target's rows end, and how many stand before that in the source. */
static RESULT find_end(struct ctx *c, struct db *from, struct db *to, const struct table_shape *s,
                       struct place *p, struct rows_watch *watch)
{
    static const size_t in_order[SHAPE_KEY_MAX] = { 0, 1, 2, 3, 4, 5, 6, 7 };
    struct table t;
    TRY(run_on(c, to, s->last, NULL, 0, &t));
    if (t.rows == 0)
        return ok();
    place_set(p, s, &t, 0, in_order);
    TRY(run_on(c, from, s->before, p->key, s->key_n, &t));
    watch->found(watch->arg, table_int(&t, 0, 0));
    passed(watch, (size_t)table_int(&t, 0, 0));
    return ok();
}

static RESULT copy_from(struct ctx *c, struct db *from, struct db *to, const struct table_shape *s,
                        struct place *p, struct rows_watch *watch)
{
    struct arena_mark mark = arena_mark(c->arena);
    struct table rows = { 0 };
    do {
        TRY(read_batch(c, from, s, p, &rows));
        if (rows.rows > 0)
            TRY(insert(c, to, s, &rows));
        passed(watch, rows.rows);
        arena_rewind(c->arena, mark);
    } while (rows.rows == ROWS_AT_ONCE);
    return ok();
}

RESULT rows_copy(struct ctx *c, struct db *from, struct db *to, const struct table_shape *shape,
                 struct rows_watch *watch)
{
    struct place place;
    TRY(place_begin(c, &place));
    err done = find_end(c, from, to, shape, &place, watch);
    if (done.code == ERR_OK)
        done = copy_from(c, from, to, shape, &place, watch);
    arena_end(place.arena);
    return done;
}

/* ---- comparing ---- */

static void add_rows(struct ctx *c, const struct table *rows, struct rows_sum *sum)
{
    struct framed f = framed(c->arena);
    framed_add(&f, (struct bytes){ sum->hash, sizeof sum->hash });
    for (size_t row = 0; row < rows->rows; row++)
        for (size_t i = 0; i < rows->columns; i++)
            framed_add_text(&f, table_text(rows, row, i));
    sha256(framed_bytes(&f), sum->hash);
    sum->rows += (int64_t)rows->rows;
}

static RESULT sum_from(struct ctx *c, struct db *db, const struct table_shape *s, struct place *p,
                       struct rows_watch *watch, struct rows_sum *sum)
{
    struct arena_mark mark = arena_mark(c->arena);
    struct table rows = { 0 };
    do {
        TRY(read_batch(c, db, s, p, &rows));
        add_rows(c, &rows, sum);
        passed(watch, rows.rows);
        arena_rewind(c->arena, mark);
    } while (rows.rows == ROWS_AT_ONCE);
    return ok();
}

RESULT rows_sum(struct ctx *c, struct db *db, const struct table_shape *shape,
                struct rows_watch *watch, struct rows_sum *out)
{
    struct place place;
    struct rows_sum sum = { 0 };
    TRY(place_begin(c, &place));
    err done = sum_from(c, db, shape, &place, watch, &sum);
    arena_end(place.arena);
    *out = sum;
    return done;
}
