/* SPDX-License-Identifier: Apache-2.0 */
#include "store/opaque_tokens.h"

#include "store/hot_queries.h"

static const char sql_add[] = "INSERT INTO opaque_tokens (hash, client_id, claims, expires_at)\n"
                              "VALUES ($1, $2, $3, $4)";

const char sql_opaque_find[] = "SELECT claims\n"
                               "FROM opaque_tokens\n"
                               "WHERE hash = $1\n"
                               "  AND expires_at > $2";

RESULT opaque_token_add(struct ctx *c, const struct opaque_token_row *row)
{
    return DB_RUN(c, sql_add, NULL, P_TEXT(row->hash), P_TEXT(row->client_id), P_TEXT(row->claims),
                  P_INT(row->expires_at));
}

RESULT opaque_token_find(struct ctx *c, const char *hash, const char **claims)
{
    struct table t;
    TRY(DB_RUN(c, sql_opaque_find, &t, P_TEXT(hash), P_INT(c->now)));
    *claims = t.rows == 0 ? NULL : table_text(&t, 0, 0);
    return ok();
}
