/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_REGISTER_H
#define UAUTH_API_REGISTER_H

/*
 * Registering and verifying the address.  An address that is taken gets the same answer in the same
 * time; its owner gets a mail (EN-10).
 */

#include "api/answer.h"

struct register_request {
    const char *email, *password, *full_name, *invitation, *tenant_id;
};
SHAPE(register_request,
      FIELD(register_request, email, REQUIRED | EMAIL, 3, 254, "E-mail address of the account"),
      FIELD(register_request, password, REQUIRED | SECRET, 1, 1024, "Password"),
      FIELD(register_request, full_name, REQUIRED, 1, 255, "Name of the person"),
      FIELD(register_request, invitation, SECRET, 43, 43,
            "Token of an invitation, where registration is by invitation"),
      FIELD(register_request, tenant_id, OPTIONAL, 36, 36,
            "A tenant that takes addresses of its domains, without an invitation"));

struct registered {
    const char *id, *email, *full_name;
    bool email_verified;
    int64_t created_at;
};
SHAPE(registered, FIELD(registered, id, REQUIRED, 36, 36, "Id of the user"),
      FIELD(registered, email, REQUIRED | EMAIL, 3, 254, "E-mail address"),
      FIELD(registered, full_name, REQUIRED, 1, 255, "Name of the person"),
      FIELD(registered, email_verified, REQUIRED, 0, 0, "Whether the address has been verified"),
      FIELD(registered, created_at, REQUIRED | TIME, 0, INT64_MAX, "When the user was made"));
RESULT post_register(struct req *r);

struct verify_email_request {
    const char *token;
};
SHAPE(verify_email_request,
      FIELD(verify_email_request, token, REQUIRED | SECRET, 1, 256, "The token of the link"));
RESULT post_verify_email(struct req *r);

RESULT post_resend_verification(struct req *r);

/* The first administrator, with the one-time code of the first start. */
struct setup_request {
    const char *setup_code, *email, *password, *full_name;
};
SHAPE(setup_request,
      FIELD(setup_request, setup_code, REQUIRED | SECRET, 1, 128,
            "The one-time code that the first start told"),
      FIELD(setup_request, email, REQUIRED | EMAIL, 3, 254, "E-mail address of the administrator"),
      FIELD(setup_request, password, REQUIRED | SECRET, 1, 1024, "Password"),
      FIELD(setup_request, full_name, REQUIRED, 1, 255, "Name of the person"));
RESULT post_setup(struct req *r);

#endif
