/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_TARGET_H
#define UAUTH_NET_HTTP_TARGET_H

/*
 * The request target (RFC 9112 3.2).  Only canonical paths are taken, so that what is authorised is
 * what is served (URI-17): one spelling for each path.
 */

#include "net/http_parser.h"

/* Where the parts of a target are, as runs of the target itself. */
struct http_target {
    struct http_run authority; /* of the absolute form; n is 0 in the origin form */
    struct http_run path;      /* n may be 0 in the absolute form: it means "/" */
    struct http_run query;
};

/*
 * Splits and checks `target` (at most HTTP_TARGET_MAX bytes of visible ASCII).  NULL if it is
 * taken, else why not.
 */
const char *http_target_read(struct bytes target, struct http_target *out);

/* Writes the decoded path and its NUL to `out`, which has room for path.n + 2 bytes; how many. */
size_t http_path_decode(struct bytes path, char *out);

#endif
