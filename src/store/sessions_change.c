/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to a session between its beginning and its end.
 */
#include "store/endings.h"
#include "store/sessions.h"

#define SQL_LIVE                                                                                   \
    "ended_at IS NULL\n"                                                                           \
    "  AND idle_expires_at > $2\n"                                                                 \
    "  AND expires_at > $2"

static const char sql_touch[] = "UPDATE sessions\n"
                                "SET last_seen_at = $2,\n"
                                "    idle_expires_at = CASE WHEN $3 < expires_at\n"
                                "                      THEN $3 ELSE expires_at END\n"
                                "WHERE id = $1\n"
                                "  AND " SQL_LIVE;

RESULT session_touch(struct ctx *c, const char *id, int64_t idle)
{
    return DB_RUN(c, sql_touch, NULL, P_TEXT(id), P_INT(c->now), P_INT(c->now + idle));
}

static const char sql_rotate[] = "UPDATE sessions\n"
                                 "SET hash = $3\n"
                                 "WHERE id = $1\n"
                                 "  AND " SQL_LIVE "\n"
                                 "  AND " SQL_STANDS("sessions") "\n"
                                                                 "RETURNING id";

RESULT session_rotate(struct ctx *c, const char *id, const char *hash, bool *done)
{
    struct table t;
    TRY(DB_RUN(c, sql_rotate, &t, P_TEXT(id), P_INT(c->now), P_TEXT(hash)));
    *done = t.rows > 0;
    return ok();
}

/* ---- proving again ---- */

static const char sql_confirm[] = "UPDATE sessions\n"
                                  "SET auth_time = $2, amr = $3, acr = $4\n"
                                  "WHERE id = $1\n"
                                  "  AND " SQL_LIVE "\n"
                                  "  AND " SQL_STANDS("sessions") "\n"
                                                                  "RETURNING id";

static const char sql_confirm_authorizations[] = "UPDATE authorizations\n"
                                                 "SET auth_time = $2, amr = $3, acr = $4\n"
                                                 "WHERE session_id = $1\n"
                                                 "  AND revoked_at IS NULL";

struct confirming {
    const char *id, *amr, *acr;
    bool done;
};

static RESULT confirm(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct confirming *f = arg;
    struct param id = P_TEXT(f->id);
    struct param now = P_INT(c->now);
    struct table t;
    TRY(DB_RUN(c, sql_confirm, &t, id, now, P_TEXT(f->amr), P_TEXT(f->acr)));
    f->done = t.rows > 0;
    if (!f->done)
        return ok();
    return DB_RUN(c, sql_confirm_authorizations, NULL, id, now, P_TEXT(f->amr), P_TEXT(f->acr));
}

RESULT session_confirm(struct ctx *c, const char *id, struct texts amr, const char *acr, bool *done)
{
    struct confirming f = { .id = id, .amr = text_join(c->arena, amr, " "), .acr = acr };
    TRY(db_atomically(c, confirm, &f));
    *done = f.done;
    return ok();
}

static const char sql_set_acr[] = "UPDATE sessions\n"
                                  "SET acr = $3\n"
                                  "WHERE id = $1\n"
                                  "  AND " SQL_LIVE;

static const char sql_set_acr_authorizations[] = "UPDATE authorizations\n"
                                                 "SET acr = $2\n"
                                                 "WHERE session_id = $1\n"
                                                 "  AND revoked_at IS NULL";

struct classing {
    const char *id, *acr;
};

static RESULT set_acr(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct classing *to = arg;
    TRY(DB_RUN(c, sql_set_acr, NULL, P_TEXT(to->id), P_INT(c->now), P_TEXT(to->acr)));
    return DB_RUN(c, sql_set_acr_authorizations, NULL, P_TEXT(to->id), P_TEXT(to->acr));
}

RESULT session_set_acr(struct ctx *c, const char *id, const char *acr)
{
    return db_atomically(c, set_acr, &(struct classing){ .id = id, .acr = acr });
}

/* ---- ending ---- */

static const char sql_told[] = "UPDATE sessions\n"
                               "SET actor_told_at = $2\n"
                               "WHERE id = $1\n"
                               "  AND actor_id IS NOT NULL\n"
                               "  AND actor_told_at IS NULL\n"
                               "RETURNING id";

RESULT session_told(struct ctx *c, const char *id, bool *done)
{
    struct table t;
    TRY(DB_RUN(c, sql_told, &t, P_TEXT(id), P_INT(c->now)));
    *done = t.rows > 0;
    return ok();
}

struct ending {
    const char *user_id, *id;
    bool ended;
};

static RESULT end_one(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct ending *e = arg;
    return end_session(c, e->user_id, e->id, &e->ended);
}

RESULT session_end(struct ctx *c, const char *user_id, const char *id, bool *ended)
{
    struct ending e = { .user_id = user_id, .id = id };
    TRY(db_atomically(c, end_one, &e));
    *ended = e.ended;
    return ok();
}

struct endings {
    const char *user_id, *keep;
    int64_t ended;
};

static RESULT end_all(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct endings *e = arg;
    return end_sessions(c, e->user_id, e->keep, &e->ended);
}

RESULT sessions_end(struct ctx *c, const char *user_id, const char *keep, int64_t *ended)
{
    struct endings e = { .user_id = user_id, .keep = keep };
    TRY(db_atomically(c, end_all, &e));
    *ended = e.ended;
    return ok();
}
