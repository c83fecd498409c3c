/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_AUDIT_SEQUENCE_H
#define UAUTH_TOKEN_AUDIT_SEQUENCE_H

/*
 * Brings the tree of the audit up to date: events get their places, and what the tree is then is
 * signed.  Any number of nodes may do so at once, and be ended at any moment: each step is one
 * transaction that only one of them wins, and the next turn goes on from what is there.  No clock
 * and no lease decides.
 */

#include "base/ctx.h"

/* One step; *again: there is more to do at once. */
RESULT audit_sequence(struct ctx *c, bool *again);

#endif
