/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_SOFTWARE_STATEMENT_H
#define UAUTH_OAUTH_SOFTWARE_STATEMENT_H

/*
 * What the publisher of a piece of software has signed about it (RFC 7591 2.3, 3.1.1): metadata of
 * clients in a JWT, which counts more than what the client says of itself.  Whose statements are
 * believed stands in the file of AUTH_SOFTWARE_STATEMENT_KEYS.
 */

#include "base/ctx.h"

/*
 * `json`, the body of a registration, with the claims of its software_statement put over it; as it
 * is if it has none.  INVALID_SOFTWARE_STATEMENT, UNAPPROVED_SOFTWARE_STATEMENT, INVALID_JSON.
 */
RESULT software_statement_merge(struct ctx *c, struct bytes json, struct bytes *merged);

#endif
