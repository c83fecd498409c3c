/* SPDX-License-Identifier: Apache-2.0 */
#include "db/postgres_rows.h"

#include "base/text.h"

#include <string.h>

/* No query of ours comes near these; what the arena has in reserve is more. */
enum { OID_BOOL = 16, CELLS_MAX = 1 << 17, TEXT_BYTES_MAX = 4 << 20 };

static const char *cell(struct arena *a, const struct libpq *pq, const PGresult *answer, int row,
                        int column)
{
    if (pq->getisnull(answer, row, column) != 0)
        return NULL;
    const char *text = pq->getvalue(answer, row, column);
    if (pq->ftype(answer, column) == OID_BOOL)
        return text[0] == 't' ? "1" : "0";
    return text_copy(a, text, (size_t)pq->getlength(answer, row, column));
}

/* Whether all texts are texts, and no more than TEXT_BYTES_MAX. */
static RESULT check_texts(struct ctx *c, const struct libpq *pq, const PGresult *answer, int rows,
                          int columns)
{
    size_t bytes = 0;
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++) {
            size_t n = (size_t)pq->getlength(answer, row, column);
            bytes += n;
            if (bytes > TEXT_BYTES_MAX)
                return fail(c, OUT_OF_MEMORY, "database: an answer of more than %d bytes",
                            TEXT_BYTES_MAX);
            if (strlen(pq->getvalue(answer, row, column)) != n)
                return fail(c, UNAVAILABLE, "database: an answer has a NUL in a text");
        }
    return ok();
}

static RESULT check_size(struct ctx *c, const struct libpq *pq, const PGresult *answer, int rows,
                         int columns)
{
    if ((int64_t)rows * columns > CELLS_MAX)
        return fail(c, OUT_OF_MEMORY, "database: an answer of %d rows and %d columns", rows,
                    columns);
    return check_texts(c, pq, answer, rows, columns);
}

/* Of what only reads it would be the rows that it gave. */
static int64_t written(const struct libpq *pq, PGresult *answer, bool reads_only)
{
    int64_t n = 0;
    return !reads_only && text_int(pq->cmdTuples(answer), 0, INT64_MAX, &n) ? n : 0;
}

RESULT postgres_rows(struct ctx *c, const struct libpq *pq, PGresult *answer, bool refusable,
                     struct table *out)
{
    int rows = pq->ntuples(answer);
    int columns = pq->nfields(answer);
    must(rows >= 0 && columns >= 0);
    TRY(check_size(c, pq, answer, rows, columns));
    struct table t = { .rows = (size_t)rows,
                       .columns = (size_t)columns,
                       .written = written(pq, answer, refusable) };
    t.cells = ARENA_NEWS(c->arena, const char *, t.rows *t.columns);
    for (int row = 0; row < rows; row++) {
        if (refusable)
            TRY(ctx_check_memory(c));
        for (int column = 0; column < columns; column++)
            t.cells[row * columns + column] = cell(c->arena, pq, answer, row, column);
    }
    *out = t;
    return ok();
}
