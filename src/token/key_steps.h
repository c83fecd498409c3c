/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_KEY_STEPS_H
#define UAUTH_TOKEN_KEY_STEPS_H

/*
 * Changes of the table of keys: what the plan says (token/key_plan.h), a rotation on demand, and
 * the key of a file.  All may be done on all nodes at once.  For token/keyring.c alone (claim I13).
 */

#include "token/key_snapshot.h"

/* Takes step after step until the plan has none; with a file, for the further algorithms alone.
 * Outside db_atomically: making an RSA key takes time. */
RESULT keys_advance(struct ctx *c, const struct key_source *source);

/* Starts a rotation of all algorithms of `source`, as keyring_rotate says, with an audit event for
 * each. */
RESULT keys_rotate(struct ctx *c, const struct key_source *source, bool emergency);

/* Makes the public half of `key`, which is in a file, current (decision 14). */
RESULT keys_adopt(struct ctx *c, const struct key *key);

#endif
