/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_REGISTRATION_TOKENS_H
#define UAUTH_API_ADMIN_REGISTRATION_TOKENS_H

/* Initial access tokens, with which clients register themselves: for operators, as those clients
 * are of all tenants. */

#include "api/admin.h"
#include "oauth/registration_tokens.h"

struct admin_registration_token_new {
    int64_t uses, hours;
    const char *label;
};
SHAPE(admin_registration_token_new,
      FIELD(admin_registration_token_new, uses, OPTIONAL, 1, REGISTRATION_USES_MAX,
            "How many clients it is good for; 1 if it is not given"),
      FIELD(admin_registration_token_new, hours, OPTIONAL, 1, REGISTRATION_HOURS_MAX,
            "How long it is good; 24 if it is not given"),
      FIELD(admin_registration_token_new, label, OPTIONAL, 1, REGISTRATION_LABEL_MAX,
            "What it is for"));

struct admin_registration_token {
    const char *token;
    int64_t uses, expires_at;
};
SHAPE(admin_registration_token,
      FIELD(admin_registration_token, token, REQUIRED | SECRET, 1, 256,
            "The token: shown this once"),
      FIELD(admin_registration_token, uses, REQUIRED, 1, REGISTRATION_USES_MAX,
            "How many clients it is good for"),
      FIELD(admin_registration_token, expires_at, REQUIRED | TIME, 0, INT64_MAX,
            "Until when it is good"));
RESULT post_admin_registration_token(struct req *r);

/* How a token is shown. */
struct admin_registration_token
admin_registration_token_of(const struct registration_token_made *made);

struct admin_registration_tokens_ended {
    int64_t ended;
};
SHAPE(admin_registration_tokens_ended,
      FIELD(admin_registration_tokens_ended, ended, REQUIRED, 0, INT64_MAX, "How many have ended"));
RESULT delete_admin_registration_tokens(struct req *r);

#endif
