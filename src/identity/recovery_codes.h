/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_RECOVERY_CODES_H
#define UAUTH_IDENTITY_RECOVERY_CODES_H

/*
 * Recovery codes: 80 random bits each, written as four groups of four letters and digits.  A set is
 * hashed with Argon2id under one salt, so that one hash tells whether a code is one of it
 * (decision 6).
 */

#include "store/factors.h"

/* RECOVERY_CODES new ones: as their owner sees them, and as they are stored.  Takes as many hashes;
 * UNAVAILABLE as password_hash. */
RESULT recovery_codes_make(struct ctx *c, struct texts *codes, struct recovery_set *set);

/* Whether `text` has the form of one; dashes are left out, either case will do.  *plain is the form
 * that is hashed. */
bool recovery_code_read(struct arena *a, const char *text, const char **plain);

/*
 * The hash of `plain` as the user's set has it.  Where there is no set (or user_id is NULL) one is
 * computed all the same, and is in no set: the time does not tell (MF-14, EN-01).
 */
RESULT recovery_code_hash(struct ctx *c, const char *user_id, const char *plain, const char **hash);

#endif
