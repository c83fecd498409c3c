/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_PASSWORD_H
#define UAUTH_API_PASSWORD_H

/* Passwords: forgotten, reset by a link, changed with the present one. */

#include "api/answer.h"

RESULT post_forgot_password(struct req *r);

struct reset_password_request {
    const char *token, *password;
};
SHAPE(reset_password_request,
      FIELD(reset_password_request, token, REQUIRED | SECRET, 1, 256, "The token of the link"),
      FIELD(reset_password_request, password, REQUIRED | SECRET, 1, 1024, "The new password"));
RESULT post_reset_password(struct req *r);

struct change_password_request {
    const char *current_password, *new_password;
};
SHAPE(change_password_request,
      FIELD(change_password_request, current_password, REQUIRED | SECRET, 1, 1024,
            "The present password"),
      FIELD(change_password_request, new_password, REQUIRED | SECRET, 1, 1024, "The new password"));
RESULT post_my_password(struct req *r);

/* Who has none, since they sign in with others, gets a link by mail to choose one. */
RESULT post_first_password(struct req *r);

#endif
