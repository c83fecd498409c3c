/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_ENDED_H
#define UAUTH_WEB_ENDED_H

/* After a change that ended sessions or authorizations. */

#include "web/req.h"

/*
 * Reads what was revoked, so that this node refuses it from the very next request on; other nodes
 * follow within a second (decision 9).
 */
RESULT ended(struct req *r);

#endif
