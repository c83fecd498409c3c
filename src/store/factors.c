/* SPDX-License-Identifier: Apache-2.0 */
#include "store/factors.h"

#include "base/random.h"

/* ---- attempts ---- */

static const char sql_try[] = "UPDATE users\n"
                              "SET factor_failures = factor_failures + 1\n"
                              "WHERE id = $1\n"
                              "  AND factor_failures < $2\n"
                              "RETURNING id";

RESULT factor_try(struct ctx *c, const char *user_id, int64_t max, bool *allowed)
{
    struct table t;
    TRY(DB_RUN(c, sql_try, &t, P_TEXT(user_id), P_INT(max)));
    *allowed = t.rows > 0;
    return ok();
}

static const char sql_failures[] = "SELECT factor_failures\n"
                                   "FROM users\n"
                                   "WHERE id = $1";

RESULT factor_failures(struct ctx *c, const char *user_id, int64_t *failures)
{
    struct table t;
    TRY(DB_RUN(c, sql_failures, &t, P_TEXT(user_id)));
    *failures = t.rows == 0 ? 0 : table_int(&t, 0, 0);
    return ok();
}

static const char sql_unlock[] = "UPDATE users\n"
                                 "SET factor_failures = 0\n"
                                 "WHERE id = $1";

RESULT factor_unlock(struct ctx *c, const char *user_id)
{
    return DB_RUN(c, sql_unlock, NULL, P_TEXT(user_id));
}

/* ---- enrolling TOTP ---- */

static const char sql_drop_pending[] = "DELETE FROM totp_factors\n"
                                       "WHERE user_id = $1\n"
                                       "  AND confirmed_at IS NULL";

static const char sql_enrol[] =
    "INSERT INTO totp_factors (id, user_id, sealed_secret, last_step, created_at)\n"
    "SELECT $1, u.id, $3, 0, $4\n"
    "FROM users u\n"
    "WHERE u.id = $2\n"
    "  AND u.status = 'active'\n"
    "  AND NOT EXISTS (SELECT 1 FROM totp_factors f\n"
    "                  WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)\n"
    "RETURNING id";

struct enrolling {
    const char *user_id, *sealed_secret;
    const char *id;
};

static RESULT enrol(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct enrolling *e = arg;
    TRY(DB_RUN(c, sql_drop_pending, NULL, P_TEXT(e->user_id)));
    struct table t;
    TRY(DB_RUN(c, sql_enrol, &t, P_TEXT(random_uuid(c)), P_TEXT(e->user_id),
               P_TEXT(e->sealed_secret), P_INT(c->now)));
    e->id = t.rows == 0 ? NULL : table_text(&t, 0, 0);
    return ok();
}

RESULT totp_enrol(struct ctx *c, const char *user_id, const char *sealed_secret, const char **id)
{
    struct enrolling e = { .user_id = user_id, .sealed_secret = sealed_secret };
    TRY(db_atomically(c, enrol, &e));
    *id = e.id;
    return ok();
}

/* ---- finding TOTP ---- */

#define SQL_TOTP "id, sealed_secret, created_at, confirmed_at, last_step"

static const char sql_find[] = "SELECT " SQL_TOTP "\n"
                               "FROM totp_factors\n"
                               "WHERE user_id = $1\n"
                               "  AND confirmed_at IS NOT NULL";

static const char sql_find_pending[] = "SELECT " SQL_TOTP "\n"
                                       "FROM totp_factors\n"
                                       "WHERE user_id = $1\n"
                                       "  AND confirmed_at IS NULL";

static const struct totp_row *totp_of(struct ctx *c, const struct table *t)
{
    if (t->rows == 0)
        return NULL;
    struct totp_row *totp = ARENA_NEW(c->arena, struct totp_row);
    *totp = (struct totp_row){
        .id = table_text(t, 0, 0),
        .sealed_secret = table_text(t, 0, 1),
        .created_at = table_int(t, 0, 2),
        .confirmed_at = table_int(t, 0, 3),
        .last_step = table_int(t, 0, 4),
    };
    return totp;
}

RESULT totp_find(struct ctx *c, const char *user_id, const struct totp_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(user_id)));
    *out = totp_of(c, &t);
    return ok();
}

RESULT totp_find_pending(struct ctx *c, const char *user_id, const struct totp_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find_pending, &t, P_TEXT(user_id)));
    *out = totp_of(c, &t);
    return ok();
}

/* ---- confirming and using TOTP ---- */

static const char sql_confirm[] = "UPDATE totp_factors\n"
                                  "SET confirmed_at = $4, last_step = $3\n"
                                  "WHERE id = $1\n"
                                  "  AND user_id = $2\n"
                                  "  AND confirmed_at IS NULL\n"
                                  "RETURNING id";

RESULT totp_confirm(struct ctx *c, const char *user_id, const char *id, int64_t step, bool *done)
{
    struct table t;
    TRY(DB_RUN(c, sql_confirm, &t, P_TEXT(id), P_TEXT(user_id), P_INT(step), P_INT(c->now)));
    *done = t.rows > 0;
    return ok();
}

static const char sql_use[] = "UPDATE totp_factors\n"
                              "SET last_step = $2\n"
                              "WHERE user_id = $1\n"
                              "  AND confirmed_at IS NOT NULL\n"
                              "  AND last_step < $2\n"
                              "RETURNING id";

struct using
{
    const char *user_id;
    int64_t step;
    bool accepted;
};

static RESULT use(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct using *u = arg;
    struct table t;
    TRY(DB_RUN(c, sql_use, &t, P_TEXT(u->user_id), P_INT(u->step)));
    u->accepted = t.rows > 0;
    return u->accepted ? factor_unlock(c, u->user_id) : ok();
}

RESULT totp_use(struct ctx *c, const char *user_id, int64_t step, bool *accepted)
{
    struct using u = { .user_id = user_id, .step = step };
    TRY(db_atomically(c, use, &u));
    *accepted = u.accepted;
    return ok();
}

/* ---- removing ---- */

static const char sql_remove[] = "DELETE FROM totp_factors\n"
                                 "WHERE user_id = $1\n"
                                 "RETURNING id";

static const char sql_drop_codes[] = "DELETE FROM recovery_sets WHERE user_id = $1";

struct removing {
    const char *user_id;
    bool removed;
};

static RESULT remove_all(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct removing *r = arg;
    struct table t;
    TRY(DB_RUN(c, sql_remove, &t, P_TEXT(r->user_id)));
    r->removed = t.rows > 0;
    return DB_RUN(c, sql_drop_codes, NULL, P_TEXT(r->user_id));
}

RESULT totp_remove(struct ctx *c, const char *user_id, bool *removed)
{
    struct removing r = { .user_id = user_id };
    TRY(db_atomically(c, remove_all, &r));
    *removed = r.removed;
    return ok();
}
