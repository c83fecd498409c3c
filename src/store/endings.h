/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_ENDINGS_H
#define UAUTH_STORE_ENDINGS_H

/*
 * What dies with what.  Internal to store/: each function is a part of some fact, called inside its
 * db_atomically, and writes the rows of `revocations` that tell holders of access tokens.
 *
 *                       sessions   their            other            devices, links,  API keys
 *                                  authorizations   authorizations   registrations
 *     end_session       one        yes              -                -                -
 *     end_sessions      all but    yes              yes              -                -
 *     end_user          all but    yes              yes              yes              unless one
 *                                                                                   is kept
 *     end_membership    the tenant's, and authorizations bound to it -                the tenant's
 *
 * The applications that were signed in to during a session are told of its end, whatever ended it
 * (store/session_clients.h).
 *
 * An access token made under a session carries its `sid`, so one row of the session's reaches all
 * of them; an authorization without a session has its own row.  A tenant or client that is disabled
 * has many users: nothing of theirs is rewritten, but what was made until then does not stand any
 * more (SQL_STANDS).
 */

#include "store/revocations.h"

/* Ends the session, if it is the user's: with its authorizations, and where the user acts as
 * somebody else by it.  *ended: whether it was live. */
RESULT end_session(struct ctx *c, const char *user_id, const char *id, bool *ended);

/* Ends all sessions of a user but `keep` (NULL: none is kept), and all authorizations but that
 * session's.  *ended: how many live sessions did. */
RESULT end_sessions(struct ctx *c, const char *user_id, const char *keep, int64_t *ended);

/* As end_sessions; the user's devices, unused one-time tokens and pending registrations go, too,
 * and the epoch rises.  API keys stay where a session is kept: its owner goes on, and knows them.
 */
RESULT end_user(struct ctx *c, const char *user_id, const char *keep, int64_t *ended);

/* Ends the sessions, authorizations and API keys of a user that are bound to a tenant. */
RESULT end_membership(struct ctx *c, const char *tenant_id, const char *user_id);

/*
 * The address is proven for the first time, so that whoever had the account before may have been
 * somebody else (AT-04): as end_registrations and end_user, and their second factor, the identities
 * that they linked and what they allowed applications go.
 */
RESULT end_unproven(struct ctx *c, const char *user_id);

/* The user is verified, or has another address: pending registrations go, and their links say that
 * they were used. */
RESULT end_registrations(struct ctx *c, const char *user_id);

/*
 * SQL: whether the user of `row` (an alias with user_id, tenant_id, created_at) is active, and its
 * tenant, if it has one, is active, has been since the row was made, and has the user as a member.
 */
#define SQL_STANDS(row)                                                                            \
    "(EXISTS (SELECT 1 FROM users standing_user\n"                                                 \
    "         WHERE standing_user.id = " row ".user_id\n"                                          \
    "           AND standing_user.status = 'active')\n"                                            \
    " AND (" row ".tenant_id IS NULL\n"                                                            \
    "      OR EXISTS (SELECT 1 FROM memberships standing_member\n"                                 \
    "                 JOIN tenants standing_tenant\n"                                              \
    "                   ON standing_tenant.id = standing_member.tenant_id\n"                       \
    "                 WHERE standing_member.tenant_id = " row ".tenant_id\n"                       \
    "                   AND standing_member.user_id = " row ".user_id\n"                           \
    "                   AND standing_tenant.status = 'active'\n"                                   \
    "                   AND " row ".created_at > COALESCE(standing_tenant.disabled_at, -1))))"

/* SQL: whether the client of `row` (an alias with client_id, created_at) is active and has been
 * since the row was made. */
#define SQL_CLIENT_STANDS(row)                                                                     \
    "EXISTS (SELECT 1 FROM clients standing_client\n"                                              \
    "        WHERE standing_client.id = " row ".client_id\n"                                       \
    "          AND standing_client.status = 'active'\n"                                            \
    "          AND " row ".created_at > COALESCE(standing_client.disabled_at, -1))"

/*
 * Disables a tenant or a client by `sql` ($1: its id, $2: now; returns a row if there is one), and
 * tells of it with a row of `revocations` of `kind`.  *found is false if there is none.
 */
RESULT end_disabled(struct ctx *c, const char *sql, const char *kind, const char *id, bool *found);

#endif
