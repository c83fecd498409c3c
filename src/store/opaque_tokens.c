/* SPDX-License-Identifier: Apache-2.0 */
#include "store/opaque_tokens.h"

#include "store/hot_queries.h"

static const char sql_add[] = "INSERT INTO opaque_tokens (hash, client_id, claims, expires_at)\n"
                              "VALUES ($1, $2, $3, $4)";

/* The same at each second, so that what was found can be kept. */
const char sql_opaque_find[] = "SELECT claims, expires_at\n"
                               "FROM opaque_tokens\n"
                               "WHERE hash = $1";

RESULT opaque_token_add(struct ctx *c, const struct opaque_token_row *row)
{
    return DB_RUN(c, sql_add, NULL, P_TEXT(row->hash), P_TEXT(row->client_id), P_TEXT(row->claims),
                  P_INT(row->expires_at));
}

RESULT opaque_token_find(struct ctx *c, const char *hash, const char **claims)
{
    struct table t;
    TRY(DB_RUN_KEPT(c, sql_opaque_find, &t, P_TEXT(hash)));
    bool good = t.rows > 0 && table_int(&t, 0, 1) > c->now;
    *claims = good ? table_text(&t, 0, 0) : NULL;
    return ok();
}
