/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tenant_settings.h"

static const char sql_set_settings[] = "UPDATE tenants\n"
                                       "SET settings = $2, updated_at = $3\n"
                                       "WHERE id = $1\n"
                                       "  AND removing_at IS NULL\n"
                                       "RETURNING id";

static const char sql_settings[] = "SELECT settings FROM tenants WHERE id = $1";

#define SQL_EARLIER(column, from, life)                                                            \
    column " = CASE WHEN " column " > " from " + " life " THEN " from " + " life " ELSE " column   \
           " END"

/* $4: whether they are a browser's, whose cookie they live by. */
static const char sql_shorten_sessions[] =
    "UPDATE sessions\n"
    "SET " SQL_EARLIER("idle_expires_at", "last_seen_at",
                       "$2") ",\n"
                             "    " SQL_EARLIER("expires_at", "created_at",
                                                "$3") "\n"
                                                      "WHERE tenant_id = $1\n"
                                                      "  AND ended_at IS NULL\n"
                                                      "  AND CASE WHEN mode = 'session' THEN 1 "
                                                      "ELSE 0 END = $4";

static const char sql_shorten_authorizations[] =
    "UPDATE authorizations\n"
    "SET " SQL_EARLIER("expires_at", "created_at", "$2") "\n"
                                                         "WHERE tenant_id = $1\n"
                                                         "  AND revoked_at IS NULL";

static const char sql_shorten_tokens[] =
    "UPDATE refresh_tokens\n"
    "SET " SQL_EARLIER("expires_at", "created_at",
                       "$2") "\n"
                             "WHERE used_at IS NULL\n"
                             "  AND authorization_id IN (SELECT a.id FROM authorizations a\n"
                             "                           WHERE a.tenant_id = $1)";

struct setting {
    const char *id, *settings;
    const struct tenant_lives *lives;
    bool found;
};

static RESULT set_settings_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct setting *s = arg;
    const struct tenant_lives *lives = s->lives;
    struct param tenant = P_TEXT(s->id);
    struct table t;
    TRY(DB_RUN(c, sql_set_settings, &t, tenant, P_TEXT(s->settings), P_INT(c->now)));
    s->found = t.rows > 0;
    if (!s->found)
        return ok();
    TRY(DB_RUN(c, sql_shorten_sessions, NULL, tenant, P_INT(lives->session_idle),
               P_INT(lives->session_absolute), P_INT(1)));
    TRY(DB_RUN(c, sql_shorten_sessions, NULL, tenant, P_INT(lives->refresh_idle),
               P_INT(lives->refresh_absolute), P_INT(0)));
    TRY(DB_RUN(c, sql_shorten_authorizations, NULL, tenant, P_INT(lives->refresh_absolute)));
    return DB_RUN(c, sql_shorten_tokens, NULL, tenant, P_INT(lives->refresh_idle));
}

RESULT tenant_set_settings(struct ctx *c, const char *id, const char *settings,
                           const struct tenant_lives *lives, bool *found)
{
    struct setting s = { .id = id, .settings = settings, .lives = lives };
    TRY(db_atomically(c, set_settings_in, &s));
    *found = s.found;
    return ok();
}

RESULT tenant_settings_find(struct ctx *c, const char *id, const char **settings)
{
    struct table t;
    TRY(DB_RUN(c, sql_settings, &t, P_TEXT(id)));
    *settings = t.rows > 0 ? table_text(&t, 0, 0) : NULL;
    return ok();
}
