/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_ROLES_H
#define UAUTH_STORE_ROLES_H

/*
 * Roles, their permissions, and who has them.  A role is defined for all tenants (tenant_id NULL)
 * or by one; it is given in one tenant, or in all (tenant_id NULL).
 */

#include "store/schema.h"

#define ROLE_USER  "user"
#define ROLE_ADMIN "admin"

struct role_row {
    const char *tenant_id; /* NULL: of all tenants */
    const char *name;
    const char *description;
    bool builtin; /* made and kept by the service */
    struct texts permissions;
};
struct role_rows {
    const struct role_row *at;
    size_t n;
};

/* Adds or replaces a role with exactly these permissions.  *done is false if a builtin one would be
 * replaced by one that is not, or if a tenant's own would have a builtin's name: that of "admin"
 * must mean one thing.  A builtin role is of all tenants: must(). */
RESULT role_set(struct ctx *c, const struct role_row *role, bool *done);

/* Removes a role that is not builtin, from everybody too. */
RESULT role_remove(struct ctx *c, const char *tenant_id, const char *name, bool *removed);

/* The role that a tenant means by `name`: its own before that of all tenants; *out is NULL if there
 * is none. */
RESULT role_find(struct ctx *c, const char *tenant_id, const char *name,
                 const struct role_row **out);

/* The roles that can be given in a tenant: its own and those of all tenants. */
RESULT roles_in(struct ctx *c, const char *tenant_id, struct role_rows *out);

enum role_outcome {
    ROLE_GIVEN,
    ROLE_HAD,      /* they had it */
    ROLE_UNKNOWN,  /* no such role there */
    ROLE_NO_MEMBER /* the user is no member of the tenant, or does not exist */
};

/* Gives a role in `tenant_id`, or in all tenants (NULL).  Of two that have the name it is the
 * tenant's own. */
RESULT role_give(struct ctx *c, const char *tenant_id, const char *user_id, const char *name,
                 enum role_outcome *how);
RESULT role_take(struct ctx *c, const char *tenant_id, const char *user_id, const char *name,
                 bool *taken);

/* What a user may in `tenant_id`, of which they are a live member (look first: membership_is_live):
 * the roles given there and in all tenants, and the permissions of these, both sorted and each
 * once.  NULL: only what is given in all. */
struct access_row {
    struct texts roles, permissions;
};
RESULT access_of(struct ctx *c, const char *user_id, const char *tenant_id, struct access_row *out);

/* The names of the roles that a user has in `tenant_id` itself, sorted. */
RESULT roles_given(struct ctx *c, const char *user_id, const char *tenant_id, struct texts *names);

/* Everything that a user may, wherever: a permission and the tenant in which (NULL: in all). */
struct held_row {
    const char *tenant_id, *permission;
};
struct held_rows {
    const struct held_row *at;
    size_t n;
};
RESULT permissions_held(struct ctx *c, const char *user_id, struct held_rows *out);

/* The tenants in which a user has the role `name`; the default one stands for "in all". */
RESULT role_places(struct ctx *c, const char *user_id, const char *name, struct texts *tenant_ids);

/* Whether an active user other than `user_id` has the role in `tenant_id`, or in all tenants. */
RESULT role_held_by_others(struct ctx *c, const char *tenant_id, const char *user_id,
                           const char *name, bool *held);

#endif
