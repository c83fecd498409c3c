/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sweep.h"

#include "base/config.h"
#include "store/revocations.h"

enum {
    CODE_KEEP = 24 * 3600, /* seconds that a code stays after it has expired: the use of a used one
                              is told */
    DEVICE_KEEP = 3600,    /* a device that polls on is told that its code has expired */
    UPSTREAM_KEEP = 900,   /* to sign out there, after here */
    STATUS_KEEP = 300, /* for clocks that differ: a token may be thought alive a little longer */
    HEADS_KEEP = 24 * 3600,        /* seconds in which every head of the audit stays */
    API_KEY_KEEP = 30 * 24 * 3600, /* so that who looks for a key that fails sees that it expired */
    OUTBOX_KEEP = 7 * 24 * 3600    /* seconds that a row stays after it was delivered or given up */
};

/* $1: what ended at this time or before goes; $2: how many at most. */
static const char sql_refresh_tokens[] =
    "DELETE FROM refresh_tokens\n"
    "WHERE hash IN (SELECT hash FROM refresh_tokens\n"
    "               WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING hash";

static const char sql_authorizations[] =
    "DELETE FROM authorizations\n"
    "WHERE id IN (SELECT id FROM authorizations\n"
    "             WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING id";

static const char sql_sessions[] =
    "DELETE FROM sessions\n"
    "WHERE id IN (SELECT id FROM sessions\n"
    "             WHERE expires_at <= $1\n"
    "               AND (actor_id IS NULL OR actor_told_at IS NOT NULL)\n"
    "             ORDER BY expires_at LIMIT $2)\n"
    "RETURNING id";

static const char sql_registrations[] =
    "DELETE FROM registrations\n"
    "WHERE id IN (SELECT id FROM registrations\n"
    "             WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING user_id";

/* Whom only a registration stood for, and who was never verified, goes with the last one (DO-09).
 * Registering gives the builtin role of users; any other was given by somebody on purpose. */
static const char sql_unverified[] =
    "DELETE FROM users\n"
    "WHERE id = $1\n"
    "  AND status = 'active'\n"
    "  AND email_verified_at IS NULL\n"
    "  AND last_login_at IS NULL\n"
    "  AND NOT EXISTS (SELECT 1 FROM registrations r WHERE r.user_id = users.id)\n"
    "  AND NOT EXISTS (SELECT 1 FROM credentials k WHERE k.user_id = users.id)\n"
    "  AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = users.id)\n"
    "  AND NOT EXISTS (SELECT 1 FROM user_roles u\n"
    "                  WHERE u.user_id = users.id\n"
    "                    AND NOT (u.tenant_id = '' AND u.role = 'user'))";

static const char sql_one_time_tokens[] =
    "DELETE FROM one_time_tokens\n"
    "WHERE (kind, hash) IN (SELECT kind, hash FROM one_time_tokens\n"
    "                       WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING hash";

static const char sql_devices[] =
    "DELETE FROM devices\n"
    "WHERE id IN (SELECT id FROM devices\n"
    "             WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING id";

static const char sql_seen[] =
    "DELETE FROM seen\n"
    "WHERE (purpose, issuer, id) IN (SELECT purpose, issuer, id FROM seen\n"
    "                                WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING id";

static const char sql_requests[] =
    "DELETE FROM authorization_requests\n"
    "WHERE hash IN (SELECT hash FROM authorization_requests\n"
    "               WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING hash";

static const char sql_attempts[] =
    "DELETE FROM sign_in_attempts\n"
    "WHERE hash IN (SELECT hash FROM sign_in_attempts\n"
    "               WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING hash";

static const char sql_codes[] =
    "DELETE FROM codes\n"
    "WHERE hash IN (SELECT hash FROM codes\n"
    "               WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING hash";

static const char sql_device_codes[] =
    "DELETE FROM device_codes\n"
    "WHERE hash IN (SELECT hash FROM device_codes\n"
    "               WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING hash";

/* With what a session was at a provider goes the refresh token of there. */
static const char sql_upstream_sessions[] =
    "UPDATE sessions\n"
    "SET upstream = 0\n"
    "WHERE id IN (SELECT id FROM sessions\n"
    "             WHERE upstream = 1 AND ended_at <= $1 ORDER BY ended_at LIMIT $2)\n"
    "RETURNING id";

static const char sql_upstream_session[] = "DELETE FROM upstream_sessions WHERE session_id = $1";

static const char sql_revocations[] =
    "DELETE FROM revocations\n"
    "WHERE (kind, id) IN (SELECT kind, id FROM revocations\n"
    "                     WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING id";

static const char sql_opaque_tokens[] =
    "DELETE FROM opaque_tokens\n"
    "WHERE hash IN (SELECT hash FROM opaque_tokens\n"
    "               WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING hash";

static const char sql_status_entries[] =
    "DELETE FROM status_entries\n"
    "WHERE (list, idx) IN (SELECT list, idx FROM status_entries\n"
    "                      WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING idx";

static const char sql_outbox[] =
    "DELETE FROM outbox\n"
    "WHERE id IN (SELECT id FROM outbox\n"
    "             WHERE next_at IS NULL AND done_at <= $1 ORDER BY done_at LIMIT $2)\n"
    "RETURNING id";

static const char sql_api_keys[] =
    "DELETE FROM api_keys\n"
    "WHERE id IN (SELECT id FROM api_keys\n"
    "             WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING id";

static const char sql_registration_tokens[] =
    "DELETE FROM registration_tokens\n"
    "WHERE hash IN (SELECT hash FROM registration_tokens\n"
    "               WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING hash";

/* A client that registered itself, and that users have allowed something meanwhile, is looked at
 * again in thirty days. */
static const char sql_used_clients[] =
    "UPDATE client_registrations\n"
    "SET expires_at = $1 + 2592000\n"
    "WHERE client_id IN (SELECT k.client_id FROM client_registrations k\n"
    "                    WHERE k.expires_at <= $1\n"
    "                      AND EXISTS (SELECT 1 FROM consents n\n"
    "                                  WHERE n.client_id = k.client_id)\n"
    "                    ORDER BY k.expires_at LIMIT $2)\n"
    "RETURNING client_id";

/* CL-11: one that nobody has used goes. */
static const char sql_unused_clients[] =
    "DELETE FROM clients\n"
    "WHERE id IN (SELECT k.client_id FROM client_registrations k\n"
    "             WHERE k.expires_at <= $1\n"
    "               AND NOT EXISTS (SELECT 1 FROM consents n\n"
    "                               WHERE n.client_id = k.client_id)\n"
    "             ORDER BY k.expires_at LIMIT $2)\n"
    "RETURNING id";

/* A grace window that has ended: its token is not handed out again. */
static const char sql_forget_sealed[] =
    "UPDATE refresh_tokens\n"
    "SET sealed = NULL\n"
    "WHERE hash IN (SELECT hash FROM refresh_tokens\n"
    "               WHERE sealed IS NOT NULL AND created_at <= $1 ORDER BY created_at LIMIT $2)\n"
    "RETURNING hash";

static const char sql_invitations[] =
    "DELETE FROM invitations\n"
    "WHERE id IN (SELECT id FROM invitations\n"
    "             WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "RETURNING id";

static const char sql_kept_replies[] =
    "DELETE FROM kept_replies\n"
    "WHERE hash IN (SELECT hash FROM kept_replies\n"
    "               WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)\n"
    "  AND expires_at <= $1\n"
    "RETURNING hash";

/* Heads of the audit that are older: the last of each hour stays.  What one says that goes, those
 * after it say, too. */
static const char sql_audit_heads[] =
    "DELETE FROM audit_heads\n"
    "WHERE (number, size) IN (SELECT h.number, h.size FROM audit_heads h\n"
    "                         WHERE h.at <= $1\n"
    "                           AND h.at > $1 - 259200\n"
    "                           AND EXISTS (SELECT 1 FROM audit_heads l\n"
    "                                       WHERE l.number = h.number\n"
    "                                         AND l.size > h.size\n"
    "                                         AND l.at >= h.at - h.at % 3600\n"
    "                                         AND l.at < h.at - h.at % 3600 + 3600)\n"
    "                         ORDER BY h.at LIMIT $2)\n"
    "RETURNING size";

struct step {
    const char *sql;
    const char *sql_each; /* for the first column of each row that went; or NULL */
    int64_t keep;         /* seconds beyond the end */
    bool waits; /* until the step above has no more: rows of that one refer to rows of this,
                   end no later, and would all go with one of them */
};

static const struct step steps[] = {
    { .sql = sql_upstream_sessions, .sql_each = sql_upstream_session, .keep = UPSTREAM_KEEP },
    { .sql = sql_requests },
    { .sql = sql_attempts },
    { .sql = sql_device_codes, .keep = DEVICE_KEEP },
    { .sql = sql_codes, .keep = CODE_KEEP },
    { .sql = sql_refresh_tokens },
    { .sql = sql_authorizations, .waits = true },
    { .sql = sql_sessions, .waits = true },
    { .sql = sql_registrations, .sql_each = sql_unverified },
    { .sql = sql_one_time_tokens },
    { .sql = sql_devices },
    { .sql = sql_seen },
    { .sql = sql_revocations, .keep = CLOCKS_APART }, /* for who asks with a clock that is behind */
    { .sql = sql_opaque_tokens },
    { .sql = sql_status_entries, .keep = STATUS_KEEP },
    { .sql = sql_outbox, .keep = OUTBOX_KEEP },
    { .sql = sql_kept_replies },
    { .sql = sql_invitations },
    { .sql = sql_registration_tokens },
    { .sql = sql_api_keys, .keep = API_KEY_KEEP },
    { .sql = sql_audit_heads, .keep = HEADS_KEEP },
    { .sql = sql_used_clients },
    { .sql = sql_unused_clients, .waits = true },
};
enum { STEPS = sizeof steps / sizeof *steps };

struct stepping {
    const struct step *step;
    size_t removed;
};

static RESULT step_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct stepping *stepping = arg;
    const struct step *step = stepping->step;
    struct table t;
    TRY(DB_RUN(c, step->sql, &t, P_INT(c->now - step->keep), P_INT(SWEEP_MAX)));
    for (size_t i = 0; step->sql_each != NULL && i < t.rows; i++)
        TRY(DB_RUN(c, step->sql_each, NULL, P_TEXT(table_text(&t, i, 0))));
    stepping->removed = t.rows;
    return ok();
}

RESULT sweep(struct ctx *c, int64_t *removed, bool *more)
{
    struct table sealed;
    TRY(DB_RUN(c, sql_forget_sealed, &sealed, P_INT(c->now - c->config->refresh_grace_seconds),
               P_INT(SWEEP_MAX)));
    bool again = sealed.rows == SWEEP_MAX;
    bool full = false; /* the step before had more */
    int64_t n = 0;
    for (size_t i = 0; i < STEPS; i++) {
        struct stepping stepping = { .step = &steps[i] };
        if (steps[i].waits && full)
            continue;
        TRY(db_atomically(c, step_in, &stepping));
        n += (int64_t)stepping.removed;
        full = stepping.removed == SWEEP_MAX;
        again = again || full;
    }
    *removed = n;
    *more = again;
    return ok();
}
