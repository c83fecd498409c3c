/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_REPLY_H
#define UAUTH_WEB_REPLY_H

/*
 * Writing answers.  A handler ends with `return reply(r, &out);` or another of these.  Failures are
 * written by reply_failure alone, in the style that the route names; the client reads titles and
 * what was said on purpose, the log reads texts (claim I7).  Unless a function says otherwise
 * nothing may be stored by a cache.
 */

#include "web/req.h"

/* A success with the status and the shape of the route.  `value` is a struct of route->out. */
RESULT reply(struct req *r, const void *value);

/* The same with a status and shape of the caller's choice. */
RESULT reply_json(struct req *r, int status, const struct shape *shape, const void *value);

/* JSON that is written already, as `media` ("application/json", ...). */
RESULT reply_text(struct req *r, int status, const char *media, const char *text);

/* The route's status (204) and no body. */
RESULT reply_no_content(struct req *r);

/* 303 to `url`, which the caller has checked: a registered URI or one of our own paths (claim I8).
 */
RESULT reply_redirect(struct req *r, const char *url);

/* Bytes that do not depend on who asks. */
struct reply_fixed {
    const char *media;
    struct bytes bytes;
    const char *etag; /* strong, with its quotes; NULL: none.  If-None-Match is answered with 304 */
    int64_t max_age;  /* seconds that any cache may keep it; 0: must ask again */
    bool immutable;   /* never changes under this URL */
};
RESULT reply_fixed(struct req *r, const struct reply_fixed *fixed);

/* A strong ETag of `bytes`, with its quotes. */
const char *reply_etag(struct arena *a, struct bytes bytes);

/* An HTML page (web/page.h). */
RESULT reply_html(struct req *r, int status, const char *html);

/* Adds a header to the answer; for what a handler has to say beyond the body. */
void reply_header(struct req *r, const char *name, const char *value);

/*
 * Replaces whatever was written by the failure `e` of this request: PROBLEM (RFC 9457), OAUTH (RFC
 * 6749 5.2, with WWW-Authenticate of RFC 6750 3 and RFC 9470 3), REDIRECT or PAGE.  Cookies already
 * set are dropped, except those that are being cleared.
 */
void reply_failure(struct req *r, err e);

/* The security headers that stand on every answer, successes and failures alike. */
void reply_security_headers(struct req *r);

#endif
