/* SPDX-License-Identifier: Apache-2.0 */
#include "store/kept_replies.h"

#include "store/hot_queries.h"

static const char sql_drop_old[] = "DELETE FROM kept_replies\n"
                                   "WHERE owner = $1\n"
                                   "  AND hash = $2\n"
                                   "  AND expires_at <= $3";

static const char sql_begin[] =
    "INSERT INTO kept_replies (owner, hash, request, begun_at, expires_at)\n"
    "VALUES ($1, $2, $3, $4, $5)\n"
    "ON CONFLICT DO NOTHING\n"
    "RETURNING hash";

const char sql_kept_reply_find[] = "SELECT request, sealed, begun_at\n"
                                   "FROM kept_replies\n"
                                   "WHERE owner = $1\n"
                                   "  AND hash = $2";

static const char sql_finish[] = "UPDATE kept_replies\n"
                                 "SET sealed = $3\n"
                                 "WHERE owner = $1\n"
                                 "  AND hash = $2\n"
                                 "  AND sealed IS NULL";

static const char sql_forget[] = "DELETE FROM kept_replies\n"
                                 "WHERE owner = $1\n"
                                 "  AND hash = $2\n"
                                 "  AND sealed IS NULL";

struct beginning {
    const struct kept_reply *key;
    int64_t lease, ttl;
    enum kept_outcome how;
    const char *sealed;
};

static enum kept_outcome outcome_of(const struct ctx *c, const struct beginning *b,
                                    const struct table *found)
{
    if (!text_equal(table_text(found, 0, 0), b->key->request))
        return KEPT_OTHER;
    if (table_text(found, 0, 1) != NULL)
        return KEPT_DONE;
    return table_int(found, 0, 2) <= c->now - b->lease ? KEPT_LOST : KEPT_RUNNING;
}

static RESULT begin_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct beginning *b = arg;
    struct param owner = P_TEXT(b->key->owner);
    struct param hash = P_TEXT(b->key->hash);
    struct table t;
    b->how = KEPT_BEGUN;
    b->sealed = NULL;
    TRY(DB_RUN(c, sql_drop_old, NULL, owner, hash, P_INT(c->now)));
    TRY(DB_RUN(c, sql_begin, &t, owner, hash, P_TEXT(b->key->request), P_INT(c->now),
               P_INT(c->now + b->ttl)));
    if (t.rows > 0)
        return ok();
    TRY(DB_RUN(c, sql_kept_reply_find, &t, owner, hash));
    if (t.rows == 0)
        return fail(c, INTERNAL, "a kept reply was neither added nor found");
    b->how = outcome_of(c, b, &t);
    b->sealed = table_text(&t, 0, 1);
    return ok();
}

RESULT kept_reply_begin(struct ctx *c, const struct kept_reply *key, int64_t lease, int64_t ttl,
                        enum kept_outcome *how, const char **sealed)
{
    struct beginning b = { .key = key, .lease = lease, .ttl = ttl };
    TRY(db_atomically(c, begin_in, &b));
    *how = b.how;
    *sealed = b.sealed;
    return ok();
}

RESULT kept_reply_finish(struct ctx *c, const struct kept_reply *key, const char *sealed)
{
    return DB_RUN(c, sql_finish, NULL, P_TEXT(key->owner), P_TEXT(key->hash), P_TEXT(sealed));
}

RESULT kept_reply_forget(struct ctx *c, const struct kept_reply *key)
{
    return DB_RUN(c, sql_forget, NULL, P_TEXT(key->owner), P_TEXT(key->hash));
}
