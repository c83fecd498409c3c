/* SPDX-License-Identifier: Apache-2.0 */
#include "db/postgres_rows.h"

#include "base/text.h"

enum { OID_BOOL = 16 };

static const char *cell(struct arena *a, const PGresult *answer, int row, int column)
{
    if (PQgetisnull(answer, row, column) != 0)
        return NULL;
    const char *text = PQgetvalue(answer, row, column);
    if (PQftype(answer, column) == OID_BOOL)
        return text[0] == 't' ? "1" : "0";
    return text_copy(a, text, (size_t)PQgetlength(answer, row, column));
}

RESULT postgres_rows(struct ctx *c, const PGresult *answer, bool refusable, struct table *out)
{
    int rows = PQntuples(answer);
    int columns = PQnfields(answer);
    struct table t = { .rows = (size_t)rows, .columns = (size_t)columns };
    t.cells = ARENA_NEWS(c->arena, const char *, t.rows *t.columns);
    for (int row = 0; row < rows; row++) {
        if (refusable)
            TRY(ctx_check_memory(c));
        for (int column = 0; column < columns; column++)
            t.cells[row * columns + column] = cell(c->arena, answer, row, column);
    }
    *out = t;
    return ok();
}
