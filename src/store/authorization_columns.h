/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_AUTHORIZATION_COLUMNS_H
#define UAUTH_STORE_AUTHORIZATION_COLUMNS_H

/*
 * How a row of `authorizations`, alias `a`, is read, and when it is live.  Internal to store/:
 * every statement that lets somebody go on with an authorization asks the same question (C8).
 */

#include "store/authorizations.h"
#include "store/endings.h"

/* Fits authorization_read. */
#define AUTHORIZATION_COLUMNS                                                                      \
    "a.id, a.user_id, a.client_id, a.session_id, a.tenant_id, a.scopes, a.audience, a.jkt,\n"      \
    "       a.created_at, a.expires_at, a.revoked_at, a.auth_time, a.amr, a.acr, a.resources, "    \
    "a.claims, a.x5t, a.sid, a.status_list, a.status_idx, "                                        \
    "a.details, (SELECT o.settings FROM tenants o WHERE o.id = a.tenant_id), "                     \
    "(SELECT n.actor_id FROM sessions n WHERE n.id = a.session_id)"
enum { AUTHORIZATION_COLUMNS_N = 23 };

/* The row of `t` whose columns begin with AUTHORIZATION_COLUMNS. */
struct authorization_row authorization_read(struct arena *a, const struct table *t, size_t row);

/* SQL: whether `a` is neither revoked nor expired at the time `now` (a parameter), and user,
 * client, tenant, membership and session allow it. */
#define SQL_AUTHORIZATION_LIVE(now)                                                                \
    "(a.revoked_at IS NULL\n"                                                                      \
    " AND a.expires_at > " now "\n"                                                                \
    " AND (a.session_id IS NULL\n"                                                                 \
    "      OR EXISTS (SELECT 1 FROM sessions s\n"                                                  \
    "                 WHERE s.id = a.session_id\n"                                                 \
    "                   AND s.ended_at IS NULL\n"                                                  \
    "                   AND s.idle_expires_at > " now "\n"                                         \
    "                   AND s.expires_at > " now "))\n"                                            \
    " AND " SQL_CLIENT_STANDS("a") "\n"                                                            \
                                   " AND " SQL_STANDS("a") ")"

#endif
