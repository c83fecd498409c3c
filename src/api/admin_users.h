/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_USERS_H
#define UAUTH_API_ADMIN_USERS_H

/*
 * The members of the caller's tenant.  Of a guest, whose account belongs to another tenant, less is
 * shown and nothing but roles and sessions here can be changed (TN-07).  Nobody sets a password:
 * its owner gets a link (PR-12).
 */

#include "api/admin.h"

struct admin_user {
    const char *id, *email, *full_name, *status;
    struct texts roles;
    bool guest, email_verified, mfa_enabled;
    int64_t created_at, updated_at, last_login;
    struct texts permissions;
    int64_t recovery_codes_left;
};
SHAPE(admin_user, FIELD(admin_user, id, REQUIRED, 36, 36, "Id of the user"),
      FIELD(admin_user, email, REQUIRED | EMAIL, 3, 254, "E-mail address"),
      FIELD(admin_user, full_name, REQUIRED, 1, 255, "Name of the person"),
      FIELD(admin_user, status, REQUIRED, 6, 8, "active or disabled"),
      FIELD(admin_user, roles, REQUIRED, 0, 1000, "Roles in this tenant"),
      FIELD(admin_user, guest, REQUIRED, 0, 0, "Whether the account belongs to another tenant"),
      FIELD(admin_user, email_verified, REQUIRED, 0, 0, "Whether the address was verified"),
      FIELD(admin_user, mfa_enabled, REQUIRED, 0, 0,
            "Whether a second factor is enrolled; false of a guest"),
      FIELD(admin_user, created_at, REQUIRED | TIME, 0, INT64_MAX, "When the user was made"),
      FIELD(admin_user, updated_at, REQUIRED | TIME, 0, INT64_MAX, "When it was last changed"),
      FIELD(admin_user, last_login, NULLABLE | TIME, 0, INT64_MAX,
            "When the user last signed in, or null; null of a guest"),
      FIELD(admin_user, permissions, REQUIRED, 0, 1000, "What the roles allow here"),
      FIELD(admin_user, recovery_codes_left, REQUIRED, 0, 1000,
            "Of a second factor; 0 of a guest"));

/* One of a list: what would have to be looked up of each, which stands last, is not in it. */
enum { ADMIN_USER_LOOKED_UP = 2 };
SHAPE_LIKE(admin_user_entry, "admin_user_entry", admin_user, ADMIN_USER_LOOKED_UP);

struct admin_user_query {
    const char *after, *email, *status;
    int64_t limit;
};
SHAPE(admin_user_query,
      FIELD(admin_user_query, after, OPTIONAL, 1, CURSOR_MAX, "The member next of the page before"),
      FIELD(admin_user_query, limit, OPTIONAL, 1, PAGE_MAX,
            "Entries of a page; 50 if it is not given"),
      FIELD(admin_user_query, email, OPTIONAL, 1, 254, "How the address begins"),
      FIELD(admin_user_query, status, OPTIONAL, 6, 8, "active or disabled"));
struct admin_user_list {
    struct items users;
    const char *next;
};
SHAPE(admin_user_list,
      FIELD_OF(admin_user_list, users, REQUIRED, 0, PAGE_MAX, &admin_user_entry_shape, "The users"),
      FIELD(admin_user_list, next, OPTIONAL, 1, CURSOR_MAX,
            "There may be more, after this, also when this page is not full"));
RESULT get_admin_users(struct req *r);
RESULT get_admin_user(struct req *r);

struct admin_user_new {
    const char *email, *full_name, *password;
    bool must_change, unverified;
    struct texts roles;
};
SHAPE(admin_user_new,
      FIELD(admin_user_new, email, REQUIRED | EMAIL, 3, 254, "E-mail address of the account"),
      FIELD(admin_user_new, full_name, REQUIRED, 1, 255, "Name of the person"),
      FIELD(admin_user_new, password, SECRET, 1, 1024,
            "Password; without one a link to choose it can be sent"),
      FIELD(admin_user_new, must_change, OPTIONAL, 0, 0,
            "The password is to be changed at the first sign-in"),
      FIELD(admin_user_new, unverified, OPTIONAL, 0, 0,
            "A link has to be followed before the first sign-in; so it is in any case "
            "outside the default tenant"),
      FIELD(admin_user_new, roles, OPTIONAL, 0, 50, "Roles in this tenant, beside user"));
RESULT post_admin_user(struct req *r);

struct admin_user_patch {
    const char *full_name;
};
SHAPE(admin_user_patch, FIELD(admin_user_patch, full_name, OPTIONAL, 1, 255, "Name of the person"));
RESULT patch_admin_user(struct req *r);

RESULT delete_admin_user(struct req *r);
RESULT post_admin_user_disable(struct req *r);
RESULT post_admin_user_enable(struct req *r);
RESULT post_admin_user_send_reset(struct req *r);
RESULT post_admin_user_unlock(struct req *r);
RESULT delete_admin_user_mfa(struct req *r);

/* Roles in the caller's tenant. */
RESULT put_admin_user_role(struct req *r);
RESULT delete_admin_user_role(struct req *r);

#endif
