/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PAGE_SIGN_IN_H
#define UAUTH_WEB_PAGE_SIGN_IN_H

/*
 * Signing in on our own pages: address and password in one step, then the second factor where there
 * is one; and signing out.  Where domains of addresses belong to providers (web/home_realm.h), the
 * address comes first, and its owner goes there.  What the forms take is the same as of POST
 * /auth/login in mode session; between the two steps the handle waits in a cookie.
 *
 * Bounds of the fields are those of what they end in; a field that is empty or too long is a
 * mistake that the page shows, so the shapes here let it through.
 */

#include "base/shape.h"
#include "web/req.h"

enum { FORM_TEXT_MAX = 4096 };

/* GET /: to the account, or to the first administrator. */
RESULT get_home(struct req *r);

/* GET /sign-in?request=&then=&done=&return_to=&with=: with=password asks for one at once; return_to
 * is where a proxy sends somebody from who has to sign in, and where they go afterwards if
 * AUTH_RETURN_HOSTS has its host (decision 22). */
RESULT get_sign_in(struct req *r);

/* `step`: address, and no password has been asked for yet. */
struct sign_in_form {
    const char *csrf_token, *request, *then, *step, *email, *password;
};
SHAPE(sign_in_form, FIELD(sign_in_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(sign_in_form, request, OPTIONAL, 0, 512, "Handle of a request that waits"),
      FIELD(sign_in_form, then, OPTIONAL, 0, REQ_QUERY_MAX, "Where to go afterwards"),
      FIELD(sign_in_form, step, OPTIONAL, 0, 16, "address: where to sign in is asked for first"),
      FIELD(sign_in_form, email, OPTIONAL, 0, FORM_TEXT_MAX, "E-mail address of the account"),
      FIELD(sign_in_form, password, SECRET, 0, FORM_TEXT_MAX, "Password"));
RESULT post_sign_in(struct req *r);

/* GET /sign-in/code */
RESULT get_sign_in_code(struct req *r);

struct sign_in_code_form {
    const char *csrf_token, *request, *then, *code;
};
SHAPE(sign_in_code_form,
      FIELD(sign_in_code_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(sign_in_code_form, request, OPTIONAL, 0, 512, "Handle of a request that waits"),
      FIELD(sign_in_code_form, then, OPTIONAL, 0, REQ_QUERY_MAX, "Where to go afterwards"),
      FIELD(sign_in_code_form, code, SECRET, 0, FORM_TEXT_MAX, "One-time or recovery code"));
RESULT post_sign_in_code(struct req *r);

/* How a sign-in on a page ends, whatever proved it: the browser has the cookies of the new session,
 * and goes on to `next`. */
struct browser_former;
struct login_done;
RESULT page_signed_in(struct req *r, const struct login_done *done,
                      const struct browser_former *former, const char *next);

/* After MFA_REQUIRED: the handle waits in a cookie for the code. */
RESULT page_ask_for_code(struct req *r, const struct login_done *done, const char *carry);

struct token_form {
    const char *csrf_token;
};
SHAPE(token_form, FIELD(token_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"));

/* GET /sign-out asks, POST does it; GET /signed-out (oauth/signed_out.h) tells it. */
RESULT get_sign_out(struct req *r);
RESULT post_sign_out(struct req *r);

#endif
