/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sessions.h"

#include "base/random.h"
#include "store/endings.h"
#include "store/hot_queries.h"

static const char *const modes[] = {
    [SESSION_COOKIE] = "session", [SESSION_TOKEN] = "token", [SESSION_SPA] = "spa"
};

#define SQL_SESSION                                                                                \
    "s.id, s.user_id, s.tenant_id, s.mode, s.created_at, s.last_seen_at,\n"                        \
    "       s.idle_expires_at, s.expires_at, s.auth_time, s.amr, s.acr, s.address,\n"              \
    "       s.user_agent, s.ended_at,\n"                                                           \
    "       (SELECT o.settings FROM tenants o WHERE o.id = s.tenant_id),\n"                        \
    "       s.actor_id, s.actor_session_id"
enum { SESSION_COLUMNS = 17 };

static enum session_mode mode_of(const char *text)
{
    if (text_equal(text, modes[SESSION_COOKIE]))
        return SESSION_COOKIE;
    if (text_equal(text, modes[SESSION_TOKEN]))
        return SESSION_TOKEN;
    must(text_equal(text, modes[SESSION_SPA]));
    return SESSION_SPA;
}

static struct session_row session_of(struct ctx *c, const struct table *t, size_t row)
{
    return (struct session_row){
        .id = table_text(t, row, 0),
        .user_id = table_text(t, row, 1),
        .tenant_id = table_text(t, row, 2),
        .mode = mode_of(table_text(t, row, 3)),
        .created_at = table_int(t, row, 4),
        .last_seen_at = table_int(t, row, 5),
        .idle_expires_at = table_int(t, row, 6),
        .expires_at = table_int(t, row, 7),
        .auth_time = table_int(t, row, 8),
        .amr = text_split(c->arena, table_text(t, row, 9), ' '),
        .acr = table_text(t, row, 10),
        .address = table_text(t, row, 11),
        .user_agent = table_text(t, row, 12),
        .ended_at = table_int(t, row, 13),
        .settings = table_text(t, row, 14),
        .actor_id = table_text(t, row, 15),
        .actor_session_id = table_text(t, row, 16),
    };
}

static struct session_rows sessions_read(struct ctx *c, const struct table *t)
{
    struct session_row *sessions = ARENA_NEWS(c->arena, struct session_row, t->rows);
    for (size_t i = 0; i < t->rows; i++)
        sessions[i] = session_of(c, t, i);
    return (struct session_rows){ sessions, t->rows };
}

/* ---- finding one ---- */

const char sql_session_find[] = "SELECT " SQL_SESSION ",\n"
                                "       CASE WHEN " SQL_STANDS("s") " THEN 1 ELSE 0 END\n"
                                                                    "FROM sessions s\n"
                                                                    "WHERE s.hash = $1";

static const char sql_find_id[] = "SELECT " SQL_SESSION ",\n"
                                  "       CASE WHEN " SQL_STANDS("s") " THEN 1 ELSE 0 END\n"
                                                                      "FROM sessions s\n"
                                                                      "WHERE s.id = $1";

static enum session_state state_of(const struct ctx *c, const struct session_row *session,
                                   bool stands)
{
    if (session->ended_at != 0)
        return SESSION_ENDED;
    if (session->idle_expires_at <= c->now || session->expires_at <= c->now)
        return SESSION_EXPIRED;
    return stands ? SESSION_LIVE : SESSION_DENIED;
}

static void found(struct ctx *c, const struct table *t, enum session_state *state,
                  const struct session_row **out)
{
    *state = SESSION_UNKNOWN;
    *out = NULL;
    if (t->rows == 0)
        return;
    struct session_row *session = ARENA_NEW(c->arena, struct session_row);
    *session = session_of(c, t, 0);
    *state = state_of(c, session, table_int(t, 0, SESSION_COLUMNS) != 0);
    *out = session;
}

RESULT session_find(struct ctx *c, const char *hash, enum session_state *state,
                    const struct session_row **out)
{
    struct table t;
    TRY(DB_RUN_KEPT(c, sql_session_find, &t, P_TEXT(hash)));
    found(c, &t, state, out);
    return ok();
}

RESULT session_find_id(struct ctx *c, const char *id, enum session_state *state,
                       const struct session_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find_id, &t, P_TEXT(id)));
    found(c, &t, state, out);
    return ok();
}

/* ---- the live ones of a user ---- */

/* clang-format off */
#define SQL_LIVE(now)                                                                              \
    "s.ended_at IS NULL\n"                                                                         \
    "  AND s.idle_expires_at > " now "\n"                                                          \
    "  AND s.expires_at > " now "\n"                                                               \
    "  AND " SQL_STANDS("s") "\n"

static const char sql_page[] =
    "SELECT " SQL_SESSION "\n"
    "FROM sessions s\n"
    "WHERE s.user_id = $1\n"
    "  AND s.id > $2\n"
    "  AND " SQL_LIVE("$3")
    "ORDER BY s.id\n"
    "LIMIT $4";

/* The newest first: where somebody signs in often, it is the likely one. */
static const char sql_like[] =
    "SELECT s.id\n"
    "FROM sessions s\n"
    "WHERE s.user_id = $1\n"
    "  AND COALESCE(s.address, '') = $2\n"
    "  AND COALESCE(s.user_agent, '') = $3\n"
    "  AND " SQL_LIVE("$4")
    "ORDER BY s.id DESC\n"
    "LIMIT 1";
/* clang-format on */

RESULT sessions_of(struct ctx *c, const char *user_id, struct page page, struct session_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql_page, &t, P_TEXT(user_id), P_TEXT(page.after == NULL ? "" : page.after),
               P_INT(c->now), P_INT(page.limit)));
    *out = sessions_read(c, &t);
    return ok();
}

static struct param or_nothing(const char *text)
{
    return P_TEXT(text != NULL ? text : "");
}

RESULT session_has_like(struct ctx *c, const char *user_id, bool *like)
{
    struct table t;
    TRY(DB_RUN(c, sql_like, &t, P_TEXT(user_id), or_nothing(c->origin.address),
               or_nothing(c->origin.user_agent), P_INT(c->now)));
    *like = t.rows > 0;
    return ok();
}

/* ---- those in which somebody else acts ---- */

const char sql_sessions_acted[] = "SELECT " SQL_SESSION "\n"
                                  "FROM sessions s\n"
                                  "WHERE s.actor_id IS NOT NULL\n"
                                  "  AND s.actor_told_at IS NULL\n"
                                  "  AND s.id > $1\n"
                                  "ORDER BY s.id\n"
                                  "LIMIT $2";

RESULT sessions_acted(struct ctx *c, const char *after, struct session_rows *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_sessions_acted, &t, P_TEXT(after == NULL ? "" : after), P_INT(PAGE_MAX)));
    *out = sessions_read(c, &t);
    return ok();
}

/* ---- a new one ---- */

static const char sql_add[] =
    "INSERT INTO sessions (id, hash, user_id, tenant_id, mode, created_at, last_seen_at,\n"
    "                      idle_expires_at, expires_at, auth_time, amr, acr, address,\n"
    "                      user_agent, actor_id, actor_session_id)\n"
    "SELECT $1, $2, u.id, $4, $5, $6, $6, $7, $8, $14, $9, $10, $11, $12, $15, $16\n"
    "FROM users u\n"
    "WHERE u.id = $3\n"
    "  AND u.status = 'active'\n"
    "  AND u.epoch = CASE WHEN $13 = 0 THEN u.epoch ELSE $13 END\n"
    "  AND (CAST($4 AS TEXT) IS NULL\n"
    "       OR EXISTS (SELECT 1 FROM memberships m\n"
    "                  JOIN tenants t ON t.id = m.tenant_id\n"
    "                  WHERE m.tenant_id = $4 AND m.user_id = u.id AND t.status = 'active'))\n"
    "RETURNING id";

/* Those beyond the $4 newest others. */
static const char sql_beyond[] = "SELECT id\n"
                                 "FROM sessions\n"
                                 "WHERE user_id = $1\n"
                                 "  AND id <> $2\n"
                                 "  AND ended_at IS NULL\n"
                                 "  AND idle_expires_at > $3\n"
                                 "  AND expires_at > $3\n"
                                 "ORDER BY id DESC\n"
                                 "LIMIT 100 OFFSET $4";

/* Rows of sessions that were ended only say so; who signs in and out without end does not fill the
 * disk with them. */
static const char sql_forget_ended[] = "DELETE FROM sessions\n"
                                       "WHERE user_id = $1\n"
                                       "  AND ended_at IS NOT NULL\n"
                                       "  AND (actor_id IS NULL OR actor_told_at IS NOT NULL)\n"
                                       "  AND id <= (SELECT id\n"
                                       "             FROM sessions\n"
                                       "             WHERE user_id = $1\n"
                                       "               AND ended_at IS NOT NULL\n"
                                       "             ORDER BY id DESC\n"
                                       "             LIMIT 1 OFFSET $2)";

struct adding {
    const struct session_new *session;
    const char *id;
};

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static RESULT insert(struct ctx *c, const struct session_new *s, const char **id)
{
    struct table t;
    int64_t end = c->now + s->absolute;
    TRY(DB_RUN(c, sql_add, &t, P_TEXT(random_uuid(c)), P_TEXT(s->hash), P_TEXT(s->user_id),
               P_TEXT(s->tenant_id), P_TEXT(modes[s->mode]), P_INT(c->now),
               P_INT(earlier(c->now + s->idle, end)), P_INT(end),
               P_TEXT(text_join(c->arena, s->amr, " ")), P_TEXT(s->acr), P_TEXT(c->origin.address),
               P_TEXT(c->origin.user_agent), P_INT(s->epoch),
               P_INT(s->auth_time != 0 || s->actor_id != NULL ? s->auth_time : c->now),
               P_TEXT(s->actor_id), P_TEXT(s->actor_session_id)));
    if (t.rows == 0)
        return fail(c, CONFLICT,
                    "session: user %s was disabled, erased, changed or removed from the tenant",
                    s->user_id);
    *id = table_text(&t, 0, 0);
    return ok();
}

static RESULT add(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct adding *a = arg;
    const struct session_new *s = a->session;
    TRY(insert(c, s, &a->id));
    if (s->actor_id != NULL)
        return ok();
    struct table beyond;
    TRY(DB_RUN(c, sql_beyond, &beyond, P_TEXT(s->user_id), P_TEXT(a->id), P_INT(c->now),
               P_INT(s->max - 1)));
    bool ended = false;
    for (size_t i = 0; i < beyond.rows; i++)
        TRY(end_session(c, s->user_id, table_text(&beyond, i, 0), &ended));
    return DB_RUN(c, sql_forget_ended, NULL, P_TEXT(s->user_id), P_INT(SESSIONS_ENDED_MAX));
}

RESULT session_add(struct ctx *c, const struct session_new *session, const char **id)
{
    must(session->max >= 1);
    struct adding a = { .session = session };
    TRY(db_atomically(c, add, &a));
    *id = a.id;
    return ok();
}
