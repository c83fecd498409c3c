/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_ROUTER_H
#define UAUTH_WEB_ROUTER_H

/*
 * Finds the row of a method and a path.  Built once, never changed, usable from all threads at
 * once; looking up allocates nothing, so the server may ask as soon as the head of a request is
 * complete (cost, body limit).
 *
 * Only the canonical form of a path matches: "/auth/login/" and "//auth/login" are unknown (RL-06).
 * A literal segment wins over a {parameter}, a {parameter} over a "*".
 */

#include "net/http_message.h"
#include "web/route.h"

enum { PATH_SEGMENTS_MAX = 12, PATH_PARAM_MAX = 256 };

struct router;

struct path_param {
    const char *name;   /* as in the row, without braces */
    struct bytes value; /* points into the path; at most PATH_PARAM_MAX bytes, not empty */
};

struct route_match {
    const struct route
        *route; /* NULL: unknown path, or, if `allow` is set, a method that it does not offer */
    const char *allow; /* the methods of the path, "GET, HEAD, PUT, OPTIONS"; NULL: unknown path */
    bool at_issuers;   /* the path is also one at the issuers of tenants (ISSUER) */
    struct path_param params[ROUTE_PARAMS_MAX];
    size_t params_n;
};

/*
 * Builds the index of `n` rows (static storage) in `a`.  Refuses with INTERNAL, and a text that
 * names the row and what to do, a table with: a row without guard, limit, handler or summary; an
 * empty permission; a permission or RECENT behind a guard that lets everybody in; a guard that does
 * not on an INLINE row; an unknown method; a path that is not canonical; two rows for one method
 * and path; two rows that name the parameters of one path differently, or of which one has ISSUER.
 */
RESULT router_new(struct ctx *c, struct arena *a, const struct route *rows, size_t n,
                  struct router **out);

/* Looks up; `out` is always written. */
void router_find(const struct router *router, enum http_method method, const char *path,
                 struct route_match *out);

/* All rows, in the order of the table. */
const struct route *router_rows(const struct router *router, size_t *n);

#endif
