/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_REFRESH_H
#define UAUTH_API_REFRESH_H

/*
 * POST /auth/refresh: a refresh token, from the body or, in mode spa, from its cookie, for its
 * successor and a fresh access token.
 */

#include "base/shape.h"
#include "web/req.h"

struct refresh_request {
    const char *refresh_token, *scope;
};
SHAPE(refresh_request,
      FIELD(refresh_request, refresh_token, SECRET, 1, 256,
            "The refresh token; in mode spa it is in its cookie instead"),
      FIELD(refresh_request, scope, OPTIONAL, 1, 4096, "Part of what was granted; default: all"));

RESULT post_refresh(struct req *r);

#endif
