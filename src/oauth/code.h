/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CODE_H
#define UAUTH_OAUTH_CODE_H

/* Issuing authorization codes. */

#include "oauth/authorize_request.h"
#include "store/sessions.h"

enum { CODE_SECONDS = 60 };

/*
 * Makes the code that grants `a` to its client, for the user of `session`; uses up the requests
 * that it answers.  INVALID_REQUEST if one of them has led to a code before; ACCESS_DENIED if the
 * client is of a tenant that the user is no member of.
 */
RESULT code_issue(struct ctx *c, const struct authorization *a, const struct session_row *session,
                  const char **code);

#endif
