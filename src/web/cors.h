/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_CORS_H
#define UAUTH_WEB_CORS_H

/*
 * Which origins may call from a browser.  Origins are compared whole, byte for byte, in the form
 * that browsers write (scheme and host in lower case, no default port, no slash): no patterns, no
 * suffixes, never "null".
 */

#include "base/ctx.h"
#include "base/text.h"

struct req;

struct cors {
    const char *own;      /* the origin of the public URL */
    struct texts allowed; /* AUTH_ALLOWED_ORIGINS */
};

/* INVALID_FIELD if an origin is not scheme://host[:port]. */
RESULT cors_new(struct ctx *c, const char *public_url, struct texts allowed, struct cors *out);

/* The origin of an http(s) URL as browsers write it, or NULL. */
const char *cors_origin(struct arena *a, const char *url);

/* Whether `origin` (an Origin header) is ours or allowed. */
bool cors_allows(const struct cors *cors, const char *origin);

/* Writes the Access-Control fields for the origin of the request (Fetch 3.2), if it may read this
 * route. */
void cors_headers(struct req *r);

/* Answers a preflight or a plain OPTIONS for the path of the request: 204 with Allow. */
void cors_preflight(struct req *r);

#endif
