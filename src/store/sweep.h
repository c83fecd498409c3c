/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_SWEEP_H
#define UAUTH_STORE_SWEEP_H

/*
 * Removes what has expired, a little at a time, so that no writer waits long (DO-19).
 */

#include "store/schema.h"

enum { SWEEP_MAX = 500 };

/*
 * Removes at most SWEEP_MAX rows of each table that has expired ones, each table in its own
 * transaction, and the sealed copies of refresh tokens whose grace window has ended.  With its last
 * registration goes a user who never verified the address and has no other way in. *removed: how
 * many in all; while some table gave SWEEP_MAX there is more (*more), and the caller comes back
 * soon.
 */
RESULT sweep(struct ctx *c, int64_t *removed, bool *more);

#endif
