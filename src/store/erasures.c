/* SPDX-License-Identifier: Apache-2.0 */
#include "store/erasures.h"

#include "store/users.h"

static const char sql_note[] = "INSERT INTO erasures (id, erased_at)\n"
                               "VALUES ($1, $2)\n"
                               "ON CONFLICT (id) DO NOTHING";

static const char sql_since[] = "SELECT id, erased_at\n"
                                "FROM erasures\n"
                                "WHERE (erased_at, id) > ($1, $2)\n"
                                "ORDER BY erased_at, id\n"
                                "LIMIT $3";

static const char sql_known[] = "SELECT 1 FROM erasures WHERE id = $1";

RESULT erasure_note(struct ctx *c, const struct erasure *erasure)
{
    return DB_RUN(c, sql_note, NULL, P_TEXT(erasure->id), P_INT(erasure->at));
}

RESULT erasures_since(struct ctx *c, const struct erasure *after, int64_t limit,
                      struct erasures *out)
{
    must(limit >= 1 && limit <= ERASURES_MAX);
    struct table t;
    TRY(DB_RUN(c, sql_since, &t, P_INT(after->at), P_TEXT(after->id), P_INT(limit)));
    struct erasure *rows = ARENA_NEWS(c->arena, struct erasure, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        rows[i] = (struct erasure){ table_text(&t, i, 0), table_int(&t, i, 1) };
    *out = (struct erasures){ rows, t.rows };
    return ok();
}

RESULT erasure_known(struct ctx *c, const char *id, bool *known)
{
    struct table t;
    TRY(DB_RUN(c, sql_known, &t, P_TEXT(id)));
    *known = t.rows > 0;
    return ok();
}

struct applying {
    const struct erasure *erasure;
    bool erased;
};

/* Noted first, so that the time is that of the log. */
static RESULT apply(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct applying *a = arg;
    TRY(erasure_note(c, a->erasure));
    return user_delete(c, a->erasure->id, &a->erased);
}

RESULT erasure_apply(struct ctx *c, const struct erasure *erasure, bool *erased)
{
    struct applying a = { .erasure = erasure };
    TRY(db_atomically(c, apply, &a));
    *erased = a.erased;
    return ok();
}
