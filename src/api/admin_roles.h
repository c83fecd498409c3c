/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_ROLES_H
#define UAUTH_API_ADMIN_ROLES_H

/*
 * The roles that can be given in the caller's tenant: its own, and those of all tenants, which
 * operators make.  And the permissions that routes of this service ask for.
 */

#include "api/admin.h"
#include "store/roles.h"

struct admin_role {
    const char *name, *description;
    struct texts permissions;
    bool builtin, all_tenants;
};
SHAPE(admin_role, FIELD(admin_role, name, REQUIRED, 1, 64, "Name of the role"),
      FIELD(admin_role, description, REQUIRED, 0, 200, "What it is for"),
      FIELD(admin_role, permissions, REQUIRED, 0, 100, "What it allows"),
      FIELD(admin_role, builtin, REQUIRED, 0, 0, "Made by the service; stays as it is"),
      FIELD(admin_role, all_tenants, REQUIRED, 0, 0, "Whether it is a role of all tenants"));
struct admin_role_list {
    struct items roles;
};
SHAPE(admin_role_list,
      FIELD_OF(admin_role_list, roles, REQUIRED, 0, 1000, &admin_role_shape, "The roles"));
/* How a role is shown. */
struct admin_role admin_role_of(const struct role_row *role);

RESULT get_admin_roles(struct req *r);
RESULT get_admin_role(struct req *r);

struct admin_role_new {
    const char *name, *description;
    struct texts permissions;
    bool all_tenants;
};
SHAPE(admin_role_new, FIELD(admin_role_new, name, REQUIRED, 1, 64, "Name of the role"),
      FIELD(admin_role_new, description, OPTIONAL, 0, 200, "What it is for"),
      FIELD(admin_role_new, permissions, REQUIRED, 0, 100, "What it allows: resource:action"),
      FIELD(admin_role_new, all_tenants, OPTIONAL, 0, 0, "A role of all tenants: for operators"));
RESULT post_admin_role(struct req *r);

struct admin_role_put {
    const char *description;
    struct texts permissions;
};
SHAPE(admin_role_put, FIELD(admin_role_put, description, OPTIONAL, 0, 200, "What it is for"),
      FIELD(admin_role_put, permissions, REQUIRED, 0, 100, "What it allows: resource:action"));
RESULT put_admin_role(struct req *r);
RESULT delete_admin_role(struct req *r);

struct admin_permission {
    const char *name, *least_role, *summary;
};
SHAPE(admin_permission, FIELD(admin_permission, name, REQUIRED, 3, 64, "resource:action"),
      FIELD(admin_permission, least_role, REQUIRED, 1, 64, "The least built-in role that has it"),
      FIELD(admin_permission, summary, REQUIRED, 1, 200, "What it allows"));
struct admin_permission_list {
    struct items permissions;
};
SHAPE(admin_permission_list, FIELD_OF(admin_permission_list, permissions, REQUIRED, 0, 200,
                                      &admin_permission_shape, "The permissions"));
RESULT get_admin_permissions(struct req *r);

#endif
