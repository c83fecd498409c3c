/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_CSRF_H
#define UAUTH_WEB_CSRF_H

/*
 * Against requests that another site makes a browser send.
 *
 * A caller who is known by a cookie shows the token of X-CSRF-Token: HMAC-SHA-256 of what it is
 * bound to (the id of the session; of the authorization in mode spa), so that a planted cookie or
 * another session's token is worth nothing (WB-02).  The token is given at sign-in, in the body and
 * in a cookie that scripts may read.  In addition, and for callers who are not known yet (login
 * CSRF, WB-01), Origin, Sec-Fetch-Site and Referer must not name another site.  A bearer needs none
 * of it: a browser does not add an Authorization header by itself.
 */

#include "web/req.h"

enum { CSRF_TOKEN_CHARS = 43 };

/* The token bound to `binding`: 43 characters. */
const char *csrf_token(struct req *r, const char *binding);

/* CSRF_FAILED unless X-CSRF-Token is the token bound to `binding`.  Constant time. */
RESULT csrf_check(struct req *r, const char *binding);

/*
 * CSRF_FAILED if the browser says that the request comes from another origin than ours and the
 * allowed ones: by Origin (also "null"), by Sec-Fetch-Site, or, where both are missing, by Referer.
 */
RESULT csrf_check_site(struct req *r);

/*
 * The value of the hidden field `csrf_token` of a form on a hosted page: bound to the session of
 * whoever calls by its cookie, else to the browser (browser_binding, whose cookie it sets where
 * there is none).  INVALID_REQUEST as cookie_get.
 */
RESULT csrf_form_token(struct req *r, const char **token);

/*
 * CSRF_FAILED unless the form in the body has that field with the token of this session or browser,
 * and the browser does not say that the form stands on a page of another origin.  Other than with
 * csrf_check_site only our own origin will do; a page whose address holds a secret sends no
 * referrer and therefore `Origin: null`, which counts only together with `Sec-Fetch-Site:
 * same-origin`.
 */
RESULT csrf_check_form(struct req *r);

#endif
