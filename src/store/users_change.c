/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of a user with which other things die.
 */
#include "store/endings.h"
#include "store/erasures.h"
#include "store/one_time_tokens.h"
#include "store/session_clients.h"
#include "store/users.h"

/* ---- the address ---- */

static const char sql_old_email[] = "SELECT email_entered\n"
                                    "FROM users\n"
                                    "WHERE id = $1\n"
                                    "  AND status <> 'deleted'";

static const char sql_set_email[] =
    "UPDATE users\n"
    "SET email = $2, email_entered = $3, email_verified_at = $4, updated_at = $4\n"
    "WHERE id = $1\n"
    "  AND NOT EXISTS (SELECT 1 FROM users other WHERE other.email = $2 AND other.id <> $1)\n"
    "RETURNING id";

static const char sql_forget_registrations[] = "DELETE FROM registrations WHERE user_id = $1";

struct moving {
    const char *id, *email, *email_entered;
    enum email_outcome how;
    const char *old;
};

static RESULT move(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct moving *m = arg;
    struct table old;
    TRY(DB_RUN(c, sql_old_email, &old, P_TEXT(m->id)));
    m->how = EMAIL_NO_USER;
    m->old = NULL;
    if (old.rows == 0)
        return ok();
    struct table t;
    TRY(DB_RUN(c, sql_set_email, &t, P_TEXT(m->id), P_TEXT(m->email), P_TEXT(m->email_entered),
               P_INT(c->now)));
    m->how = t.rows == 0 ? EMAIL_TAKEN : EMAIL_CHANGED;
    m->old = table_text(&old, 0, 0);
    if (m->how == EMAIL_TAKEN)
        return ok();
    TRY(one_time_kill(c, m->id));
    return DB_RUN(c, sql_forget_registrations, NULL, P_TEXT(m->id));
}

RESULT user_set_email(struct ctx *c, const char *id, const char *email, const char *email_entered,
                      enum email_outcome *how, const char **old)
{
    struct moving m = { .id = id, .email = email, .email_entered = email_entered };
    TRY(db_atomically(c, move, &m));
    *how = m.how;
    *old = m.old;
    return ok();
}

static const char sql_prove[] = "UPDATE users\n"
                                "SET email_verified_at = $2, factor_failures = 0, updated_at = $2\n"
                                "WHERE id = $1\n"
                                "  AND email_verified_at IS NULL\n"
                                "  AND status <> 'deleted'\n"
                                "RETURNING id";

struct marking {
    const char *id;
    bool found;
};

static RESULT prove(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct marking *m = arg;
    struct table t;
    TRY(DB_RUN(c, sql_prove, &t, P_TEXT(m->id), P_INT(c->now)));
    m->found = t.rows > 0;
    return m->found ? end_unproven(c, m->id) : ok();
}

RESULT user_prove_address(struct ctx *c, const char *id, bool *first)
{
    struct marking m = { .id = id };
    TRY(db_atomically(c, prove, &m));
    *first = m.found;
    return ok();
}

/* ---- the status ---- */

static const char sql_set_status[] = "UPDATE users\n"
                                     "SET status = $2, updated_at = $3\n"
                                     "WHERE id = $1\n"
                                     "  AND status <> 'deleted'\n"
                                     "RETURNING id";

struct setting {
    const char *id;
    enum user_status status;
    bool found;
};

static RESULT set_status(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct setting *s = arg;
    bool disabling = s->status == USER_DISABLED;
    struct table t;
    TRY(DB_RUN(c, sql_set_status, &t, P_TEXT(s->id), P_TEXT(disabling ? "disabled" : "active"),
               P_INT(c->now)));
    s->found = t.rows > 0;
    if (!s->found || !disabling)
        return ok();
    int64_t ended = 0;
    TRY(end_user(c, s->id, NULL, &ended));
    return revocation_add(c, REVOKED_USER, s->id);
}

RESULT user_set_status(struct ctx *c, const char *id, enum user_status status, bool *found)
{
    must(status == USER_ACTIVE || status == USER_DISABLED);
    struct setting s = { .id = id, .status = status };
    TRY(db_atomically(c, set_status, &s));
    *found = s.found;
    return ok();
}

/* ---- erasing ---- */

static const char sql_erase[] =
    "UPDATE users\n"
    "SET status = 'deleted', email = NULL, email_entered = NULL, full_name = '',\n"
    "    email_verified_at = NULL, default_tenant_id = NULL, last_login_at = NULL,\n"
    "    locale = NULL, factor_failures = 0, epoch = epoch + 1, updated_at = $2\n"
    "WHERE id = $1\n"
    "  AND status <> 'deleted'\n"
    "RETURNING id";

/* Of the address, whoever wrote it: invitations with their links, and letters that are about no
 * account, which may still wait. */
static const char *const sql_erase_address[] = {
    "DELETE FROM outbox\n"
    "WHERE user_id IS NULL\n"
    "  AND (recipient IN (SELECT email FROM users WHERE id = $1)\n"
    "       OR recipient IN (SELECT email_entered FROM users WHERE id = $1)\n"
    "       OR recipient IN (SELECT i.email_entered\n"
    "                        FROM invitations i JOIN users u ON u.email = i.email\n"
    "                        WHERE u.id = $1))",
    "DELETE FROM one_time_tokens\n"
    "WHERE about IN (SELECT i.tenant_id || ' ' || i.email\n"
    "                FROM invitations i JOIN users u ON u.email = i.email\n"
    "                WHERE u.id = $1)",
    "DELETE FROM one_time_tokens WHERE about IN (SELECT email FROM users WHERE id = $1)",
    "DELETE FROM invitations WHERE email IN (SELECT email FROM users WHERE id = $1)",
};

/* What holds something personal or gives access.  Authorizations without a session do not go with
 * the sessions. */
static const char *const sql_erase_from[] = {
    "DELETE FROM sessions WHERE user_id = $1",
    "DELETE FROM authorizations WHERE user_id = $1",
    "DELETE FROM consents WHERE user_id = $1",
    "DELETE FROM credentials WHERE user_id = $1",
    "DELETE FROM registrations WHERE user_id = $1",
    "DELETE FROM identities WHERE user_id = $1",
    "DELETE FROM totp_factors WHERE user_id = $1",
    "DELETE FROM recovery_sets WHERE user_id = $1",
    "DELETE FROM devices WHERE user_id = $1",
    "DELETE FROM api_keys WHERE user_id = $1",
    "DELETE FROM memberships WHERE user_id = $1",
    "DELETE FROM user_roles WHERE user_id = $1",
    "DELETE FROM outbox WHERE user_id = $1",
    "DELETE FROM one_time_tokens WHERE user_id = $1",
    "DELETE FROM kept_replies WHERE owner = $1",
    "DELETE FROM audit_keys WHERE user_id = $1",
};

static RESULT erase(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct marking *m = arg;
    struct table t;
    for (size_t i = 0; i < sizeof sql_erase_address / sizeof *sql_erase_address; i++)
        TRY(DB_RUN(c, sql_erase_address[i], NULL, P_TEXT(m->id)));
    TRY(DB_RUN(c, sql_erase, &t, P_TEXT(m->id), P_INT(c->now)));
    m->found = t.rows > 0;
    if (!m->found)
        return ok();
    db_overwrite(c);
    /* The rows that tell of it are about the session, and outlive the user. */
    TRY(session_clients_end_all(c, m->id));
    for (size_t i = 0; i < sizeof sql_erase_from / sizeof *sql_erase_from; i++)
        TRY(DB_RUN(c, sql_erase_from[i], NULL, P_TEXT(m->id)));
    TRY(erasure_note(c, &(struct erasure){ m->id, c->now }));
    return revocation_add(c, REVOKED_USER, m->id);
}

RESULT user_delete(struct ctx *c, const char *id, bool *found)
{
    struct marking m = { .id = id };
    TRY(db_atomically(c, erase, &m));
    *found = m.found;
    return ok();
}
