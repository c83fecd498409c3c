/* SPDX-License-Identifier: Apache-2.0 */
#include "store/outbox.h"

#include "store/hot_queries.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_texts[] = {
    [OUTBOX_MAIL] = "mail",
    [OUTBOX_BACKCHANNEL] = "backchannel",
    [OUTBOX_WEBHOOK] = "webhook",
};
enum { KINDS = sizeof kind_texts / sizeof *kind_texts };

static const char sql_add[] =
    "INSERT INTO outbox (id, kind, user_id, recipient, subject, sealed, attempts, created_at,\n"
    "                    next_at)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7)";

/* The second look at next_at is for a row that another took while this waited for it. */
const char sql_outbox_claim[] =
    "UPDATE outbox\n"
    "SET attempts = attempts + 1, next_at = $2\n"
    "WHERE id IN (SELECT id FROM outbox\n"
    "             WHERE next_at <= $1\n"
    "             ORDER BY next_at, id\n"
    "             LIMIT $3)\n"
    "  AND next_at <= $1\n"
    "RETURNING id, kind, user_id, recipient, subject, sealed, attempts, created_at";

/* What goes to nobody whose erasure would take it along names nobody once it is done. */
static const char sql_done[] =
    "UPDATE outbox\n"
    "SET done_at = $2, next_at = NULL, sealed = NULL, why = NULL,\n"
    "    recipient = CASE WHEN user_id IS NULL THEN '' ELSE recipient END\n"
    "WHERE id = $1\n"
    "  AND next_at IS NOT NULL\n"
    "RETURNING user_id";

static const char sql_retry[] = "UPDATE outbox\n"
                                "SET next_at = $2, why = $3\n"
                                "WHERE id = $1\n"
                                "  AND next_at IS NOT NULL";

static const char sql_give_up[] =
    "UPDATE outbox\n"
    "SET done_at = $2, next_at = NULL, sealed = NULL,\n"
    "    why = CASE WHEN user_id IS NULL THEN '' ELSE $3 END,\n"
    "    recipient = CASE WHEN user_id IS NULL THEN '' ELSE recipient END\n"
    "WHERE id = $1\n"
    "  AND next_at IS NOT NULL\n"
    "RETURNING user_id";

const char sql_outbox_next[] = "SELECT min(next_at)\n"
                               "FROM outbox\n"
                               "WHERE next_at IS NOT NULL";

static const char sql_waiting[] = "SELECT count(*), min(next_at)\n"
                                  "FROM outbox\n"
                                  "WHERE next_at IS NOT NULL";

static enum outbox_kind kind_read(const char *text)
{
    size_t at = 0;
    while (at < KINDS && !text_equal(kind_texts[at], text))
        at++;
    must(at < KINDS);
    return (enum outbox_kind)at;
}

RESULT outbox_add(struct ctx *c, const struct outbox_row *row)
{
    return DB_RUN(c, sql_add, NULL, P_TEXT(row->id), P_TEXT(kind_texts[row->kind]),
                  P_TEXT(row->user_id), P_TEXT(row->recipient), P_TEXT(row->subject),
                  P_TEXT(row->sealed), P_INT(c->now));
}

/* Ids are ordered by time. */
static int compare_ids(const void *a, const void *b)
{
    return strcmp(((const struct outbox_row *)a)->id, ((const struct outbox_row *)b)->id);
}

RESULT outbox_claim(struct ctx *c, int64_t limit, int64_t lease, struct outbox_rows *out)
{
    must(limit > 0 && lease > 0);
    struct table t;
    TRY(DB_RUN(c, sql_outbox_claim, &t, P_INT(c->now), P_INT(c->now + lease), P_INT(limit)));
    struct outbox_row *rows = ARENA_NEWS(c->arena, struct outbox_row, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        rows[i] = (struct outbox_row){ .id = table_text(&t, i, 0),
                                       .kind = kind_read(table_text(&t, i, 1)),
                                       .user_id = table_text(&t, i, 2),
                                       .recipient = table_text(&t, i, 3),
                                       .subject = table_text(&t, i, 4),
                                       .sealed = table_text(&t, i, 5),
                                       .attempts = table_int(&t, i, 6),
                                       .created_at = table_int(&t, i, 7) };
    qsort(rows, t.rows, sizeof *rows, compare_ids);
    *out = (struct outbox_rows){ rows, t.rows };
    return ok();
}

struct finishing {
    const char *id, *why; /* NULL: it was sent */
};

static RESULT finish_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct finishing *f = arg;
    struct table t;
    TRY(f->why == NULL ? DB_RUN(c, sql_done, &t, P_TEXT(f->id), P_INT(c->now))
                       : DB_RUN(c, sql_give_up, &t, P_TEXT(f->id), P_INT(c->now), P_TEXT(f->why)));
    if (t.rows > 0 && table_text(&t, 0, 0) == NULL)
        db_overwrite(c);
    return ok();
}

RESULT outbox_done(struct ctx *c, const char *id)
{
    struct finishing f = { .id = id };
    return db_atomically(c, finish_in, &f);
}

RESULT outbox_retry(struct ctx *c, const char *id, int64_t next_at, const char *why)
{
    struct finishing f = { id, why == NULL ? "" : why };
    if (next_at == 0)
        return db_atomically(c, finish_in, &f);
    return DB_RUN(c, sql_retry, NULL, P_TEXT(id), P_INT(next_at), P_TEXT(why));
}

RESULT outbox_is_due(struct ctx *c, bool *due)
{
    struct table t;
    TRY(db_run(c, sql_outbox_next, NULL, 0, &t));
    *due = table_text(&t, 0, 0) != NULL && table_int(&t, 0, 0) <= c->now;
    return ok();
}

RESULT outbox_waiting(struct ctx *c, int64_t *waiting, int64_t *oldest)
{
    struct table t;
    TRY(db_run(c, sql_waiting, NULL, 0, &t));
    int64_t since = table_int(&t, 0, 1);
    *waiting = table_int(&t, 0, 0);
    *oldest = *waiting > 0 && since < c->now ? c->now - since : 0;
    return ok();
}
