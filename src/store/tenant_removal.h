/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_TENANT_REMOVAL_H
#define UAUTH_STORE_TENANT_REMOVAL_H

/*
 * The end of a tenant.  One transaction takes it away from everybody: it is found no more, and its
 * slug is free.  What is left of it, which may be of 10^5 members, goes in steps, each a short
 * transaction, so that nobody waits long for the one writer of SQLite; whoever was cut off amid
 * them, somebody goes on.  Users whose home it was stay, without one.
 */

#include "store/schema.h"

/* *begun is false if there is none or it is not disabled.  Not for the default one: must(). */
RESULT tenant_removal_begin(struct ctx *c, const char *id, bool *begun);

/* Removes the next TENANT_REMOVAL_ROWS rows, at most, of a tenant whose removal has begun; *more:
 * there may be more. */
enum { TENANT_REMOVAL_ROWS = 200 };
RESULT tenant_removal_step(struct ctx *c, bool *more);

#endif
