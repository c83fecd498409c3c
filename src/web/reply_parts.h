/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_REPLY_PARTS_H
#define UAUTH_WEB_REPLY_PARTS_H

/*
 * What the files that write answers share: fields that stand once, and starting over.  Handlers use
 * web/reply.h.
 */

#include "web/req.h"

/* Sets a field that stands once: in the place of an earlier one. */
void reply_put(struct req *r, const char *name, const char *value);

/* Sets status, Content-Type and body. */
void reply_body(struct req *r, int status, const char *media, struct bytes body);

/*
 * Takes back what was written.  Kept are the fields that any answer to this request needs:
 * Access-Control-*, Vary, RateLimit*, X-Request-Id, and cookies that are being cleared.
 */
void reply_start_over(struct req *r);

/*
 * WWW-Authenticate for the failure `code`, or NULL if it has none (RFC 9110 11.6.1).  Bearer tells
 * what was wrong with a token (RFC 6750 3) only to a caller who brought one; a sign-in that is too
 * old or too weak is told with the `max_age` and `acr_values` that would do (RFC 9470 3): those of
 * the problem members of these names, else RECENT_SECONDS where the route asks for a recent one.
 */
const char *reply_challenge(struct req *r, enum err_code code, const char *description);

#endif
