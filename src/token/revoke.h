/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_REVOKE_H
#define UAUTH_TOKEN_REVOKE_H

/*
 * What was revoked lately, in this node's memory.  Whoever revokes writes a row of `revocations` in
 * the same transaction (store/revocations.h); each node reads the rows of the last seconds every
 * 500 ms, and those before them if there are others than there were, as a node writes whose clock
 * is behind.  A node whose reading is more than 1 s old asks the database instead, so a revoked
 * token is refused everywhere within 1 s.
 */

#include "base/ctx.h"

struct access;
struct revocations;

/*
 * The memory of one process, for all its threads; NULL if there is no memory.  Holds each entry
 * until no token that it concerns can be alive, and a bounded number of them (REVOKED_MAX of
 * token/revoked_set.h): while there are more, the database is asked.
 */
struct revocations *revocations_new(struct arena *a);
void revocations_free(struct revocations *r); /* NULL is fine */

/*
 * Reads what is new; called every 500 ms by app/jobs.c and once at start, and by whoever has just
 * committed a revocation and wants this node to know at once.  `r` may be NULL: then nothing
 * remembers.  Outside db_atomically.
 */
RESULT revocations_read(struct ctx *c, struct revocations *r);

/* Adds an entry of c->now at once on this node, after its transaction has been committed; `kind` as
 * in store/revocations.h.  `r` may be NULL. */
void revocations_add(struct ctx *c, struct revocations *r, const char *kind, const char *id,
                     int64_t expires_at);

/*
 * Whether anything that `access` rests on has been revoked since it was issued.  Asks c->revoked
 * where that has been read within the last second, else the database; without c->revoked always the
 * database.
 */
RESULT revocations_check(struct ctx *c, const struct access *access, bool *revoked);

/*
 * Revokes the access token itself: commits a row for its jti, and reads what is new, so that this
 * node refuses at once the token and all that its caller has ended before (a session, all sessions
 * of a user), other nodes within 1 s.  For signing out, after identity's logout().  Outside
 * db_atomically.
 */
RESULT revoke_access(struct ctx *c, const struct access *access);

#endif
