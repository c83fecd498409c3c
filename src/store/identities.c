/* SPDX-License-Identifier: Apache-2.0 */
#include "store/identities.h"

#include "base/random.h"

#define SQL_IDENTITY "id, provider, issuer, subject, user_id, created_at, last_used_at"

static struct identity_row identity_of(const struct table *t, size_t row)
{
    return (struct identity_row){
        .id = table_text(t, row, 0),
        .provider = table_text(t, row, 1),
        .issuer = table_text(t, row, 2),
        .subject = table_text(t, row, 3),
        .user_id = table_text(t, row, 4),
        .created_at = table_int(t, row, 5),
        .last_used_at = table_int(t, row, 6),
    };
}

static const char sql_add[] =
    "INSERT INTO identities (id, provider, issuer, subject, user_id, created_at, last_used_at)\n"
    "SELECT $1, $2, $3, $4, id, $6, $6\n"
    "FROM users\n"
    "WHERE id = $5\n"
    "  AND status <> 'deleted'\n"
    "ON CONFLICT (provider, issuer, subject) DO NOTHING\n"
    "RETURNING id";

RESULT identity_add(struct ctx *c, const struct identity_row *identity, const char **id)
{
    struct table t;
    TRY(DB_RUN(c, sql_add, &t, P_TEXT(random_uuid(c)), P_TEXT(identity->provider),
               P_TEXT(identity->issuer), P_TEXT(identity->subject), P_TEXT(identity->user_id),
               P_INT(c->now)));
    *id = t.rows == 0 ? NULL : table_text(&t, 0, 0);
    return ok();
}

static const char sql_use[] = "UPDATE identities\n"
                              "SET last_used_at = $4\n"
                              "WHERE provider = $1\n"
                              "  AND issuer = $2\n"
                              "  AND subject = $3\n"
                              "RETURNING " SQL_IDENTITY;

RESULT identity_use(struct ctx *c, const char *provider, const char *issuer, const char *subject,
                    const struct identity_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_use, &t, P_TEXT(provider), P_TEXT(issuer), P_TEXT(subject), P_INT(c->now)));
    *out = NULL;
    if (t.rows == 0)
        return ok();
    struct identity_row *identity = ARENA_NEW(c->arena, struct identity_row);
    *identity = identity_of(&t, 0);
    *out = identity;
    return ok();
}

static const char sql_of_user[] = "SELECT " SQL_IDENTITY "\n"
                                  "FROM identities\n"
                                  "WHERE user_id = $1\n"
                                  "ORDER BY id\n"
                                  "LIMIT $2";

RESULT identities_of(struct ctx *c, const char *user_id, struct identity_rows *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_of_user, &t, P_TEXT(user_id), P_INT(PAGE_MAX)));
    struct identity_row *identities = ARENA_NEWS(c->arena, struct identity_row, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        identities[i] = identity_of(&t, i);
    *out = (struct identity_rows){ identities, t.rows };
    return ok();
}

static const char sql_remove[] = "DELETE FROM identities\n"
                                 "WHERE id = $1\n"
                                 "  AND user_id = $2\n"
                                 "RETURNING id";

RESULT identity_remove(struct ctx *c, const char *user_id, const char *id, bool *removed)
{
    struct table t;
    TRY(DB_RUN(c, sql_remove, &t, P_TEXT(id), P_TEXT(user_id)));
    *removed = t.rows > 0;
    return ok();
}
