/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PAGE_FACTOR_H
#define UAUTH_WEB_PAGE_FACTOR_H

/*
 * One's second factor on our pages.  Secret and recovery codes are in the answer to the form that
 * made them and nowhere else: no page that can be opened by its address shows one (MF-10).
 */

#include "web/page_sign_in.h"
#include "web/sheet.h"

/* Whether there is one, as `has_factor`, and how many recovery codes are left, as `codes_left`. */
RESULT page_put_factor(struct sheet *s);

/* GET /account/factor?request=&then= : what is carried waits in a cookie until the codes are kept.
 */
RESULT get_factor(struct req *r);

/* Begins an enrolment, and shows its secret. */
RESULT post_factor(struct req *r);

struct factor_code_form {
    const char *csrf_token, *code;
};
SHAPE(factor_code_form,
      FIELD(factor_code_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(factor_code_form, code, SECRET, 0, FORM_TEXT_MAX, "The code that the app shows now"));

/* Confirms it, and shows the recovery codes. */
RESULT post_factor_confirm(struct req *r);

RESULT post_factor_remove(struct req *r);

/* New recovery codes instead of the old, shown. */
RESULT post_factor_codes(struct req *r);

#endif
