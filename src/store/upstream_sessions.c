/* SPDX-License-Identifier: Apache-2.0 */
#include "store/upstream_sessions.h"

/* SQLite begins with what stands to the left of a CROSS JOIN.  Of all sessions few come from
 * elsewhere, and where none does, what it knows of both tables lets it go through all of them. */
#define SQL_COLUMNS                                                                                \
    "SELECT u.session_id, s.user_id, u.provider, u.issuer, u.subject, u.sid, u.sealed,\n"          \
    "       u.check_at\n"                                                                          \
    "FROM upstream_sessions u\n"                                                                   \
    "CROSS JOIN sessions s\n"                                                                      \
    "WHERE s.id = u.session_id\n"                                                                  \
    "  AND "

#define SQL_LIVE(now) "s.ended_at IS NULL AND s.expires_at > " now

static const char sql_add[] =
    "INSERT INTO upstream_sessions (session_id, provider, issuer, subject, sid, sealed, check_at)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";

static const char sql_find[] = SQL_COLUMNS "u.session_id = $1";

static const char sql_by_sid[] = SQL_COLUMNS "u.provider = $1\n"
                                             "  AND u.sid = $2\n"
                                             "  AND (CAST($3 AS TEXT) IS NULL OR u.issuer = $3)\n"
                                             "  AND " SQL_LIVE("$4") "\n"
                                                                     "ORDER BY u.session_id\n"
                                                                     "LIMIT $5";

static const char sql_by_subject[] = SQL_COLUMNS "u.provider = $1\n"
                                                 "  AND u.issuer = $2\n"
                                                 "  AND u.subject = $3\n"
                                                 "  AND " SQL_LIVE("$4") "\n"
                                                                         "ORDER BY u.session_id\n"
                                                                         "LIMIT $5";

static const char sql_due[] = SQL_COLUMNS "u.check_at <= $1\n"
                                          "  AND " SQL_LIVE("$1") "\n"
                                                                  "ORDER BY u.check_at\n"
                                                                  "LIMIT 1";

static const char sql_take[] = "UPDATE upstream_sessions\n"
                               "SET check_at = $3\n"
                               "WHERE session_id = $1\n"
                               "  AND check_at = $2\n"
                               "RETURNING session_id";

static const char sql_keep[] = "UPDATE upstream_sessions\n"
                               "SET sealed = $2, check_at = $3\n"
                               "WHERE session_id = $1";

static const char sql_forget[] = "UPDATE upstream_sessions\n"
                                 "SET sealed = NULL, check_at = NULL\n"
                                 "WHERE provider = $2\n"
                                 "  AND subject = $3\n"
                                 "  AND session_id IN (SELECT id FROM sessions WHERE user_id = $1)";

static struct upstream_session read_row(const struct table *t, size_t row)
{
    return (struct upstream_session){ .session_id = table_text(t, row, 0),
                                      .user_id = table_text(t, row, 1),
                                      .provider = table_text(t, row, 2),
                                      .issuer = table_text(t, row, 3),
                                      .subject = table_text(t, row, 4),
                                      .sid = table_text(t, row, 5),
                                      .sealed = table_text(t, row, 6),
                                      .check_at = table_int(t, row, 7) };
}

static const struct upstream_session *first(struct ctx *c, const struct table *t)
{
    if (t->rows == 0)
        return NULL;
    struct upstream_session *row = ARENA_NEW(c->arena, struct upstream_session);
    *row = read_row(t, 0);
    return row;
}

/* By which it is found once the session has ended. */
static const char sql_mark[] = "UPDATE sessions SET upstream = 1 WHERE id = $1";

static RESULT add_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct upstream_session *session = *(const struct upstream_session **)arg;
    TRY(DB_RUN(c, sql_mark, NULL, P_TEXT(session->session_id)));
    return DB_RUN(c, sql_add, NULL, P_TEXT(session->session_id), P_TEXT(session->provider),
                  P_TEXT(session->issuer), P_TEXT(session->subject), P_TEXT(session->sid),
                  P_TEXT(session->sealed), P_TIME(session->check_at));
}

RESULT upstream_session_add(struct ctx *c, const struct upstream_session *session)
{
    return db_atomically(c, add_in, &session);
}

RESULT upstream_session_find(struct ctx *c, const char *session_id,
                             const struct upstream_session **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(session_id)));
    *out = first(c, &t);
    return ok();
}

RESULT upstream_sessions_meant(struct ctx *c, const struct upstream_meant *meant,
                               struct upstream_sessions *out)
{
    struct table t;
    if (meant->sid != NULL)
        TRY(DB_RUN(c, sql_by_sid, &t, P_TEXT(meant->provider), P_TEXT(meant->sid),
                   P_TEXT(meant->issuer), P_INT(c->now), P_INT(PAGE_MAX)));
    else
        TRY(DB_RUN(c, sql_by_subject, &t, P_TEXT(meant->provider), P_TEXT(meant->issuer),
                   P_TEXT(meant->subject), P_INT(c->now), P_INT(PAGE_MAX)));
    struct upstream_session *rows = ARENA_NEWS(c->arena, struct upstream_session, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        rows[i] = read_row(&t, i);
    *out = (struct upstream_sessions){ rows, t.rows };
    return ok();
}

RESULT upstream_session_take_due(struct ctx *c, int64_t again, const struct upstream_session **out)
{
    struct table t;
    *out = NULL;
    TRY(DB_RUN(c, sql_due, &t, P_INT(c->now)));
    const struct upstream_session *due = first(c, &t);
    if (due == NULL)
        return ok();
    TRY(DB_RUN(c, sql_take, &t, P_TEXT(due->session_id), P_INT(due->check_at), P_INT(again)));
    *out = t.rows > 0 ? due : NULL;
    return ok();
}

RESULT upstream_session_keep(struct ctx *c, const char *session_id, const char *sealed,
                             int64_t check_at)
{
    return DB_RUN(c, sql_keep, NULL, P_TEXT(session_id), P_TEXT(sealed), P_TIME(check_at));
}

RESULT upstream_sessions_forget(struct ctx *c, const char *user_id, const char *provider,
                                const char *subject)
{
    return DB_RUN(c, sql_forget, NULL, P_TEXT(user_id), P_TEXT(provider), P_TEXT(subject));
}
