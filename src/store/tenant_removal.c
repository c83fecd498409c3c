/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tenant_removal.h"

#include "store/tenants.h"

/* A slug is free at once: no tenant's begins with a dash. */
static const char sql_begin[] = "UPDATE tenants\n"
                                "SET slug = '-' || id, removing_at = $2, updated_at = $2\n"
                                "WHERE id = $1\n"
                                "  AND status = 'disabled'\n"
                                "  AND removing_at IS NULL\n"
                                "RETURNING id";

static const char sql_next[] = "SELECT id\n"
                               "FROM tenants\n"
                               "WHERE removing_at IS NOT NULL\n"
                               "ORDER BY removing_at, id\n"
                               "LIMIT 1";

/*
 * Who refers goes before what is referred to, and what is of one of them before it, so that no row
 * takes many others with it.  $1: the tenant; $2: how many at most.
 */
static const char *const sql_steps[] = {
    "DELETE FROM authorizations\n"
    "WHERE id IN (SELECT id FROM authorizations WHERE tenant_id = $1 LIMIT $2)\n"
    "RETURNING id",
    "DELETE FROM authorizations\n"
    "WHERE id IN (SELECT a.id FROM clients k JOIN authorizations a ON a.client_id = k.id\n"
    "             WHERE k.tenant_id = $1 LIMIT $2)\n"
    "RETURNING id",
    "DELETE FROM sessions\n"
    "WHERE id IN (SELECT id FROM sessions WHERE tenant_id = $1 LIMIT $2)\n"
    "RETURNING id",
    "DELETE FROM consents\n"
    "WHERE (user_id, client_id) IN (SELECT n.user_id, n.client_id\n"
    "                               FROM clients k JOIN consents n ON n.client_id = k.id\n"
    "                               WHERE k.tenant_id = $1 LIMIT $2)\n"
    "RETURNING user_id",
    "DELETE FROM clients\n"
    "WHERE id IN (SELECT id FROM clients WHERE tenant_id = $1 LIMIT $2)\n"
    "RETURNING id",
    "DELETE FROM user_roles\n"
    "WHERE (user_id, given_in, tenant_id, role) IN\n"
    "      (SELECT user_id, given_in, tenant_id, role FROM user_roles WHERE given_in = $1 LIMIT "
    "$2)\n"
    "RETURNING user_id",
    "DELETE FROM roles\n"
    "WHERE (tenant_id, name) IN (SELECT tenant_id, name FROM roles WHERE tenant_id = $1 LIMIT $2)\n"
    "RETURNING name",
    "UPDATE users\n"
    "SET default_tenant_id = NULL\n"
    "WHERE id IN (SELECT id FROM users WHERE default_tenant_id = $1 LIMIT $2)\n"
    "RETURNING id",
    "DELETE FROM memberships\n"
    "WHERE (tenant_id, user_id) IN\n"
    "      (SELECT tenant_id, user_id FROM memberships WHERE tenant_id = $1 LIMIT $2)\n"
    "RETURNING user_id",
    "DELETE FROM invitations\n"
    "WHERE id IN (SELECT id FROM invitations WHERE tenant_id = $1 LIMIT $2)\n"
    "RETURNING id",
    "DELETE FROM api_keys\n"
    "WHERE id IN (SELECT id FROM api_keys WHERE tenant_id = $1 LIMIT $2)\n"
    "RETURNING id",
    "DELETE FROM keys\n"
    "WHERE kid IN (SELECT kid FROM keys WHERE tenant_id = $1 LIMIT $2)\n"
    "RETURNING kid",
    "DELETE FROM tenants\n"
    "WHERE id IN (SELECT id FROM tenants WHERE id = $1 LIMIT $2)\n"
    "RETURNING id",
};
enum { STEPS = sizeof sql_steps / sizeof *sql_steps };

RESULT tenant_removal_begin(struct ctx *c, const char *id, bool *begun)
{
    struct table t;
    must(!text_equal(id, TENANT_DEFAULT_ID));
    TRY(DB_RUN(c, sql_begin, &t, P_TEXT(id), P_INT(c->now)));
    *begun = t.rows > 0;
    return ok();
}

/* All of it may run again, and on two nodes at once. */
static RESULT step_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    bool *more = arg;
    struct table t;
    TRY(db_run(c, sql_next, NULL, 0, &t));
    *more = t.rows > 0;
    if (!*more)
        return ok();
    const struct param id = P_TEXT(table_text(&t, 0, 0));
    size_t left = TENANT_REMOVAL_ROWS;
    for (size_t i = 0; i < STEPS && left > 0; i++) {
        TRY(DB_RUN(c, sql_steps[i], &t, id, P_INT((int64_t)left)));
        left -= t.rows;
    }
    return ok();
}

RESULT tenant_removal_step(struct ctx *c, bool *more)
{
    struct table t;
    bool found = false;
    /* Looks first, since a transaction writes. */
    TRY(db_run(c, sql_next, NULL, 0, &t));
    if (t.rows > 0)
        TRY(db_atomically(c, step_in, &found));
    *more = found;
    return ok();
}
