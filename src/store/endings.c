/* SPDX-License-Identifier: Apache-2.0 */
#include "store/endings.h"

#include "base/text.h"
#include "store/one_time_tokens.h"
#include "store/session_clients.h"

/* ---- one session ---- */

static const char sql_end_session[] = "UPDATE sessions\n"
                                      "SET ended_at = $3\n"
                                      "WHERE id = $1\n"
                                      "  AND user_id = $2\n"
                                      "  AND ended_at IS NULL\n"
                                      "RETURNING idle_expires_at, expires_at";

static const char sql_revoke_of_session[] = "UPDATE authorizations\n"
                                            "SET revoked_at = $2\n"
                                            "WHERE session_id = $1\n"
                                            "  AND revoked_at IS NULL";

static RESULT end_one(struct ctx *c, const char *user_id, const char *id, bool *ended)
{
    struct table t;
    TRY(DB_RUN(c, sql_end_session, &t, P_TEXT(id), P_TEXT(user_id), P_INT(c->now)));
    if (t.rows > 0) {
        TRY(DB_RUN(c, sql_revoke_of_session, NULL, P_TEXT(id), P_INT(c->now)));
        TRY(session_clients_tell(c, id));
        TRY(revocation_add(c, REVOKED_SESSION, id));
    }
    *ended = t.rows > 0 && table_int(&t, 0, 0) > c->now && table_int(&t, 0, 1) > c->now;
    return ok();
}

/* Where a user acts as somebody else: by their session $2 (NULL: any) but not by $3, in tenant $4
 * (NULL: any). */
static const char sql_find_acted[] = "SELECT user_id, id\n"
                                     "FROM sessions\n"
                                     "WHERE actor_id = $1\n"
                                     "  AND actor_session_id = COALESCE($2, actor_session_id)\n"
                                     "  AND actor_session_id <> $3\n"
                                     "  AND COALESCE(tenant_id, '') = COALESCE($4, tenant_id, '')\n"
                                     "  AND ended_at IS NULL";

struct acted {
    const char *actor_id, *by, *keep, *tenant_id;
};

static RESULT end_acted(struct ctx *c, const struct acted *acted)
{
    struct table t;
    bool ended = false;
    TRY(DB_RUN(c, sql_find_acted, &t, P_TEXT(acted->actor_id), P_TEXT(acted->by),
               P_TEXT(acted->keep == NULL ? "" : acted->keep), P_TEXT(acted->tenant_id)));
    for (size_t i = 0; i < t.rows; i++)
        TRY(end_one(c, table_text(&t, i, 0), table_text(&t, i, 1), &ended));
    return ok();
}

RESULT end_session(struct ctx *c, const char *user_id, const char *id, bool *ended)
{
    TRY(end_acted(c, &(struct acted){ .actor_id = user_id, .by = id }));
    return end_one(c, user_id, id, ended);
}

/* ---- all sessions ---- */

static const char sql_count_sessions[] = "SELECT count(*)\n"
                                         "FROM sessions\n"
                                         "WHERE user_id = $1\n"
                                         "  AND id <> $2\n"
                                         "  AND ended_at IS NULL\n"
                                         "  AND idle_expires_at > $3\n"
                                         "  AND expires_at > $3";

/* One that has expired may have left an access token that has not. */
static const char sql_tell_sessions[] = "INSERT INTO revocations (kind, id, at, expires_at)\n"
                                        "SELECT '" REVOKED_SESSION "', id, $3, $4\n"
                                        "FROM sessions\n"
                                        "WHERE user_id = $1\n"
                                        "  AND id <> $2\n"
                                        "  AND ended_at IS NULL\n"
                                        "ON CONFLICT (kind, id) DO UPDATE\n"
                                        "SET at = excluded.at, expires_at = excluded.expires_at";

static const char sql_end_sessions[] = "UPDATE sessions\n"
                                       "SET ended_at = $3\n"
                                       "WHERE user_id = $1\n"
                                       "  AND id <> $2\n"
                                       "  AND ended_at IS NULL";

static const char sql_tell_authorizations[] =
    "INSERT INTO revocations (kind, id, at, expires_at)\n"
    "SELECT '" REVOKED_AUTHORIZATION "', id, $2, $3\n"
    "FROM authorizations\n"
    "WHERE user_id = $1\n"
    "  AND session_id IS NULL\n"
    "  AND revoked_at IS NULL\n"
    "ON CONFLICT (kind, id) DO UPDATE\n"
    "SET at = excluded.at, expires_at = excluded.expires_at";

static const char sql_revoke[] = "UPDATE authorizations\n"
                                 "SET revoked_at = $3\n"
                                 "WHERE user_id = $1\n"
                                 "  AND (session_id IS NULL OR session_id <> $2)\n"
                                 "  AND revoked_at IS NULL";

RESULT end_sessions(struct ctx *c, const char *user_id, const char *keep, int64_t *ended)
{
    struct param user = P_TEXT(user_id);
    struct param kept = P_TEXT(keep == NULL ? "" : keep); /* no id is empty */
    struct param now = P_INT(c->now);
    struct param until = P_INT(revocation_expiry(c));
    struct table t;
    TRY(end_acted(c, &(struct acted){ .actor_id = user_id, .keep = keep }));
    TRY(DB_RUN(c, sql_count_sessions, &t, user, kept, now));
    TRY(DB_RUN(c, sql_tell_sessions, NULL, user, kept, now, until));
    TRY(DB_RUN(c, sql_end_sessions, NULL, user, kept, now));
    TRY(session_clients_tell_of_user(c, user_id));
    TRY(DB_RUN(c, sql_tell_authorizations, NULL, user, now, until));
    TRY(DB_RUN(c, sql_revoke, NULL, user, kept, now));
    *ended = table_int(&t, 0, 0);
    return ok();
}

/* ---- the ways in ---- */

static const char sql_forget_devices[] = "DELETE FROM devices WHERE user_id = $1";

/* A registration holds a password: it must not come to life after a newer one was set. */
static const char sql_forget_registrations[] = "DELETE FROM registrations WHERE user_id = $1";

/* Whoever takes an account back, or takes it away, does not know what was made with it. */
static const char sql_forget_keys[] = "DELETE FROM api_keys WHERE user_id = $1";

static const char sql_raise_epoch[] = "UPDATE users\n"
                                      "SET epoch = epoch + 1, updated_at = $2\n"
                                      "WHERE id = $1";

RESULT end_user(struct ctx *c, const char *user_id, const char *keep, int64_t *ended)
{
    struct param user = P_TEXT(user_id);
    TRY(end_sessions(c, user_id, keep, ended));
    TRY(DB_RUN(c, sql_forget_devices, NULL, user));
    TRY(one_time_kill(c, user_id));
    TRY(DB_RUN(c, sql_forget_registrations, NULL, user));
    if (keep == NULL)
        TRY(DB_RUN(c, sql_forget_keys, NULL, user));
    return DB_RUN(c, sql_raise_epoch, NULL, user, P_INT(c->now));
}

static const char sql_use_links[] = "UPDATE one_time_tokens\n"
                                    "SET used_at = $2\n"
                                    "WHERE user_id = $1\n"
                                    "  AND kind = 'verify_email'\n"
                                    "  AND used_at IS NULL";

RESULT end_registrations(struct ctx *c, const char *user_id)
{
    TRY(DB_RUN(c, sql_use_links, NULL, P_TEXT(user_id), P_INT(c->now)));
    return DB_RUN(c, sql_forget_registrations, NULL, P_TEXT(user_id));
}

static const char *const sql_forget[] = {
    "DELETE FROM totp_factors WHERE user_id = $1",
    "DELETE FROM recovery_sets WHERE user_id = $1",
    "DELETE FROM identities WHERE user_id = $1",
    "DELETE FROM consents WHERE user_id = $1",
};

RESULT end_unproven(struct ctx *c, const char *user_id)
{
    int64_t ended = 0;
    TRY(end_registrations(c, user_id));
    TRY(end_user(c, user_id, NULL, &ended));
    for (size_t i = 0; i < sizeof sql_forget / sizeof *sql_forget; i++)
        TRY(DB_RUN(c, sql_forget[i], NULL, P_TEXT(user_id)));
    return ok();
}

/* ---- what is bound to a tenant ---- */

static const char sql_tell_in_tenant[] = "INSERT INTO revocations (kind, id, at, expires_at)\n"
                                         "SELECT '" REVOKED_SESSION "', id, $3, $4\n"
                                         "FROM sessions\n"
                                         "WHERE user_id = $1\n"
                                         "  AND tenant_id = $2\n"
                                         "  AND ended_at IS NULL\n"
                                         "ON CONFLICT (kind, id) DO UPDATE\n"
                                         "SET at = excluded.at, expires_at = excluded.expires_at";

static const char sql_end_in_tenant[] = "UPDATE sessions\n"
                                        "SET ended_at = $3\n"
                                        "WHERE user_id = $1\n"
                                        "  AND tenant_id = $2\n"
                                        "  AND ended_at IS NULL";

/* Also what was granted for another tenant by a session of this one. */
static const char sql_revoke_in_tenant[] =
    "UPDATE authorizations\n"
    "SET revoked_at = $3\n"
    "WHERE user_id = $1\n"
    "  AND (tenant_id = $2\n"
    "       OR session_id IN (SELECT id FROM sessions WHERE user_id = $1 AND tenant_id = $2))\n"
    "  AND revoked_at IS NULL";

static const char sql_forget_keys_in_tenant[] = "DELETE FROM api_keys\n"
                                                "WHERE user_id = $1\n"
                                                "  AND tenant_id = $2";

RESULT end_membership(struct ctx *c, const char *tenant_id, const char *user_id)
{
    struct param user = P_TEXT(user_id);
    struct param tenant = P_TEXT(tenant_id);
    TRY(end_acted(c, &(struct acted){ .actor_id = user_id, .tenant_id = tenant_id }));
    TRY(DB_RUN(c, sql_tell_in_tenant, NULL, user, tenant, P_INT(c->now),
               P_INT(revocation_expiry(c))));
    TRY(DB_RUN(c, sql_end_in_tenant, NULL, user, tenant, P_INT(c->now)));
    TRY(session_clients_tell_of_user(c, user_id));
    TRY(DB_RUN(c, sql_revoke_in_tenant, NULL, user, tenant, P_INT(c->now)));
    TRY(DB_RUN(c, sql_forget_keys_in_tenant, NULL, user, tenant));
    return revocation_add(c, REVOKED_MEMBER, text_printf(c->arena, "%s %s", tenant_id, user_id));
}

/* ---- a tenant or a client ---- */

struct disabling {
    const char *sql, *kind, *id;
    bool found;
};

static RESULT disable_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct disabling *disabling = arg;
    struct table t;
    TRY(DB_RUN(c, disabling->sql, &t, P_TEXT(disabling->id), P_INT(c->now)));
    disabling->found = t.rows > 0;
    if (!disabling->found)
        return ok();
    if (text_equal(disabling->kind, REVOKED_TENANT))
        TRY(session_clients_tell_of_tenant(c, disabling->id));
    return revocation_add(c, disabling->kind, disabling->id);
}

RESULT end_disabled(struct ctx *c, const char *sql, const char *kind, const char *id, bool *found)
{
    struct disabling disabling = { .sql = sql, .kind = kind, .id = id };
    TRY(db_atomically(c, disable_in, &disabling));
    *found = disabling.found;
    return ok();
}
