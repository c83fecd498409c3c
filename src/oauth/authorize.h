/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_AUTHORIZE_H
#define UAUTH_OAUTH_AUTHORIZE_H

/*
 * The authorization endpoint (RFC 6749 3.1): a browser brings a request of its client, and goes
 * back with a code, an error, or to one of our pages first.  Until client and redirect URI are
 * proven, errors are pages and nothing redirects.
 */

#include "oauth/interaction.h"

/* The form and the query are the same. */
RESULT get_authorize(struct req *r);
RESULT post_authorize(struct req *r);

struct continue_query {
    const char *request;
};
/* clang-format off */
SHAPE_OPEN(continue_query,
    FIELD(continue_query, request, REQUIRED, 43, 43, "Handle of the request that waits"));
/* clang-format on */

/* Where pages send the browser when they are done. */
RESULT get_authorize_continue(struct req *r);

#endif
