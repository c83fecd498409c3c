/* SPDX-License-Identifier: Apache-2.0 */
#include "store/keys.h"

static const char *const state_texts[] = {
    [KEY_ROW_NEXT] = "next",
    [KEY_ROW_CURRENT] = "current",
    [KEY_ROW_RETIRED] = "retired",
};
enum { STATES = sizeof state_texts / sizeof *state_texts };

static const char sql_list[] =
    "SELECT kid, alg, state, sealed_private, public_jwk, created_at, activates_at, retires_at,\n"
    "       expires_at\n"
    "FROM keys\n"
    "WHERE tenant_id = $1\n"
    "ORDER BY created_at DESC, kid DESC";

static const char sql_add[] =
    "INSERT INTO keys (kid, alg, state, sealed_private, public_jwk, created_at, activates_at,\n"
    "                  retires_at, tenant_id)\n"
    "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9\n"
    "WHERE $9 = ''\n"
    "   OR EXISTS (SELECT 1 FROM tenants t WHERE t.id = $9 AND t.removing_at IS NULL)\n"
    "ON CONFLICT DO NOTHING\n"
    "RETURNING kid";

static const char sql_find_next[] = "SELECT alg, tenant_id\n"
                                    "FROM keys\n"
                                    "WHERE kid = $1\n"
                                    "  AND state = 'next'";

static const char sql_find_current[] = "SELECT kid\n"
                                       "FROM keys\n"
                                       "WHERE kid = $1\n"
                                       "  AND state = 'current'";

static const char sql_retire[] = "UPDATE keys\n"
                                 "SET state = 'retired', retires_at = $2, expires_at = $3\n"
                                 "WHERE alg = $1\n"
                                 "  AND tenant_id = $4\n"
                                 "  AND state = 'current'";

static const char sql_make_current[] = "UPDATE keys\n"
                                       "SET state = 'current', activates_at = $2, retires_at = $3\n"
                                       "WHERE kid = $1\n"
                                       "  AND state = 'next'";

static const char sql_put_current[] =
    "INSERT INTO keys (kid, alg, state, sealed_private, public_jwk, created_at, activates_at,\n"
    "                  retires_at, tenant_id)\n"
    "VALUES ($1, $2, 'current', $3, $4, $5, $6, $7, $8)\n"
    "ON CONFLICT (kid) DO UPDATE\n"
    "SET state = 'current', sealed_private = excluded.sealed_private,\n"
    "    activates_at = excluded.activates_at, retires_at = excluded.retires_at,\n"
    "    expires_at = NULL";

static const char sql_hasten[] = "UPDATE keys\n"
                                 "SET activates_at = $2\n"
                                 "WHERE alg = $1\n"
                                 "  AND tenant_id = $3\n"
                                 "  AND state = 'next'\n"
                                 "  AND activates_at > $2\n"
                                 "RETURNING kid";

static const char sql_retire_one[] =
    "UPDATE keys\n"
    "SET state = 'retired', expires_at = $3,\n"
    "    retires_at = CASE WHEN state = 'retired' THEN retires_at ELSE $2 END\n"
    "WHERE kid = $1\n"
    "  AND (state <> 'retired' OR expires_at > $3)\n"
    "RETURNING kid";

static const char sql_remove_expired[] = "DELETE FROM keys\n"
                                         "WHERE state = 'retired'\n"
                                         "  AND expires_at <= $1\n"
                                         "RETURNING kid";

static enum key_row_state state_read(const char *text)
{
    size_t at = 0;
    while (at < STATES && !text_equal(state_texts[at], text))
        at++;
    must(at < STATES);
    return (enum key_row_state)at;
}

/* Of the service's own keys it is empty. */
static struct param whose(const char *tenant_id)
{
    return P_TEXT(tenant_id == NULL ? "" : tenant_id);
}

RESULT keys_list(struct ctx *c, const char *tenant_id, struct key_rows *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_list, &t, whose(tenant_id)));
    struct key_row *rows = ARENA_NEWS(c->arena, struct key_row, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        rows[i] = (struct key_row){ .tenant_id = tenant_id,
                                    .kid = table_text(&t, i, 0),
                                    .alg = table_text(&t, i, 1),
                                    .state = state_read(table_text(&t, i, 2)),
                                    .sealed_private = table_text(&t, i, 3),
                                    .public_jwk = table_text(&t, i, 4),
                                    .created_at = table_int(&t, i, 5),
                                    .activates_at = table_int(&t, i, 6),
                                    .retires_at = table_int(&t, i, 7),
                                    .expires_at = table_int(&t, i, 8) };
    *out = (struct key_rows){ rows, t.rows };
    return ok();
}

RESULT key_add(struct ctx *c, const struct key_row *key, bool *added)
{
    must(key->state != KEY_ROW_RETIRED);
    struct table t;
    TRY(DB_RUN(c, sql_add, &t, P_TEXT(key->kid), P_TEXT(key->alg), P_TEXT(state_texts[key->state]),
               P_TEXT(key->sealed_private), P_TEXT(key->public_jwk), P_INT(key->created_at),
               P_INT(key->activates_at), P_INT(key->retires_at), whose(key->tenant_id)));
    *added = t.rows > 0;
    return ok();
}

/* ---- changes of state ---- */

static RESULT retire(struct ctx *c, const char *tenant_id, const char *alg, int64_t expires_at)
{
    return DB_RUN(c, sql_retire, NULL, P_TEXT(alg), P_INT(c->now), P_INT(expires_at),
                  whose(tenant_id));
}

struct promoting {
    const struct key_promotion *promotion;
    bool done;
};

static RESULT promote_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct promoting *promoting = arg;
    const struct key_promotion *promotion = promoting->promotion;
    struct table t;
    TRY(DB_RUN(c, sql_find_next, &t, P_TEXT(promotion->kid)));
    promoting->done = t.rows > 0;
    if (!promoting->done)
        return ok();
    TRY(retire(c, table_text(&t, 0, 1), table_text(&t, 0, 0), promotion->old_expires_at));
    return DB_RUN(c, sql_make_current, NULL, P_TEXT(promotion->kid), P_INT(c->now),
                  P_INT(promotion->retires_at));
}

RESULT key_promote(struct ctx *c, const struct key_promotion *promotion, bool *done)
{
    struct promoting promoting = { .promotion = promotion };
    TRY(db_atomically(c, promote_in, &promoting));
    *done = promoting.done;
    return ok();
}

struct replacing {
    const struct key_row *key;
    int64_t old_expires_at;
    bool changed;
};

static RESULT replace_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct replacing *replacing = arg;
    const struct key_row *key = replacing->key;
    struct table t;
    TRY(DB_RUN(c, sql_find_current, &t, P_TEXT(key->kid)));
    replacing->changed = t.rows == 0;
    if (!replacing->changed)
        return ok();
    TRY(retire(c, key->tenant_id, key->alg, replacing->old_expires_at));
    return DB_RUN(c, sql_put_current, NULL, P_TEXT(key->kid), P_TEXT(key->alg),
                  P_TEXT(key->sealed_private), P_TEXT(key->public_jwk), P_INT(key->created_at),
                  P_INT(c->now), P_INT(key->retires_at), whose(key->tenant_id));
}

RESULT key_replace(struct ctx *c, const struct key_row *key, int64_t old_expires_at, bool *changed)
{
    struct replacing replacing = { .key = key, .old_expires_at = old_expires_at };
    TRY(db_atomically(c, replace_in, &replacing));
    *changed = replacing.changed;
    return ok();
}

RESULT key_hasten(struct ctx *c, const char *tenant_id, const char *alg, int64_t activates_at,
                  bool *done)
{
    struct table t;
    TRY(DB_RUN(c, sql_hasten, &t, P_TEXT(alg), P_INT(activates_at), whose(tenant_id)));
    *done = t.rows > 0;
    return ok();
}

RESULT key_retire(struct ctx *c, const char *kid, int64_t expires_at, bool *done)
{
    struct table t;
    TRY(DB_RUN(c, sql_retire_one, &t, P_TEXT(kid), P_INT(c->now), P_INT(expires_at)));
    *done = t.rows > 0;
    return ok();
}

RESULT keys_remove_expired(struct ctx *c, int64_t *removed)
{
    struct table t;
    TRY(DB_RUN(c, sql_remove_expired, &t, P_INT(c->now)));
    *removed = (int64_t)t.rows;
    return ok();
}
