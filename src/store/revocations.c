/* SPDX-License-Identifier: Apache-2.0 */
#include "store/revocations.h"

#include "base/config.h"
#include "store/hot_queries.h"

static const char sql_add[] = "INSERT INTO revocations (kind, id, at, expires_at)\n"
                              "VALUES ($1, $2, $3, $4)\n"
                              "ON CONFLICT (kind, id) DO UPDATE\n"
                              "SET at = excluded.at, expires_at = excluded.expires_at\n"
                              "WHERE revocations.at < excluded.at";

const char sql_revocations_since[] = "SELECT kind, id, at, expires_at\n"
                                     "FROM revocations\n"
                                     "WHERE (at, kind, id) > ($1, $2, $3)\n"
                                     "  AND at < $5\n"
                                     "ORDER BY at, kind, id\n"
                                     "LIMIT $4";

const char sql_revocations_tally[] = "SELECT count(*), coalesce(sum(at), 0)\n"
                                     "FROM revocations\n"
                                     "WHERE at >= $1\n"
                                     "  AND at < $2";

/* Each line is one look at the primary key, or two.  SQLite takes no more lines. */
const char sql_revocation_check[] =
    "SELECT 1 FROM revocations WHERE kind = '" REVOKED_TOKEN "' AND id = $1\n"
    "UNION ALL\n"
    "SELECT 1 FROM revocations WHERE kind = '" REVOKED_AUTHORIZATION "' AND id = $2\n"
    "UNION ALL\n"
    "SELECT 1 FROM revocations WHERE kind = '" REVOKED_SESSION "' AND id = $3\n"
    "UNION ALL\n"
    "SELECT 1 FROM revocations WHERE kind = '" REVOKED_USER "' AND id = $4 AND at >= $8\n"
    "UNION ALL\n"
    "SELECT 1 FROM revocations WHERE kind = '" REVOKED_CLIENT "' AND id IN ($5, $9) AND at >= $8\n"
    "UNION ALL\n"
    "SELECT 1 FROM revocations WHERE kind = '" REVOKED_TENANT "' AND id = $6 AND at >= $8\n"
    "UNION ALL\n"
    "SELECT 1 FROM revocations WHERE kind = '" REVOKED_MEMBER "' AND id = $7 AND at >= $8\n"
    "UNION ALL\n"
    "SELECT 1 FROM revocations WHERE kind = '" REVOKED_ALL "' AND id = '" REVOKED_ALL
    "' AND at >= $8\n"
    "LIMIT 1";

int64_t revocation_expiry(const struct ctx *c)
{
    return c->now + c->config->jwt_access_expire_minutes * 60 + CLOCKS_APART + 60;
}

RESULT revocation_add(struct ctx *c, const char *kind, const char *id)
{
    return DB_RUN(c, sql_add, NULL, P_TEXT(kind), P_TEXT(id), P_INT(c->now),
                  P_INT(revocation_expiry(c)));
}

RESULT revocations_since(struct ctx *c, struct revocations_after after, int64_t limit,
                         struct revocation_rows *out)
{
    /* No kind is empty, so '' stands before all rows of `at`. */
    struct table t;
    TRY(DB_RUN(c, sql_revocations_since, &t, P_INT(after.at),
               P_TEXT(after.kind != NULL ? after.kind : ""),
               P_TEXT(after.kind != NULL ? after.id : ""), P_INT(limit), P_INT(after.until)));
    struct revocation_row *rows = ARENA_NEWS(c->arena, struct revocation_row, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        rows[i] = (struct revocation_row){ .kind = table_text(&t, i, 0),
                                           .id = table_text(&t, i, 1),
                                           .at = table_int(&t, i, 2),
                                           .expires_at = table_int(&t, i, 3) };
    *out = (struct revocation_rows){ rows, t.rows };
    return ok();
}

RESULT revocations_tally(struct ctx *c, int64_t from, int64_t until, struct revocations_tally *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_revocations_tally, &t, P_INT(from), P_INT(until)));
    *out = (struct revocations_tally){ table_int(&t, 0, 0), table_int(&t, 0, 1) };
    return ok();
}

RESULT revocation_check(struct ctx *c, const struct revocation_question *question, bool *revoked)
{
    bool bound = question->tenant_id != NULL && question->user_id != NULL;
    const char *member =
        bound ? text_printf(c->arena, "%s %s", question->tenant_id, question->user_id) : NULL;
    struct table t;
    TRY(DB_RUN(c, sql_revocation_check, &t, P_TEXT(question->jti),
               P_TEXT(question->authorization_id), P_TEXT(question->sid), P_TEXT(question->user_id),
               P_TEXT(question->client_id), P_TEXT(question->tenant_id), P_TEXT(member),
               P_INT(question->issued_at), P_TEXT(question->grant_client_id)));
    *revoked = t.rows > 0;
    return ok();
}
