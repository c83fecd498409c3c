/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_STEP_UP_H
#define UAUTH_WEB_STEP_UP_H

/*
 * Asking for a stronger or a more recent sign-in than the caller's (RFC 9470): the refusal says
 * what would do.
 */

#include "web/req.h"

/* STEP_UP_REQUIRED unless the caller's sign-in was of class `acr` or a stronger one. */
RESULT step_up_to(struct req *r, const char *acr);

/* STEP_UP_REQUIRED if the caller's sign-in is more than `max_age` seconds old. */
RESULT step_up_within(struct req *r, int64_t max_age);

/* STEP_UP_REQUIRED if the caller has a second factor and did not show it at this sign-in: it is
 * given up, or its recovery codes replaced, only by who has just shown it (MF-04). */
RESULT step_up_to_factor(struct req *r);

#endif
