/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_OPENAPI_KEPT_H
#define UAUTH_WEB_OPENAPI_KEPT_H

/*
 * The OpenAPI document of a door: made when somebody first asks, since that takes longer than all
 * the rest of a door, and kept for as long as the door is.
 */

#include "web/openapi.h"

struct openapi_kept;

struct openapi_document {
    struct bytes json;
    const char *etag;
};

/* Lives in `a`, and until then what `info` and `rows` name has to.  NULL: no lock could be made. */
struct openapi_kept *openapi_kept_new(struct arena *a, const struct openapi_info *info,
                                      const struct route *rows, size_t n);

/* *out lives as long as `k`.  By any thread; those who ask while it is made wait for it. */
RESULT openapi_kept_read(struct ctx *c, struct openapi_kept *k, struct openapi_document *out);

#endif
