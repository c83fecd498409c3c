/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_PAR_H
#define UAUTH_OAUTH_PAR_H

/*
 * Pushed authorization requests (RFC 9126): the client sends its request itself, and the browser
 * brings a reference.  It can be opened for PAR_SECONDS, also again (browsers reload), and leads to
 * one code.
 */

#include "oauth/authorize_request.h"
#include "web/req.h"

enum { PAR_SECONDS = 90 };

struct par_response {
    const char *request_uri;
    int64_t expires_in;
};

/* clang-format off */
SHAPE(par_response,
    FIELD(par_response, request_uri, REQUIRED, 0, 0, "To be sent to the authorization endpoint with client_id, and nothing else"),
    FIELD(par_response, expires_in, REQUIRED, 0, 0, "Seconds"));
/* clang-format on */

RESULT post_par(struct req *r);

/* Whether `request_uri` looks like one that was given out here. */
bool par_is_reference(const char *request_uri);

/*
 * The request that `client` has pushed as `request_uri`, and the hash of its handle.
 * INVALID_REQUEST_URI for one that is not live, or another client's.
 */
RESULT par_find(struct ctx *c, const struct client *client, const char *request_uri,
                const struct authorize_request **out, const char **hash);

#endif
