/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PAGE_REGISTER_H
#define UAUTH_WEB_PAGE_REGISTER_H

/*
 * Becoming somebody here: registering, the first administrator, and the links of mails.  An address
 * that is taken gets the same page as any other (EN-10).  A link of a mail opens a page with a
 * button: programs that look into mails follow links, and must not use them up.
 */

#include "base/shape.h"
#include "web/page_sign_in.h"
#include "web/sheet.h"

/* GET /register?token=&request=&then= ; the token is that of an invitation, whose mail knows
 * nothing of the rest. */
RESULT get_register(struct req *r);

struct register_form {
    const char *csrf_token, *request, *then, *token, *full_name, *email, *password;
};
SHAPE(register_form, FIELD(register_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(register_form, request, OPTIONAL, 0, 512, "Handle of a request that waits"),
      FIELD(register_form, then, OPTIONAL, 0, REQ_QUERY_MAX, "Where to go afterwards"),
      FIELD(register_form, token, SECRET, 0, 512, "Token of an invitation"),
      FIELD(register_form, full_name, OPTIONAL, 0, FORM_TEXT_MAX, "Name of the person"),
      FIELD(register_form, email, OPTIONAL, 0, FORM_TEXT_MAX, "E-mail address of the account"),
      FIELD(register_form, password, SECRET, 0, FORM_TEXT_MAX, "Password"));
RESULT post_register_form(struct req *r);

/* GET /setup?code= , while there is no administrator; NOT_FOUND from then on. */
RESULT get_setup(struct req *r);

struct setup_form {
    const char *csrf_token, *setup_code, *full_name, *email, *password;
};
SHAPE(setup_form, FIELD(setup_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(setup_form, setup_code, SECRET, 0, FORM_TEXT_MAX, "The code that the start told"),
      FIELD(setup_form, full_name, OPTIONAL, 0, FORM_TEXT_MAX, "Name of the administrator"),
      FIELD(setup_form, email, OPTIONAL, 0, FORM_TEXT_MAX, "E-mail address of the administrator"),
      FIELD(setup_form, password, SECRET, 0, FORM_TEXT_MAX, "Password"));
RESULT post_setup_form(struct req *r);

/*
 * What goes on by a mail: to `page`, which says so, and from the page that its link leads to back
 * to the sign-in with the notice `done` ("done=verified").  What the sheet carries goes along, past
 * the mail in a cookie.
 */
RESULT mail_is_sent(struct sheet *s, const char *page);
RESULT mail_is_done(struct sheet *s, const char *done);

/* GET /check-mail?about=verify|reset|change&done=resent&request=&then= */
RESULT get_check_mail(struct req *r);

struct address_form {
    const char *csrf_token, *request, *then, *email;
};
SHAPE(address_form, FIELD(address_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(address_form, request, OPTIONAL, 0, 512, "Handle of a request that waits"),
      FIELD(address_form, then, OPTIONAL, 0, REQ_QUERY_MAX, "Where to go afterwards"),
      FIELD(address_form, email, OPTIONAL, 0, FORM_TEXT_MAX, "E-mail address of the account"));
RESULT post_resend(struct req *r);

/* GET /verify-email?token= */
RESULT get_verify_email(struct req *r);

struct link_form {
    const char *csrf_token, *token;
};
SHAPE(link_form, FIELD(link_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(link_form, token, SECRET, 0, 512, "The token of the link"));
RESULT post_verify_email_form(struct req *r);

/* GET /join?token= */
RESULT get_join(struct req *r);
RESULT post_join_form(struct req *r);

#endif
