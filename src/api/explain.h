/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_EXPLAIN_H
#define UAUTH_API_EXPLAIN_H

/*
 * Why a request was refused, by its id: for administrators.  Those of the default tenant see every
 * refusal of this node, those of another only what was refused to somebody in it.
 */

#include "web/explanation.h"
#include "web/req.h"

/* NOT_FOUND if it is not, or no longer, in the memory of this node. */
RESULT get_explain(struct req *r);

#endif
