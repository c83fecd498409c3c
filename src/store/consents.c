/* SPDX-License-Identifier: Apache-2.0 */
#include "store/consents.h"

#include "store/hot_queries.h"
#include "store/revocations.h"

#define SQL_CONSENT                                                                                \
    "SELECT k.client_id, cl.name, k.scopes, k.created_at, k.updated_at,\n"                         \
    "       k.shown_at\n"                                                                          \
    "FROM consents k\n"                                                                            \
    "JOIN clients cl ON cl.id = k.client_id\n"

const char sql_consent_find[] = SQL_CONSENT "WHERE k.user_id = $1\n"
                                            "  AND k.client_id = $2";

static const char sql_of[] = SQL_CONSENT "WHERE k.user_id = $1\n"
                                         "  AND k.client_id > $2\n"
                                         "ORDER BY k.client_id\n"
                                         "LIMIT $3";

static const char sql_set[] =
    "INSERT INTO consents (user_id, client_id, scopes, created_at, updated_at, shown_at)\n"
    "VALUES ($1, $2, $3, $4, $4, $4)\n"
    "ON CONFLICT (user_id, client_id) DO UPDATE\n"
    "SET scopes = excluded.scopes, updated_at = excluded.updated_at,\n"
    "    shown_at = excluded.shown_at";

static const char sql_set_for_device[] =
    "INSERT INTO consents (user_id, client_id, scopes, created_at, updated_at)\n"
    "VALUES ($1, $2, $3, $4, $4)\n"
    "ON CONFLICT (user_id, client_id) DO UPDATE\n"
    "SET scopes = excluded.scopes, updated_at = excluded.updated_at";

static const char sql_forget[] = "DELETE FROM consents\n"
                                 "WHERE user_id = $1\n"
                                 "  AND client_id = $2\n"
                                 "RETURNING client_id";

static const char sql_tell[] = "INSERT INTO revocations (kind, id, at, expires_at)\n"
                               "SELECT '" REVOKED_AUTHORIZATION "', id, $3, $4\n"
                               "FROM authorizations\n"
                               "WHERE user_id = $1\n"
                               "  AND client_id = $2\n"
                               "  AND revoked_at IS NULL\n"
                               "ON CONFLICT (kind, id) DO UPDATE\n"
                               "SET at = excluded.at, expires_at = excluded.expires_at";

static const char sql_revoke[] = "UPDATE authorizations\n"
                                 "SET revoked_at = $3\n"
                                 "WHERE user_id = $1\n"
                                 "  AND client_id = $2\n"
                                 "  AND revoked_at IS NULL\n"
                                 "RETURNING id";

static struct consent_row read_row(struct arena *a, const struct table *t, size_t row)
{
    return (struct consent_row){ .client_id = table_text(t, row, 0),
                                 .client_name = table_text(t, row, 1),
                                 .scopes = text_split(a, table_text(t, row, 2), ' '),
                                 .created_at = table_int(t, row, 3),
                                 .updated_at = table_int(t, row, 4),
                                 .shown_at = table_int(t, row, 5) };
}

static struct consent_rows read_all(struct arena *a, const struct table *t)
{
    struct consent_row *rows = ARENA_NEWS(a, struct consent_row, t->rows);
    for (size_t i = 0; i < t->rows; i++)
        rows[i] = read_row(a, t, i);
    return (struct consent_rows){ rows, t->rows };
}

RESULT consent_find(struct ctx *c, const char *user_id, const char *client_id,
                    const struct consent_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_consent_find, &t, P_TEXT(user_id), P_TEXT(client_id)));
    const struct consent_row *rows = read_all(c->arena, &t).at;
    *out = t.rows > 0 ? rows : NULL;
    return ok();
}

RESULT consent_set(struct ctx *c, const char *user_id, const char *client_id, struct texts scopes)
{
    return DB_RUN(c, sql_set, NULL, P_TEXT(user_id), P_TEXT(client_id),
                  P_TEXT(text_join(c->arena, scopes, " ")), P_INT(c->now));
}

RESULT consent_set_for_device(struct ctx *c, const char *user_id, const char *client_id,
                              struct texts scopes)
{
    return DB_RUN(c, sql_set_for_device, NULL, P_TEXT(user_id), P_TEXT(client_id),
                  P_TEXT(text_join(c->arena, scopes, " ")), P_INT(c->now));
}

struct revoking {
    const char *user_id, *client_id;
    bool revoked;
};

static RESULT revoke_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct revoking *revoking = arg;
    struct param user = P_TEXT(revoking->user_id);
    struct param client = P_TEXT(revoking->client_id);
    struct table forgotten;
    struct table ended;
    TRY(DB_RUN(c, sql_forget, &forgotten, user, client));
    TRY(DB_RUN(c, sql_tell, NULL, user, client, P_INT(c->now), P_INT(revocation_expiry(c))));
    TRY(DB_RUN(c, sql_revoke, &ended, user, client, P_INT(c->now)));
    revoking->revoked = forgotten.rows + ended.rows > 0;
    return ok();
}

RESULT consent_revoke(struct ctx *c, const char *user_id, const char *client_id, bool *revoked)
{
    struct revoking revoking = { .user_id = user_id, .client_id = client_id };
    TRY(db_atomically(c, revoke_in, &revoking));
    *revoked = revoking.revoked;
    return ok();
}

RESULT consents_of(struct ctx *c, const char *user_id, struct page page, struct consent_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql_of, &t, P_TEXT(user_id), P_TEXT(page.after != NULL ? page.after : ""),
               P_INT(page.limit)));
    *out = read_all(c->arena, &t);
    return ok();
}
