/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_WHEREABOUTS_H
#define UAUTH_STORE_WHEREABOUTS_H

/*
 * Whether a database is the one to work on.  A backup, one whose content was moved elsewhere, and
 * one that is only half filled say so in a row of their own, so that none of them is served by
 * mistake: what was used up or revoked after it was made would be good again.
 */

#include "store/schema.h"

/* UNAVAILABLE, saying which it is and what to do. */
RESULT whereabouts_check(struct ctx *c);

#endif
