/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_LOGIN_H
#define UAUTH_API_LOGIN_H

/*
 * Signing in: POST /auth/login, and POST /auth/token for applications that speak the password form
 * of OAuth 2.0 (FastAPI's OAuth2PasswordBearer).
 */

#include "api/answer.h"

struct login_request {
    const char *email, *password, *mfa_code, *mfa_token, *tenant_id, *mode, *scope;
};
SHAPE(login_request, FIELD(login_request, email, EMAIL, 1, 254, "E-mail address of the account"),
      FIELD(login_request, password, SECRET, 1, 1024, "Password"),
      FIELD(login_request, mfa_code, SECRET, 1, 32, "One-time or recovery code"),
      FIELD(login_request, mfa_token, SECRET, 43, 43,
            "Handle of an answer mfa-required; then a code is all that is needed beside it"),
      FIELD(login_request, tenant_id, OPTIONAL, 1, 64,
            "Tenant to sign in to; default: the account's own; none: without a tenant"),
      FIELD(login_request, mode, OPTIONAL, 1, 16, "token (default), session or spa"),
      FIELD(login_request, scope, OPTIONAL, 1, 4096,
            "What the tokens shall be good for, separated by spaces; default: everything"));
RESULT post_login(struct req *r);

struct password_form {
    const char *grant_type, *username, *password, *scope, *client_id, *client_secret, *mfa_code;
};
SHAPE(password_form, FIELD(password_form, grant_type, OPTIONAL, 1, 64, "password"),
      FIELD(password_form, username, REQUIRED, 1, 254, "E-mail address of the account"),
      FIELD(password_form, password, REQUIRED | SECRET, 1, 1024, "Password"),
      FIELD(password_form, scope, OPTIONAL, 1, 4096,
            "What the tokens shall be good for; default: everything"),
      FIELD(password_form, client_id, OPTIONAL, 1, 64, "first-party, or nothing"),
      FIELD(password_form, client_secret, SECRET, 1, 256, "Nothing: the client is public"),
      FIELD(password_form, mfa_code, SECRET, 1, 32, "One-time or recovery code"));
RESULT post_token(struct req *r);

#endif
