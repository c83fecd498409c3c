/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PAGE_ACCOUNT_H
#define UAUTH_WEB_PAGE_ACCOUNT_H

/*
 * One's own account on our pages: profile, address, password, sessions, browsers, data.  Whose it
 * is comes from the session, never from the form.  The second factor is web/page_factor.h.
 */

#include "web/page_sign_in.h"

/* GET /account?done= */
RESULT get_account(struct req *r);

struct profile_form {
    const char *csrf_token, *full_name, *locale;
};
SHAPE(profile_form, FIELD(profile_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(profile_form, full_name, OPTIONAL, 0, FORM_TEXT_MAX, "Name of the person"),
      FIELD(profile_form, locale, OPTIONAL, 0, 35, "Language of pages and mails"));
RESULT post_profile_form(struct req *r);

/* Without `sid`: all but the present one. */
struct session_form {
    const char *csrf_token, *sid;
};
SHAPE(session_form, FIELD(session_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(session_form, sid, OPTIONAL, 0, 64, "Handle of the session to end"));
RESULT post_end_session(struct req *r);

struct device_form {
    const char *csrf_token, *id;
};
SHAPE(device_form, FIELD(device_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(device_form, id, OPTIONAL, 0, 64, "Handle of the browser to forget"));
RESULT post_forget_device(struct req *r);

struct application_form {
    const char *csrf_token, *client_id;
};
SHAPE(application_form,
      FIELD(application_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(application_form, client_id, OPTIONAL, 0, 255, "The application to shut out"));
RESULT post_revoke_application(struct req *r);

struct identity_form {
    const char *csrf_token, *id;
};
SHAPE(identity_form, FIELD(identity_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(identity_form, id, OPTIONAL, 0, 64, "Handle of the account to unlink"));
RESULT post_unlink_form(struct req *r);

/* GET /account/password?request= : also for who has to change it before anything else. */
RESULT get_account_password(struct req *r);

struct change_password_form {
    const char *csrf_token, *request, *username, *current_password, *new_password;
};
SHAPE(change_password_form,
      FIELD(change_password_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(change_password_form, request, OPTIONAL, 0, 512, "Handle of a request that waits"),
      FIELD(change_password_form, username, OPTIONAL, 0, 512, "For password managers"),
      FIELD(change_password_form, current_password, SECRET, 0, FORM_TEXT_MAX,
            "The present password"),
      FIELD(change_password_form, new_password, SECRET, 0, FORM_TEXT_MAX, "The new password"));
RESULT post_account_password(struct req *r);

/* Who has no password is sent a link to choose one. */
RESULT post_account_first_password(struct req *r);

RESULT get_account_email(struct req *r);

struct change_email_form {
    const char *csrf_token, *email, *password;
};
SHAPE(change_email_form,
      FIELD(change_email_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(change_email_form, email, OPTIONAL, 0, FORM_TEXT_MAX, "The new address"),
      FIELD(change_email_form, password, SECRET, 0, FORM_TEXT_MAX, "The present password"));
RESULT post_account_email(struct req *r);

/* GET /account/confirm?then= : proves again who it is, and goes on to a page of ours. */
RESULT get_account_confirm(struct req *r);

struct confirm_form {
    const char *csrf_token, *then, *username, *password, *code;
};
SHAPE(confirm_form, FIELD(confirm_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(confirm_form, then, OPTIONAL, 0, 64, "Where to go afterwards"),
      FIELD(confirm_form, username, OPTIONAL, 0, 512, "For password managers"),
      FIELD(confirm_form, password, SECRET, 0, FORM_TEXT_MAX, "The present password"),
      FIELD(confirm_form, code, SECRET, 0, FORM_TEXT_MAX, "One-time or recovery code"));
RESULT post_account_confirm(struct req *r);

/* GET /account/export: a file. */
RESULT get_account_export(struct req *r);

RESULT get_account_erase(struct req *r);

struct erase_form {
    const char *csrf_token, *username, *password;
};
SHAPE(erase_form, FIELD(erase_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(erase_form, username, OPTIONAL, 0, 512, "For password managers"),
      FIELD(erase_form, password, SECRET, 0, FORM_TEXT_MAX, "The present password"));
RESULT post_account_erase(struct req *r);

#endif
