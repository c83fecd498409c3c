/* SPDX-License-Identifier: Apache-2.0 */
#include "store/authorization_requests.h"

#include "store/hot_queries.h"

static const char *const kinds[] = { [REQUEST_PUSHED] = "pushed", [REQUEST_WAITING] = "waiting" };

static const char sql_add[] =
    "INSERT INTO authorization_requests (hash, kind, client_id, params, pushed_hash, browser,\n"
    "                                    answered, created_at, expires_at)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)";

const char sql_request_find[] =
    "SELECT hash, client_id, params, pushed_hash, browser, session_id, answered, created_at,\n"
    "       expires_at\n"
    "FROM authorization_requests\n"
    "WHERE kind = $1\n"
    "  AND hash = $2\n"
    "  AND used_at IS NULL\n"
    "  AND expires_at > $3";

static const char sql_answer[] =
    "UPDATE authorization_requests\n"
    "SET answered = CASE WHEN session_id = $2 THEN answered | $3 ELSE $3 END, session_id = $2\n"
    "WHERE hash = $1\n"
    "  AND kind = 'waiting'\n"
    "  AND used_at IS NULL\n"
    "  AND expires_at > $4\n"
    "RETURNING hash";

static const char sql_keep[] = "UPDATE authorization_requests\n"
                               "SET expires_at = $2\n"
                               "WHERE hash = $1\n"
                               "  AND kind = 'pushed'\n"
                               "  AND used_at IS NULL\n"
                               "  AND expires_at > $3\n"
                               "  AND expires_at < $2";

static const char sql_use[] = "UPDATE authorization_requests\n"
                              "SET used_at = $3\n"
                              "WHERE kind = $1\n"
                              "  AND hash = $2\n"
                              "  AND used_at IS NULL\n"
                              "  AND expires_at > $3\n"
                              "RETURNING hash";

RESULT authorization_request_add(struct ctx *c, enum request_kind kind,
                                 const struct authorization_request_row *request)
{
    return DB_RUN(c, sql_add, NULL, P_TEXT(request->hash), P_TEXT(kinds[kind]),
                  P_TEXT(request->client_id), P_TEXT(request->params), P_TEXT(request->pushed_hash),
                  P_TEXT(request->browser), P_INT(c->now), P_INT(request->expires_at));
}

RESULT authorization_request_find(struct ctx *c, enum request_kind kind, const char *hash,
                                  const struct authorization_request_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_request_find, &t, P_TEXT(kinds[kind]), P_TEXT(hash), P_INT(c->now)));
    *out = NULL;
    if (t.rows == 0)
        return ok();
    struct authorization_request_row *row = ARENA_NEW(c->arena, struct authorization_request_row);
    *row = (struct authorization_request_row){ .hash = table_text(&t, 0, 0),
                                               .client_id = table_text(&t, 0, 1),
                                               .params = table_text(&t, 0, 2),
                                               .pushed_hash = table_text(&t, 0, 3),
                                               .browser = table_text(&t, 0, 4),
                                               .session_id = table_text(&t, 0, 5),
                                               .answered = (unsigned)table_int(&t, 0, 6),
                                               .created_at = table_int(&t, 0, 7),
                                               .expires_at = table_int(&t, 0, 8) };
    *out = row;
    return ok();
}

RESULT authorization_request_answer(struct ctx *c, const char *hash, const char *session_id,
                                    unsigned answered, bool *done)
{
    struct table t;
    TRY(DB_RUN(c, sql_answer, &t, P_TEXT(hash), P_TEXT(session_id), P_INT((int64_t)answered),
               P_INT(c->now)));
    *done = t.rows > 0;
    return ok();
}

RESULT authorization_request_keep(struct ctx *c, const char *hash, int64_t until)
{
    return DB_RUN(c, sql_keep, NULL, P_TEXT(hash), P_INT(until), P_INT(c->now));
}

RESULT authorization_request_use(struct ctx *c, enum request_kind kind, const char *hash,
                                 bool *used)
{
    struct table t;
    TRY(DB_RUN(c, sql_use, &t, P_TEXT(kinds[kind]), P_TEXT(hash), P_INT(c->now)));
    *used = t.rows > 0;
    return ok();
}
