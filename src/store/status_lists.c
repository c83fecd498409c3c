/* SPDX-License-Identifier: Apache-2.0 */
#include "store/status_lists.h"

#include "base/random.h"
#include "base/time.h"
#include "store/endings.h"
#include "store/meta.h"

enum {
    TRIES_EACH = 4, /* places that are tried before twice as many lists are */
    DAY = 86400,
    CLIENT_KEEP = 30 * DAY /* a client's place is good for a month */
};

/* The condition keeps SQLite from reading ON as that of a join. */
static const char sql_take[] =
    "INSERT INTO status_entries (list, idx, authorization_id, client_id, created_at, expires_at)\n"
    "SELECT COALESCE((SELECT value FROM meta WHERE name = '" META_GENERATION "'), '0') || $1,\n"
    "       $2, $3, $4, $5, $6\n"
    "WHERE 1 = 1\n"
    "ON CONFLICT (list, idx) DO NOTHING\n"
    "RETURNING list";

/* SQL: whether what a place of a client's own tokens was taken for stands: the client, since then,
 * and its tenant, if it has one. */
#define SQL_CLIENT_PLACE_STANDS                                                                    \
    "(" SQL_CLIENT_STANDS("e") "\n"                                                                \
                               " AND EXISTS (SELECT 1 FROM clients own\n"                          \
                               "             LEFT JOIN tenants t ON t.id = own.tenant_id\n"        \
                               "             WHERE own.id = e.client_id\n"                         \
                               "               AND own.created_at <= e.created_at\n"               \
                               "               AND (t.id IS NULL\n"                                \
                               "                    OR (t.status = 'active'\n"                     \
                               "                        AND e.created_at > "                       \
                               "COALESCE(t.disabled_at, -1)))))"

static const char sql_of_client[] = "SELECT e.list, e.idx\n"
                                    "FROM status_entries e\n"
                                    "WHERE e.client_id = $1\n"
                                    "  AND e.authorization_id IS NULL\n"
                                    "  AND e.revoked_at IS NULL\n"
                                    "  AND e.expires_at >= $2\n"
                                    "  AND " SQL_CLIENT_PLACE_STANDS "\n"
                                    "ORDER BY e.expires_at DESC\n"
                                    "LIMIT 1";

static const char sql_keep[] = "UPDATE status_entries\n"
                               "SET expires_at = $3\n"
                               "WHERE list = $1\n"
                               "  AND idx = $2";

/* The authorization whose next tokens would have this place. */
static const char sql_find[] = "SELECT a.id, a.client_id, a.expires_at\n"
                               "FROM status_entries e\n"
                               "JOIN authorizations a ON a.id = e.authorization_id\n"
                               "WHERE e.list = $1\n"
                               "  AND e.idx = $2\n"
                               "  AND a.status_list = e.list\n"
                               "  AND a.status_idx = e.idx";

static const char sql_spend[] = "UPDATE status_entries\n"
                                "SET revoked_at = $3\n"
                                "WHERE list = $1\n"
                                "  AND idx = $2";

static const char sql_move[] = "UPDATE authorizations\n"
                               "SET status_list = $2, status_idx = $3\n"
                               "WHERE id = $1";

/* A row that is gone has taken its authorization along; what has no time of its end is told as long
 * as it lasts. */
static const char sql_revoked[] =
    "SELECT e.idx\n"
    "FROM status_entries e\n"
    "LEFT JOIN authorizations a ON a.id = e.authorization_id\n"
    "WHERE e.list = $1\n"
    "  AND e.idx > $3\n"
    "  AND (e.revoked_at > $2\n"
    "       OR a.revoked_at > $2\n"
    "       OR (e.authorization_id IS NULL AND NOT " SQL_CLIENT_PLACE_STANDS ")\n"
    "       OR (e.authorization_id IS NOT NULL\n"
    "           AND (a.id IS NULL\n"
    "                OR (a.revoked_at IS NULL\n"
    "                    AND NOT (" SQL_CLIENT_STANDS("a") " AND " SQL_CLIENT_STANDS(
        "e") "\n"
             "                             AND " SQL_STANDS("a") ")))))\n"
                                                                 "ORDER BY e.idx\n"
                                                                 "LIMIT $4";

static const char sql_is_used[] = "SELECT 1\n"
                                  "FROM status_entries\n"
                                  "WHERE list = $1\n"
                                  "LIMIT 1";

/* From one name to the next: the places between them are not looked at. */
static const char sql_used[] =
    "WITH RECURSIVE used(list) AS (\n"
    "    SELECT min(list) FROM status_entries\n"
    "    UNION ALL\n"
    "    SELECT (SELECT min(e.list) FROM status_entries e WHERE e.list > used.list)\n"
    "    FROM used WHERE used.list IS NOT NULL)\n"
    "SELECT list FROM used WHERE list IS NOT NULL";

/* A place among the first lists, of which there are more for each few that are taken. */
static RESULT try_one(struct ctx *c, uint32_t lists, const struct param *row,
                      struct status_place *out)
{
    int64_t list = random_below(c->random, lists);
    int64_t idx = random_below(c->random, STATUS_LIST_PLACES);
    struct table t;
    TRY(DB_RUN(c, sql_take, &t, P_TEXT(text_printf(c->arena, "-%lld", (long long)list)), P_INT(idx),
               row[0], row[1], P_INT(c->now), row[2]));
    if (t.rows > 0)
        *out = (struct status_place){ table_text(&t, 0, 0), idx };
    return ok();
}

RESULT status_place_take(struct ctx *c, const char *authorization_id, const char *client_id,
                         int64_t expires_at, struct status_place *out)
{
    const struct param row[] = { P_TEXT(authorization_id), P_TEXT(client_id), P_INT(expires_at) };
    struct status_place found = { 0 };
    for (uint32_t lists = 1; lists <= STATUS_LISTS_MAX && found.list == NULL; lists *= 2)
        for (int i = 0; i < TRIES_EACH && found.list == NULL; i++)
            TRY(try_one(c, lists, row, &found));
    if (found.list == NULL)
        return fail(c, UNAVAILABLE, "all %d status lists are full", STATUS_LISTS_MAX);
    *out = found;
    return ok();
}

RESULT status_place_of_client(struct ctx *c, const char *client_id, int64_t life,
                              struct status_place *out)
{
    struct table t;
    TRY(DB_RUN_KEPT(c, sql_of_client, &t, P_TEXT(client_id), P_INT(time_add(c->now, life))));
    if (t.rows == 0)
        return status_place_take(c, NULL, client_id, time_add(c->now, CLIENT_KEEP + life), out);
    *out = (struct status_place){ table_text(&t, 0, 0), table_int(&t, 0, 1) };
    return ok();
}

RESULT status_place_keep(struct ctx *c, const struct status_place *place, int64_t expires_at)
{
    if (place->list == NULL)
        return ok();
    return DB_RUN(c, sql_keep, NULL, P_TEXT(place->list), P_INT(place->idx), P_INT(expires_at));
}

RESULT status_place_spend(struct ctx *c, const struct status_place *place)
{
    const struct param where[] = { P_TEXT(place->list), P_INT(place->idx) };
    struct table t;
    struct status_place next;
    if (place->list == NULL)
        return ok();
    TRY(DB_RUN(c, sql_spend, NULL, where[0], where[1], P_INT(c->now)));
    TRY(db_run(c, sql_find, where, 2, &t));
    if (t.rows == 0)
        return ok();
    const char *id = table_text(&t, 0, 0);
    TRY(status_place_take(c, id, table_text(&t, 0, 1), table_int(&t, 0, 2), &next));
    return DB_RUN(c, sql_move, NULL, P_TEXT(id), P_TEXT(next.list), P_INT(next.idx));
}

RESULT status_list_is_used(struct ctx *c, const char *list, bool *used)
{
    struct table t;
    TRY(DB_RUN(c, sql_is_used, &t, P_TEXT(list)));
    *used = t.rows > 0;
    return ok();
}

RESULT status_list_revoked(struct ctx *c, const char *list, int64_t since, int64_t after,
                           int64_t limit, struct status_places *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_revoked, &t, P_TEXT(list), P_INT(since), P_INT(after), P_INT(limit)));
    int64_t *at = ARENA_NEWS(c->arena, int64_t, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        at[i] = table_int(&t, i, 0);
    *out = (struct status_places){ at, t.rows };
    return ok();
}

RESULT status_lists_used(struct ctx *c, struct texts *out)
{
    struct table t;
    TRY(db_run(c, sql_used, NULL, 0, &t));
    const char **names = ARENA_NEWS(c->arena, const char *, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        names[i] = table_text(&t, i, 0);
    *out = (struct texts){ names, t.rows };
    return ok();
}
