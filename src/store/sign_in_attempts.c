/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sign_in_attempts.h"

static const char sql_add[] =
    "INSERT INTO sign_in_attempts (hash, provider, browser, session_id, sealed, created_at,\n"
    "                              expires_at)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";

static const char sql_use[] = "UPDATE sign_in_attempts\n"
                              "SET used_at = $4\n"
                              "WHERE hash = $1\n"
                              "  AND provider = $2\n"
                              "  AND COALESCE(browser, '') = $3\n"
                              "  AND used_at IS NULL\n"
                              "  AND expires_at > $4\n"
                              "RETURNING hash, provider, browser, session_id, sealed, expires_at";

RESULT sign_in_attempt_add(struct ctx *c, const struct sign_in_attempt_row *attempt)
{
    return DB_RUN(c, sql_add, NULL, P_TEXT(attempt->hash), P_TEXT(attempt->provider),
                  P_TEXT(attempt->browser), P_TEXT(attempt->session_id), P_TEXT(attempt->sealed),
                  P_INT(c->now), P_INT(attempt->expires_at));
}

RESULT sign_in_attempt_use(struct ctx *c, const char *hash, const char *provider,
                           const char *browser, const struct sign_in_attempt_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_use, &t, P_TEXT(hash), P_TEXT(provider),
               P_TEXT(browser == NULL ? "" : browser), P_INT(c->now)));
    *out = NULL;
    if (t.rows == 0)
        return ok();
    struct sign_in_attempt_row *row = ARENA_NEW(c->arena, struct sign_in_attempt_row);
    *row = (struct sign_in_attempt_row){ .hash = table_text(&t, 0, 0),
                                         .provider = table_text(&t, 0, 1),
                                         .browser = table_text(&t, 0, 2),
                                         .session_id = table_text(&t, 0, 3),
                                         .sealed = table_text(&t, 0, 4),
                                         .expires_at = table_int(&t, 0, 5) };
    *out = row;
    return ok();
}
