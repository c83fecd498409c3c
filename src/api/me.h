/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ME_H
#define UAUTH_API_ME_H

/*
 * One's own account.  Whose it is comes from the principal, never from the request, so there is
 * nothing to get wrong about it (OWASP API1).
 */

#include "api/answer.h"

struct user_response {
    const char *id, *email, *full_name;
    struct texts roles, permissions;
    const char *tenant_id, *locale, *impersonator_id;
    bool email_verified, mfa_enabled;
    int64_t created_at, last_login;
};
SHAPE(user_response, FIELD(user_response, id, REQUIRED, 36, 36, "Id of the user"),
      FIELD(user_response, email, REQUIRED | EMAIL, 3, 254, "E-mail address"),
      FIELD(user_response, full_name, REQUIRED, 1, 255, "Name of the person"),
      FIELD(user_response, roles, REQUIRED, 0, 1000, "Roles in the tenant of the caller"),
      FIELD(user_response, permissions, REQUIRED, 0, 1000, "Permissions of the caller"),
      FIELD(user_response, tenant_id, NULLABLE, 36, 36, "Tenant of the caller, or null"),
      FIELD(user_response, locale, NULLABLE, 2, 35, "Language of mails (BCP 47), or null"),
      FIELD(user_response, impersonator_id, OPTIONAL, 36, 36,
            "Who acts as this user, if somebody does"),
      FIELD(user_response, email_verified, REQUIRED, 0, 0, "Whether the address was verified"),
      FIELD(user_response, mfa_enabled, REQUIRED, 0, 0, "Whether a second factor is enrolled"),
      FIELD(user_response, created_at, REQUIRED | TIME, 0, INT64_MAX, "When the user was made"),
      FIELD(user_response, last_login, NULLABLE | TIME, 0, INT64_MAX,
            "When the user last signed in, or null"));
RESULT get_me(struct req *r);

struct update_me {
    const char *full_name, *locale;
};
SHAPE(update_me, FIELD(update_me, full_name, REQUIRED, 1, 255, "Name of the person"),
      FIELD(update_me, locale, OPTIONAL, 2, 35,
            "Language of mails: en, de, fr, es, zh-Hans or ja; left out: as it is"));
RESULT put_me(struct req *r);

struct password_only {
    const char *password;
};
SHAPE(password_only,
      FIELD(password_only, password, REQUIRED | SECRET, 1, 1024, "The present password"));
RESULT delete_me(struct req *r);

RESULT get_my_export(struct req *r);

struct change_email_request {
    const char *email, *password;
};
SHAPE(change_email_request,
      FIELD(change_email_request, email, REQUIRED | EMAIL, 3, 254, "The new address"),
      FIELD(change_email_request, password, REQUIRED | SECRET, 1, 1024, "The present password"));
RESULT post_change_email(struct req *r);

/*
 * Proves again who calls.  A cookie session gets a new secret; a bearer gets an access token with
 * the new auth_time.
 */
struct confirm_request {
    const char *password, *mfa_code;
};
SHAPE(confirm_request,
      FIELD(confirm_request, password, REQUIRED | SECRET, 1, 1024, "The present password"),
      FIELD(confirm_request, mfa_code, SECRET, 1, 32,
            "One-time or recovery code, where a second factor is enrolled"));
RESULT post_confirm(struct req *r);

#endif
