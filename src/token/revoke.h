/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_REVOKE_H
#define UAUTH_TOKEN_REVOKE_H

/*
 * What was revoked lately, in this node's memory.  Whoever revokes writes a row of `revocations` in
 * the same transaction (store/revocations.h); each node reads the rows of the last seconds every
 * 500 ms.  A node whose reading is more than 1 s old asks the database instead, so a revoked token
 * is refused everywhere within 1 s.
 */

#include "base/ctx.h"

struct access;
struct revocations;

/* The memory of one process.  Holds each entry until no token that it concerns can be alive. */
struct revocations *revocations_new(struct arena *a);
void revocations_free(struct revocations *r);

/* Reads what is new; called every 500 ms by app/jobs.c and once at start. */
RESULT revocations_read(struct ctx *c, struct revocations *r);

/* Adds an entry at once on this node, after its transaction has been committed. */
void revocations_add(struct ctx *c, struct revocations *r, const char *kind, const char *id,
                     int64_t expires_at);

/* Whether anything that `access` rests on has been revoked since it was issued. */
RESULT revocations_check(struct ctx *c, const struct access *access, bool *revoked);

#endif
