/* SPDX-License-Identifier: Apache-2.0 */
#include "store/session_clients.h"

/* Takes the lock that an ending takes, too: one of both comes first. */
static const char sql_hold[] = "UPDATE sessions\n"
                               "SET last_seen_at = last_seen_at\n"
                               "WHERE id = $1\n"
                               "  AND ended_at IS NULL\n"
                               "RETURNING id";

static const char sql_note[] = "INSERT INTO session_clients (session_id, client_id, backchannel)\n"
                               "VALUES ($1, $2, $3)\n"
                               "ON CONFLICT (session_id, client_id) DO UPDATE\n"
                               "SET backchannel = excluded.backchannel";

RESULT session_client_note(struct ctx *c, const char *session_id, const char *client_id,
                           bool backchannel, bool *noted)
{
    struct table t;
    TRY(DB_RUN(c, sql_hold, &t, P_TEXT(session_id)));
    *noted = t.rows > 0;
    if (!*noted)
        return ok();
    return DB_RUN(c, sql_note, NULL, P_TEXT(session_id), P_TEXT(client_id), P_INT(backchannel));
}

static const char sql_of[] =
    "SELECT k.client_id, c.name, c.metadata, k.backchannel, o.id, o.next_at,\n"
    "       o.why, o.attempts, c.tenant_id\n"
    "FROM session_clients k\n"
    "JOIN clients c ON c.id = k.client_id\n"
    "LEFT JOIN outbox o ON o.id = k.session_id || '.' || k.client_id\n"
    "WHERE k.session_id = $1\n"
    "ORDER BY c.name, k.client_id\n"
    "LIMIT $2";

static enum notice notice_read(const struct table *t, size_t row)
{
    if (table_text(t, row, 4) == NULL)
        return NOTICE_NONE;
    if (table_int(t, row, 5) != 0)
        return NOTICE_WAITS;
    return table_text(t, row, 6) == NULL ? NOTICE_DELIVERED : NOTICE_GIVEN_UP;
}

RESULT session_clients_of(struct ctx *c, const char *session_id, struct session_client_rows *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_of, &t, P_TEXT(session_id), P_INT(SESSION_CLIENTS_MAX)));
    struct session_client_row *rows = ARENA_NEWS(c->arena, struct session_client_row, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        rows[i] = (struct session_client_row){ .client_id = table_text(&t, i, 0),
                                               .name = table_text(&t, i, 1),
                                               .metadata = table_text(&t, i, 2),
                                               .backchannel = table_int(&t, i, 3) != 0,
                                               .notice = notice_read(&t, i),
                                               .attempts = table_int(&t, i, 7),
                                               .tenant_id = table_text(&t, i, 8) };
    *out = (struct session_client_rows){ rows, t.rows };
    return ok();
}

/* $1 is now, $2 says which sessions. */
#define SQL_TELL(which)                                                                            \
    "INSERT INTO outbox (id, kind, recipient, subject, attempts, created_at, next_at)\n"           \
    "SELECT s.id || '.' || k.client_id, 'backchannel', k.client_id, s.id || ' ' || s.user_id,\n"   \
    "       0, $1, $1\n"                                                                           \
    "FROM session_clients k\n"                                                                     \
    "JOIN sessions s ON s.id = k.session_id\n"                                                     \
    "WHERE k.backchannel = 1\n"                                                                    \
    "  AND " which "\n"                                                                            \
    "ON CONFLICT (id) DO NOTHING"

static const char sql_tell[] = SQL_TELL("s.id = $2");
static const char sql_tell_of_user[] = SQL_TELL("s.user_id = $2 AND s.ended_at = $1");
static const char sql_end_all[] = SQL_TELL("s.user_id = $2 AND s.ended_at IS NULL");
static const char sql_tell_of_tenant[] = SQL_TELL("s.tenant_id = $2 AND s.ended_at IS NULL");

RESULT session_clients_tell(struct ctx *c, const char *session_id)
{
    return DB_RUN(c, sql_tell, NULL, P_INT(c->now), P_TEXT(session_id));
}

RESULT session_clients_tell_of_user(struct ctx *c, const char *user_id)
{
    return DB_RUN(c, sql_tell_of_user, NULL, P_INT(c->now), P_TEXT(user_id));
}

RESULT session_clients_end_all(struct ctx *c, const char *user_id)
{
    return DB_RUN(c, sql_end_all, NULL, P_INT(c->now), P_TEXT(user_id));
}

RESULT session_clients_tell_of_tenant(struct ctx *c, const char *tenant_id)
{
    return DB_RUN(c, sql_tell_of_tenant, NULL, P_INT(c->now), P_TEXT(tenant_id));
}
