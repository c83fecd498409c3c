/* SPDX-License-Identifier: Apache-2.0 */
#include "store/client_secrets.h"

#include "store/hot_queries.h"

static const char sql_end_others[] = "UPDATE client_secrets\n"
                                     "SET expires_at = $2\n"
                                     "WHERE client_id = $1\n"
                                     "  AND (expires_at IS NULL OR expires_at > $2)";

/* $2: a live one of the present never goes before one that has ended. */
static const char sql_thin[] =
    "DELETE FROM client_secrets\n"
    "WHERE client_id = $1\n"
    "  AND hash NOT IN (SELECT hash FROM client_secrets\n"
    "                   WHERE client_id = $1\n"
    "                   ORDER BY CASE WHEN expires_at <= $2 THEN 1 ELSE 0 END,\n"
    "                            created_at DESC, hash\n"
    "                   LIMIT $3)";

static const char sql_add[] =
    "INSERT INTO client_secrets (client_id, hash, sealed, created_at, expires_at)\n"
    "VALUES ($1, $2, $3, $4, NULL)";

const char sql_client_secrets_of[] = "SELECT hash, sealed, created_at, expires_at\n"
                                     "FROM client_secrets\n"
                                     "WHERE client_id = $1\n"
                                     "ORDER BY created_at DESC, hash";

struct adding {
    const char *client_id;
    const struct client_secret_row *secret;
    int64_t end_others;
};

static RESULT add_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct adding *adding = arg;
    struct param client = P_TEXT(adding->client_id);
    if (adding->end_others != 0)
        TRY(DB_RUN(c, sql_end_others, NULL, client, P_INT(adding->end_others)));
    TRY(DB_RUN(c, sql_thin, NULL, client, P_INT(c->now), P_INT(CLIENT_SECRETS_MAX - 1)));
    return DB_RUN(c, sql_add, NULL, client, P_TEXT(adding->secret->hash),
                  P_TEXT(adding->secret->sealed), P_INT(c->now));
}

RESULT client_secret_add(struct ctx *c, const char *client_id,
                         const struct client_secret_row *secret, int64_t end_others)
{
    struct adding adding = { client_id, secret, end_others };
    return db_atomically(c, add_in, &adding);
}

RESULT client_secrets_of(struct ctx *c, const char *client_id, struct client_secret_rows *out)
{
    struct table t;
    TRY(DB_RUN_KEPT(c, sql_client_secrets_of, &t, P_TEXT(client_id)));
    struct client_secret_row *rows = ARENA_NEWS(c->arena, struct client_secret_row, t.rows);
    size_t n = 0;
    for (size_t i = 0; i < t.rows; i++) {
        int64_t expires_at = table_int(&t, i, 3);
        if (expires_at == 0 || expires_at > c->now)
            rows[n++] = (struct client_secret_row){ .hash = table_text(&t, i, 0),
                                                    .sealed = table_text(&t, i, 1),
                                                    .created_at = table_int(&t, i, 2),
                                                    .expires_at = expires_at };
    }
    *out = (struct client_secret_rows){ rows, n };
    return ok();
}
