/* SPDX-License-Identifier: Apache-2.0 */
#include "store/table_shapes.h"

#include "store/tables.h"

static const char sql_columns[] = "SELECT name, type, pk\n"
                                  "FROM pragma_table_info($1)\n"
                                  "ORDER BY cid";

static const char sql_references[] = "SELECT DISTINCT \"table\"\n"
                                     "FROM pragma_foreign_key_list($1)";

/* ---- columns and key ---- */

static RESULT read_columns(struct ctx *c, struct table_shape *s)
{
    struct table t;
    TRY(DB_RUN(c, sql_columns, &t, P_TEXT(s->name)));
    const char **names = ARENA_NEWS(c->arena, const char *, t.rows);
    bool *is_number = ARENA_NEWS(c->arena, bool, t.rows);
    for (size_t i = 0; i < t.rows; i++) {
        const char *type = table_text(&t, i, 1);
        int64_t place = table_int(&t, i, 2);
        names[i] = table_text(&t, i, 0);
        is_number[i] = text_equal(type, "BIGINT");
        if ((!is_number[i] && !text_equal(type, "TEXT")) || place > SHAPE_KEY_MAX)
            return fail(c, INTERNAL, "%s.%s is a column that cannot be moved", s->name, names[i]);
        if (place > 0)
            s->key[place - 1] = i;
        s->key_n += place > 0 ? 1 : 0;
    }
    s->columns = (struct texts){ names, t.rows };
    s->is_number = is_number;
    if (s->key_n == 0 || t.rows > DB_PARAMS_MAX)
        return fail(c, INTERNAL, "the table %s has no primary key, or too many columns", s->name);
    return ok();
}

/* ---- statements ---- */

/* "a", "b" */
static const char *names_of(struct arena *a, struct texts columns)
{
    struct text_buffer out = text_buffer(a);
    for (size_t i = 0; i < columns.n; i++)
        text_addf(&out, "%s\"%s\"", i == 0 ? "" : ", ", columns.at[i]);
    return text_of(&out);
}

/* The key's columns, each with `end` after it. */
static const char *key_of(struct arena *a, const struct table_shape *s, const char *end)
{
    struct text_buffer out = text_buffer(a);
    for (size_t i = 0; i < s->key_n; i++)
        text_addf(&out, "%s\"%s\"%s", i == 0 ? "" : ", ", s->columns.at[s->key[i]], end);
    return text_of(&out);
}

/* "$1, $2" */
static const char *numbered(struct arena *a, size_t n)
{
    struct text_buffer out = text_buffer(a);
    for (size_t i = 1; i <= n; i++)
        text_addf(&out, "%s$%zu", i == 1 ? "" : ", ", i);
    return text_of(&out);
}

static const char *insert_of(struct arena *a, const struct table_shape *s)
{
    const char *names = names_of(a, s->columns);
    struct text_buffer out = text_buffer(a);
    text_addf(&out, "INSERT INTO \"%s\" (%s)\nSELECT %s\nFROM unnest(", s->name, names, names);
    for (size_t i = 0; i < s->columns.n; i++)
        text_addf(&out, "%sCAST($%zu AS %s[])", i == 0 ? "" : ", ", i + 1,
                  s->is_number[i] ? "BIGINT" : "TEXT");
    text_addf(&out, ") AS r (%s)", names);
    return text_of(&out);
}

static void make_statements(struct arena *a, struct table_shape *s)
{
    const char *names = names_of(a, s->columns);
    const char *key = key_of(a, s, "");
    const char *given = numbered(a, s->key_n);
    s->first = text_printf(a, "SELECT %s\nFROM \"%s\"\nORDER BY %s\nLIMIT $1", names, s->name, key);
    s->next = text_printf(a, "SELECT %s\nFROM \"%s\"\nWHERE (%s) > (%s)\nORDER BY %s\nLIMIT $%zu",
                          names, s->name, key, given, key, s->key_n + 1);
    s->last = text_printf(a, "SELECT %s\nFROM \"%s\"\nORDER BY %s\nLIMIT 1", key, s->name,
                          key_of(a, s, " DESC"));
    s->count = text_printf(a, "SELECT count(*) FROM \"%s\"", s->name);
    s->before =
        text_printf(a, "SELECT count(*) FROM \"%s\" WHERE (%s) <= (%s)", s->name, key, given);
    s->insert = insert_of(a, s);
}

/* ---- order ---- */

/* Whether all that `name` refers to stands among the first `n`. */
static RESULT stands(struct ctx *c, const char *name, const struct table_shape *list, size_t n,
                     bool *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_references, &t, P_TEXT(name)));
    *out = true;
    for (size_t i = 0; i < t.rows && *out; i++) {
        *out = false;
        for (size_t k = 0; k < n; k++)
            *out = *out || text_equal(list[k].name, table_text(&t, i, 0));
    }
    return ok();
}

/* Adds those of `names` that can stand now; what is added is NULL there. */
static RESULT add_ready(struct ctx *c, struct texts names, struct table_shape *list, size_t *n)
{
    for (size_t i = 0; i < names.n; i++) {
        bool ready = false;
        if (names.at[i] != NULL)
            TRY(stands(c, names.at[i], list, *n, &ready));
        if (!ready)
            continue;
        list[*n] = (struct table_shape){ .name = names.at[i] };
        TRY(read_columns(c, &list[*n]));
        make_statements(c->arena, &list[*n]);
        names.at[i] = NULL;
        ++*n;
    }
    return ok();
}

RESULT table_shapes_read(struct ctx *c, struct table_shapes *out)
{
    struct texts names;
    TRY(tables_list(c, &names));
    struct table_shape *list = ARENA_NEWS(c->arena, struct table_shape, names.n);
    size_t n = 0;
    while (n < names.n) {
        size_t before = n;
        TRY(add_ready(c, names, list, &n));
        if (n == before)
            return fail(c, INTERNAL, "tables refer to each other in a circle");
    }
    *out = (struct table_shapes){ list, n };
    return ok();
}
