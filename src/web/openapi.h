/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_OPENAPI_H
#define UAUTH_WEB_OPENAPI_H

/*
 * The OpenAPI 3.1 document of the route table and the shapes it names.
 */

#include "base/ctx.h"
#include "web/route.h"

/* The version of the API.  Which build serves it is nobody's business (SU-14). */
#define OPENAPI_API_VERSION "1"

struct openapi_info {
    const char *title, *server_url;
    const char *session_cookie; /* its name */
};

/* The document, in c->arena. */
const char *openapi_write(struct ctx *c, const struct openapi_info *info, const struct route *rows,
                          size_t n);

/* Handler of GET /openapi.json (web/openapi_kept.h). */
RESULT get_openapi(struct req *r);

#endif
