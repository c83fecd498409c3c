/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_STAGES_H
#define UAUTH_WEB_STAGES_H

/*
 * The walk of every request: cheap refusals before dear ones, who before what, the handler last.
 * The stages are one const array; nothing can run out of order.
 */

#include "web/req.h"

typedef RESULT stage(struct req *r);

/* The stages in order and their number: for the test that proves it. */
stage *const *stages_all(size_t *n);

/*
 * Answers one request.  `c` is made by the caller for this request (its request_id and origin are
 * written here); `reply` is zeroed and filled.  Never fails: a failure is an answer.
 */
void stages_walk(const struct door *door, struct ctx *c, const struct http_request *http,
                 struct http_response *reply);

#endif
