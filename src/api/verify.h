/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_VERIFY_H
#define UAUTH_API_VERIFY_H

/*
 * GET /auth/verify, any method and any path below it: what a reverse proxy asks about each request
 * (nginx auth_request, Traefik forwardAuth, Caddy forward_auth, Envoy ext_authz).  200 with who it
 * is in headers; 401 for nobody, or a sign-in too old or too weak (RFC 9470); 403 for somebody who
 * may not.  Below /auth/verify path and query are those of the request that the proxy asks about
 * (Envoy appends them), so its query asks for nothing there.
 */

#include "base/shape.h"
#include "web/req.h"

struct verify_query {
    const char *permission, *scope, *acr, *max_age;
};
SHAPE(verify_query,
      FIELD(verify_query, permission, OPTIONAL, 1, 128, "A permission that the caller must have"),
      FIELD(verify_query, scope, OPTIONAL, 1, 1024, "Scopes that the token must have"),
      FIELD(verify_query, acr, OPTIONAL, 1, 256, "Least class of the sign-in"),
      FIELD(verify_query, max_age, OPTIONAL, 1, 10, "Most seconds since the sign-in"));

RESULT any_verify(struct req *r);

#endif
