/* SPDX-License-Identifier: Apache-2.0 */
#include "store/client_registrations.h"

static const char *const kind_texts[] = {
    [REGISTERED_OPENLY] = "open",
    [REGISTERED_BY_TOKEN] = "token",
    [REGISTERED_BY_DOCUMENT] = "document",
};
enum { KINDS = sizeof kind_texts / sizeof *kind_texts };

/* ---- initial access tokens ---- */

static const char sql_token_add[] =
    "INSERT INTO registration_tokens (hash, label, uses, created_at, expires_at)\n"
    "VALUES ($1, $2, $3, $4, $5)";

static const char sql_token_good[] = "SELECT hash\n"
                                     "FROM registration_tokens\n"
                                     "WHERE hash = $1\n"
                                     "  AND uses > 0\n"
                                     "  AND expires_at > $2";

static const char sql_token_use[] = "UPDATE registration_tokens\n"
                                    "SET uses = uses - 1\n"
                                    "WHERE hash = $1\n"
                                    "  AND uses > 0\n"
                                    "  AND expires_at > $2\n"
                                    "RETURNING hash";

static const char sql_tokens_end[] = "DELETE FROM registration_tokens RETURNING hash";

RESULT registration_token_add(struct ctx *c, const struct registration_token_row *row)
{
    return DB_RUN(c, sql_token_add, NULL, P_TEXT(row->hash), P_TEXT(row->label), P_INT(row->uses),
                  P_INT(c->now), P_INT(row->expires_at));
}

RESULT registration_token_is_good(struct ctx *c, const char *hash, bool *good)
{
    struct table t;
    TRY(DB_RUN(c, sql_token_good, &t, P_TEXT(hash), P_INT(c->now)));
    *good = t.rows > 0;
    return ok();
}

RESULT registration_token_use(struct ctx *c, const char *hash, bool *good)
{
    struct table t;
    TRY(DB_RUN(c, sql_token_use, &t, P_TEXT(hash), P_INT(c->now)));
    *good = t.rows > 0;
    return ok();
}

RESULT registration_tokens_end(struct ctx *c, int64_t *ended)
{
    struct table t;
    TRY(db_run(c, sql_tokens_end, NULL, 0, &t));
    *ended = (int64_t)t.rows;
    return ok();
}

/* ---- registrations ---- */

static const char sql_add[] =
    "INSERT INTO client_registrations (client_id, kind, hash, created_at, expires_at)\n"
    "VALUES ($1, $2, $3, $4, NULLIF($5, 0))";

#define SQL_ROW                                                                                    \
    "SELECT k.client_id, k.kind, k.hash, k.expires_at\n"                                           \
    "FROM client_registrations k\n"                                                                \
    "JOIN clients c ON c.id = k.client_id\n"                                                       \
    "WHERE c.status = 'active'\n"
static const char sql_find[] = SQL_ROW "  AND k.hash = $1";
static const char sql_of[] = SQL_ROW "  AND k.client_id = $1";

static const char sql_rotate[] = "UPDATE client_registrations\n"
                                 "SET hash = $2\n"
                                 "WHERE hash = $1\n"
                                 "RETURNING client_id";

static enum registration_kind kind_read(const char *text)
{
    size_t at = 0;
    while (at < KINDS && !text_equal(kind_texts[at], text))
        at++;
    must(at < KINDS);
    return (enum registration_kind)at;
}

static RESULT find(struct ctx *c, const char *sql, const char *by,
                   const struct client_registration_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql, &t, P_TEXT(by)));
    *out = NULL;
    if (t.rows == 0)
        return ok();
    struct client_registration_row *row = ARENA_NEW(c->arena, struct client_registration_row);
    *row = (struct client_registration_row){ .client_id = table_text(&t, 0, 0),
                                             .kind = kind_read(table_text(&t, 0, 1)),
                                             .hash = table_text(&t, 0, 2),
                                             .expires_at = table_int(&t, 0, 3) };
    *out = row;
    return ok();
}

RESULT client_registration_add(struct ctx *c, const struct client_registration_row *row)
{
    return DB_RUN(c, sql_add, NULL, P_TEXT(row->client_id), P_TEXT(kind_texts[row->kind]),
                  P_TEXT(row->hash), P_INT(c->now), P_INT(row->expires_at));
}

RESULT client_registration_find(struct ctx *c, const char *hash,
                                const struct client_registration_row **out)
{
    return find(c, sql_find, hash, out);
}

RESULT client_registration_of(struct ctx *c, const char *client_id,
                              const struct client_registration_row **out)
{
    return find(c, sql_of, client_id, out);
}

RESULT client_registration_rotate(struct ctx *c, const char *hash, const char *next, bool *done)
{
    struct table t;
    TRY(DB_RUN(c, sql_rotate, &t, P_TEXT(hash), P_TEXT(next)));
    *done = t.rows > 0;
    return ok();
}
