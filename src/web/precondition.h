/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PRECONDITION_H
#define UAUTH_WEB_PRECONDITION_H

/*
 * That nobody undoes what somebody else has changed since they read it (RFC 9110 13.1.1).  The
 * entity-tag of an object is that of its representation; a row with the flag IF_MATCH is refused
 * without the field (RFC 6585 3).
 */

#include "web/req.h"

/* PRECONDITION_REQUIRED if the row asks for If-Match and the request has none. */
RESULT precondition_stage(struct req *r);

/*
 * PRECONDITION_FAILED unless the object, as it is now, is what the caller has read: to be called in
 * the transaction of the change.  Without If-Match, where the row does not ask for it, it is fine.
 */
RESULT precondition_check(struct ctx *c, const struct req *r, const struct shape *shape,
                          const void *object);

/* Answers with the object and its ETag. */
RESULT precondition_reply(struct req *r, const void *object);

#endif
