/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recovery codes: the way in when the device that shows TOTP codes is lost.
 */
#include "store/factors.h"

static const char sql_drop[] = "DELETE FROM recovery_sets WHERE user_id = $1";

static const char sql_add_set[] = "INSERT INTO recovery_sets (user_id, salt, created_at)\n"
                                  "SELECT id, $2, $3\n"
                                  "FROM users\n"
                                  "WHERE id = $1\n"
                                  "  AND status = 'active'\n"
                                  "RETURNING user_id";

static const char sql_add_code[] = "INSERT INTO recovery_codes (user_id, hash)\n"
                                   "VALUES ($1, $2)";

struct setting {
    const char *user_id;
    const struct recovery_set *set;
};

static RESULT set(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct setting *s = arg;
    TRY(DB_RUN(c, sql_drop, NULL, P_TEXT(s->user_id)));
    struct table t;
    TRY(DB_RUN(c, sql_add_set, &t, P_TEXT(s->user_id), P_TEXT(s->set->salt), P_INT(c->now)));
    for (size_t i = 0; i < s->set->hashes.n && t.rows > 0; i++)
        TRY(DB_RUN(c, sql_add_code, NULL, P_TEXT(s->user_id), P_TEXT(s->set->hashes.at[i])));
    return ok();
}

RESULT recovery_codes_set(struct ctx *c, const char *user_id, const struct recovery_set *codes)
{
    struct setting s = { .user_id = user_id, .set = codes };
    return db_atomically(c, set, &s);
}

static const char sql_find[] =
    "SELECT s.salt, (SELECT count(*) FROM recovery_codes r\n"
    "                WHERE r.user_id = s.user_id AND r.used_at IS NULL)\n"
    "FROM recovery_sets s\n"
    "WHERE s.user_id = $1";

RESULT recovery_codes_find(struct ctx *c, const char *user_id, const char **salt, int64_t *left)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(user_id)));
    *salt = t.rows == 0 ? NULL : table_text(&t, 0, 0);
    *left = t.rows == 0 ? 0 : table_int(&t, 0, 1);
    return ok();
}

static const char sql_use[] = "UPDATE recovery_codes\n"
                              "SET used_at = $3\n"
                              "WHERE user_id = $1\n"
                              "  AND hash = $2\n"
                              "  AND used_at IS NULL\n"
                              "RETURNING hash";

struct using
{
    const char *user_id, *hash;
    bool accepted;
    int64_t left;
};

static RESULT use(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct using *u = arg;
    struct table t;
    TRY(DB_RUN(c, sql_use, &t, P_TEXT(u->user_id), P_TEXT(u->hash), P_INT(c->now)));
    u->accepted = t.rows > 0;
    if (u->accepted)
        TRY(factor_unlock(c, u->user_id));
    const char *salt = NULL;
    return recovery_codes_find(c, u->user_id, &salt, &u->left);
}

RESULT recovery_code_use(struct ctx *c, const char *user_id, const char *hash, bool *accepted,
                         int64_t *left)
{
    struct using u = { .user_id = user_id, .hash = hash };
    TRY(db_atomically(c, use, &u));
    *accepted = u.accepted;
    *left = u.left;
    return ok();
}
