/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_NO_QUERY_H
#define UAUTH_OAUTH_NO_QUERY_H

/*
 * The query of an endpoint that takes its parameters in the body: none of them, so that no secret
 * gets into logs, and no parameter comes twice by two ways.  What nobody knows is ignored (RFC 6749
 * 3.2): clients put marks of their own there.
 */

#include "base/shape.h"

struct no_query {
    char none;
};
static const struct shape no_query_shape = { "no_query", NULL, sizeof(struct no_query), 0, true };

#endif
