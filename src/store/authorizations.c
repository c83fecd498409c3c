/* SPDX-License-Identifier: Apache-2.0 */
#include "store/authorizations.h"

#include "base/config.h"
#include "base/random.h"
#include "store/authorization_columns.h"
#include "store/hot_queries.h"
#include "store/revocations.h"

static const char sql_add[] =
    "INSERT INTO authorizations (id, user_id, client_id, session_id, tenant_id, scopes, audience,\n"
    "                            jkt, auth_time, amr, acr, created_at, resources, claims,\n"
    "                            x5t, sid, status_list, status_idx, details, expires_at)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14, $15, $16, $17, $18, $19,\n"
    "        $20,\n"
    "        COALESCE((SELECT s.expires_at FROM sessions s\n"
    "                  WHERE s.id = $4 AND s.expires_at < $13), $13))";

const char sql_authorization_find_live[] = "SELECT " AUTHORIZATION_COLUMNS "\n"
                                           "FROM authorizations a\n"
                                           "WHERE a.id = $1\n"
                                           "  AND " SQL_AUTHORIZATION_LIVE("$2");

/* The same at each second, so that what was found can be kept. */
const char sql_authorization_claims[] = "SELECT claims\n"
                                        "FROM authorizations\n"
                                        "WHERE id = $1\n"
                                        "  AND revoked_at IS NULL";

static const char sql_revoke[] = "UPDATE authorizations\n"
                                 "SET revoked_at = $2\n"
                                 "WHERE id = $1\n"
                                 "  AND revoked_at IS NULL\n"
                                 "RETURNING id";

static const char sql_of_user[] = "SELECT " AUTHORIZATION_COLUMNS "\n"
                                  "FROM authorizations a\n"
                                  "WHERE a.user_id = $1\n"
                                  "  AND a.id > $3\n"
                                  "  AND " SQL_AUTHORIZATION_LIVE("$2") "\n"
                                                                        "ORDER BY a.id\n"
                                                                        "LIMIT $4";

struct authorization_row authorization_read(struct arena *a, const struct table *t, size_t row)
{
    return (struct authorization_row){ .id = table_text(t, row, 0),
                                       .user_id = table_text(t, row, 1),
                                       .client_id = table_text(t, row, 2),
                                       .session_id = table_text(t, row, 3),
                                       .tenant_id = table_text(t, row, 4),
                                       .scopes = text_split(a, table_text(t, row, 5), ' '),
                                       .audience = table_text(t, row, 6),
                                       .jkt = table_text(t, row, 7),
                                       .created_at = table_int(t, row, 8),
                                       .expires_at = table_int(t, row, 9),
                                       .revoked_at = table_int(t, row, 10),
                                       .auth_time = table_int(t, row, 11),
                                       .amr = text_split(a, table_text(t, row, 12), ' '),
                                       .acr = table_text(t, row, 13),
                                       .resources = text_split(a, table_text(t, row, 14), ' '),
                                       .claims = table_text(t, row, 15),
                                       .x5t = table_text(t, row, 16),
                                       .sid = table_text(t, row, 17),
                                       .status = { table_text(t, row, 18), table_int(t, row, 19) },
                                       .details = table_text(t, row, 20),
                                       .settings = table_text(t, row, 21),
                                       .actor_id = table_text(t, row, 22) };
}

static struct authorization_rows read_all(struct ctx *c, const struct table *t)
{
    struct authorization_row *rows = ARENA_NEWS(c->arena, struct authorization_row, t->rows);
    for (size_t i = 0; i < t->rows; i++)
        rows[i] = authorization_read(c->arena, t, i);
    return (struct authorization_rows){ rows, t->rows };
}

RESULT authorization_add(struct ctx *c, struct authorization_row *row, const char **id)
{
    const char *made = random_uuid(c);
    struct status_place place = { 0 };
    if (c->config->status_list_seconds > 0)
        TRY(status_place_take(c, made, row->client_id, row->expires_at, &place));
    TRY(DB_RUN(c, sql_add, NULL, P_TEXT(made), P_TEXT(row->user_id), P_TEXT(row->client_id),
               P_TEXT(row->session_id), P_TEXT(row->tenant_id),
               P_TEXT(text_join(c->arena, row->scopes, " ")), P_TEXT(row->audience),
               P_TEXT(row->jkt), P_INT(row->auth_time), P_TEXT(text_join(c->arena, row->amr, " ")),
               P_TEXT(row->acr), P_INT(c->now), P_INT(row->expires_at),
               P_TEXT(text_join(c->arena, row->resources, " ")), P_TEXT(row->claims),
               P_TEXT(row->x5t), P_TEXT(row->sid), P_TEXT(place.list), P_INT(place.idx),
               P_TEXT(row->details)));
    row->status = place;
    *id = made;
    return ok();
}

RESULT authorization_find_live(struct ctx *c, const char *id, const struct authorization_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_authorization_find_live, &t, P_TEXT(id), P_INT(c->now)));
    const struct authorization_row *rows = read_all(c, &t).at;
    *out = t.rows > 0 ? rows : NULL;
    return ok();
}

RESULT authorization_claims(struct ctx *c, const char *id, const char **claims)
{
    struct table t;
    TRY(DB_RUN_KEPT(c, sql_authorization_claims, &t, P_TEXT(id)));
    *claims = t.rows > 0 ? table_text(&t, 0, 0) : NULL;
    return ok();
}

struct revoking {
    const char *id;
    bool revoked;
};

static RESULT revoke_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct revoking *revoking = arg;
    struct table t;
    TRY(DB_RUN(c, sql_revoke, &t, P_TEXT(revoking->id), P_INT(c->now)));
    revoking->revoked = t.rows > 0;
    return revoking->revoked ? revocation_add(c, REVOKED_AUTHORIZATION, revoking->id) : ok();
}

RESULT authorization_revoke(struct ctx *c, const char *id, bool *revoked)
{
    struct revoking revoking = { .id = id };
    TRY(db_atomically(c, revoke_in, &revoking));
    *revoked = revoking.revoked;
    return ok();
}

RESULT authorizations_of(struct ctx *c, const char *user_id, struct page page,
                         struct authorization_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql_of_user, &t, P_TEXT(user_id), P_INT(c->now),
               P_TEXT(page.after != NULL ? page.after : ""), P_INT(page.limit)));
    *out = read_all(c, &t);
    return ok();
}
