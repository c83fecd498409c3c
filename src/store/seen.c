/* SPDX-License-Identifier: Apache-2.0 */
#include "store/seen.h"

/* What has expired counts as gone, whether it has been swept or not. */
static const char sql_add[] = "INSERT INTO seen (purpose, issuer, id, expires_at)\n"
                              "VALUES ($1, $2, $3, $4)\n"
                              "ON CONFLICT (purpose, issuer, id) DO UPDATE\n"
                              "SET expires_at = excluded.expires_at\n"
                              "WHERE seen.expires_at <= $5\n"
                              "RETURNING id";

RESULT seen_add(struct ctx *c, const struct seen_key *key, int64_t expires_at, bool *first)
{
    struct table t;
    TRY(DB_RUN(c, sql_add, &t, P_TEXT(key->purpose), P_TEXT(key->issuer), P_TEXT(key->id),
               P_INT(expires_at), P_INT(c->now)));
    *first = t.rows > 0;
    return ok();
}
