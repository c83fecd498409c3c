/* SPDX-License-Identifier: Apache-2.0 */
#include "store/imports.h"

static const char sql_begin[] =
    "INSERT INTO imports (id, position, number, added, left_out, report_bytes, tail,\n"
    "                     started_at, updated_at)\n"
    "VALUES ($1, 0, 0, 0, 0, 0, '', $2, $2)\n"
    "ON CONFLICT (id) DO NOTHING";

static const char sql_begin_again[] =
    "UPDATE imports\n"
    "SET position = 0, number = 0, added = 0, left_out = 0, report_bytes = 0, tail = '',\n"
    "    started_at = $2, updated_at = $2, done_at = NULL\n"
    "WHERE id = $1\n"
    "  AND done_at IS NOT NULL";

static const char sql_find[] =
    "SELECT position, number, added, left_out, report_bytes, tail, started_at\n"
    "FROM imports\n"
    "WHERE id = $1";

static const char sql_step[] =
    "UPDATE imports\n"
    "SET position = $3, number = $4, added = $5, left_out = $6, report_bytes = $7, tail = $8,\n"
    "    updated_at = $9\n"
    "WHERE id = $1\n"
    "  AND position = $2\n"
    "  AND done_at IS NULL\n"
    "RETURNING id";

static const char sql_end[] = "UPDATE imports\n"
                              "SET done_at = $2, tail = ''\n"
                              "WHERE id = $1";

struct beginning {
    const char *id;
    struct import_row row;
};

RESULT import_find(struct ctx *c, const char *id, struct import_row *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(id)));
    if (t.rows == 0)
        return fail_say(c, CONFLICT, "This import has not begun.", "there is no import %s", id);
    *out = (struct import_row){ .id = id,
                                .position = table_int(&t, 0, 0),
                                .number = table_int(&t, 0, 1),
                                .added = table_int(&t, 0, 2),
                                .left_out = table_int(&t, 0, 3),
                                .report_bytes = table_int(&t, 0, 4),
                                .tail = table_text(&t, 0, 5),
                                .started_at = table_int(&t, 0, 6) };
    return ok();
}

static RESULT begin_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct beginning *b = arg;
    TRY(DB_RUN(c, sql_begin, NULL, P_TEXT(b->id), P_INT(c->now)));
    TRY(DB_RUN(c, sql_begin_again, NULL, P_TEXT(b->id), P_INT(c->now)));
    return import_find(c, b->id, &b->row);
}

RESULT import_begin(struct ctx *c, const char *id, struct import_row *out)
{
    struct beginning b = { .id = id };
    TRY(db_atomically(c, begin_in, &b));
    *out = b.row;
    return ok();
}

RESULT import_step(struct ctx *c, int64_t position, const struct import_row *row, bool *done)
{
    struct table t;
    TRY(DB_RUN(c, sql_step, &t, P_TEXT(row->id), P_INT(position), P_INT(row->position),
               P_INT(row->number), P_INT(row->added), P_INT(row->left_out),
               P_INT(row->report_bytes), P_TEXT(row->tail), P_INT(c->now)));
    *done = t.rows > 0;
    return ok();
}

RESULT import_end(struct ctx *c, const char *id)
{
    return DB_RUN(c, sql_end, NULL, P_TEXT(id), P_INT(c->now));
}
