/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_GENERATION_H
#define UAUTH_STORE_GENERATION_H

/*
 * After an older state of the database was put back (decision 35): people and what they know and
 * own stay as they were then; whatever was good once, or could have been revoked since, is dead.
 * Each table has its line in the file beside; one that has none is refused, so that a new table is
 * thought about.
 */

#include "store/schema.h"

/* The generation of c->db; 0 before the first restore.  INTERNAL if it is no number. */
RESULT generation_read(struct ctx *c, int64_t *generation);

/*
 * Raises the generation above what it is and above `above`, in one transaction: sessions,
 * authorizations, refresh tokens, links, codes, devices and recovery codes of before are dead,
 * every access token issued until now is revoked, and TOTP steps up to the next one are used.  The
 * database is not a backup, nor moved, any more.
 */
RESULT generation_raise(struct ctx *c, int64_t above, int64_t *generation);

/* The tables that generation_raise knows, in no order.  For tests. */
struct texts generation_tables(struct arena *a);

#endif
