/* SPDX-License-Identifier: Apache-2.0 */
#include "store/credentials.h"

#include "store/endings.h"
#include "store/hot_queries.h"

static const char sql_find[] = "SELECT hash, changed_at, must_change\n"
                               "FROM credentials\n"
                               "WHERE user_id = $1\n"
                               "  AND kind = 'password'";

RESULT password_find(struct ctx *c, const char *user_id, struct password_row *out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(user_id)));
    *out = (struct password_row){ 0 };
    if (t.rows > 0)
        *out = (struct password_row){ .hash = table_text(&t, 0, 0),
                                      .changed_at = table_int(&t, 0, 1),
                                      .must_change = table_int(&t, 0, 2) != 0 };
    return ok();
}

static const char sql_set[] =
    "INSERT INTO credentials (user_id, kind, hash, must_change, changed_at)\n"
    "SELECT id, 'password', $2, $3, $4\n"
    "FROM users\n"
    "WHERE id = $1\n"
    "  AND status <> 'deleted'\n"
    "ON CONFLICT (user_id, kind) DO UPDATE\n"
    "SET hash = excluded.hash,\n"
    "    must_change = excluded.must_change,\n"
    "    changed_at = excluded.changed_at";

struct setting {
    const char *user_id, *hash, *keep_session;
    bool must_change;
    int64_t ended;
};

static RESULT set(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct setting *s = arg;
    TRY(DB_RUN(c, sql_set, NULL, P_TEXT(s->user_id), P_TEXT(s->hash), P_INT(s->must_change),
               P_INT(c->now)));
    return end_user(c, s->user_id, s->keep_session, &s->ended);
}

RESULT password_set(struct ctx *c, const char *user_id, const char *hash, bool must_change,
                    const char *keep_session, int64_t *ended)
{
    struct setting s = {
        .user_id = user_id, .hash = hash, .keep_session = keep_session, .must_change = must_change
    };
    TRY(db_atomically(c, set, &s));
    *ended = s.ended;
    return ok();
}

static const char sql_rehash[] = "UPDATE credentials\n"
                                 "SET hash = $3\n"
                                 "WHERE user_id = $1\n"
                                 "  AND kind = 'password'\n"
                                 "  AND hash = $2";

RESULT password_rehash(struct ctx *c, const char *user_id, const char *old, const char *hash)
{
    return DB_RUN(c, sql_rehash, NULL, P_TEXT(user_id), P_TEXT(old), P_TEXT(hash));
}

/* ---- standing in ---- */

/* The last 12 digits of a UUIDv7 are random (RFC 9562 5.7); after the last comes the first. */
const char sql_password_like[] = "SELECT COALESCE((SELECT hash\n"
                                 "                 FROM credentials\n"
                                 "                 WHERE substr(user_id, 25) >= $1\n"
                                 "                 ORDER BY substr(user_id, 25)\n"
                                 "                 LIMIT 1),\n"
                                 "                (SELECT hash\n"
                                 "                 FROM credentials\n"
                                 "                 WHERE substr(user_id, 25) >= ''\n"
                                 "                 ORDER BY substr(user_id, 25)\n"
                                 "                 LIMIT 1))";

RESULT password_like(struct ctx *c, const char *point, const char **hash)
{
    struct table t;
    TRY(DB_RUN(c, sql_password_like, &t, P_TEXT(point)));
    *hash = table_text(&t, 0, 0);
    return ok();
}
