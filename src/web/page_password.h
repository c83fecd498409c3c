/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PAGE_PASSWORD_H
#define UAUTH_WEB_PAGE_PASSWORD_H

/* A forgotten password: asking for the link, and choosing another with it. */

#include "web/page_register.h"

/* GET /forgot-password; POST takes an address_form and answers the same whoever has it. */
RESULT get_forgot_password(struct req *r);
RESULT post_forgot_password_form(struct req *r);

/* GET /reset-password?token= */
RESULT get_reset_password(struct req *r);

struct reset_form {
    const char *csrf_token, *token, *password;
};
SHAPE(reset_form, FIELD(reset_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(reset_form, token, SECRET, 0, 512, "The token of the link"),
      FIELD(reset_form, password, SECRET, 0, FORM_TEXT_MAX, "The new password"));
RESULT post_reset_password_form(struct req *r);

#endif
