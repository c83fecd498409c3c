/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_ROLE_RULES_H
#define UAUTH_IDENTITY_ROLE_RULES_H

/*
 * Roles: what they hold, and who has them.  Each change and its audit event are one transaction; an
 * actor (identity/authority.h) gives, changes and takes only what they have themselves (AZ-04), and
 * the last administrator of a tenant stays one (AZ-15).  A NULL actor is a command on the machine.
 */

#include "identity/authority.h"
#include "store/roles.h"

enum {
    ROLE_NAME_MAX = 64,
    ROLE_DESCRIPTION_MAX = 200,
    ROLE_PERMISSIONS_MAX = 100,
    PERMISSION_MAX = 64
};

/* INVALID_FIELD ("permissions") unless these are at most ROLE_PERMISSIONS_MAX, each once, and each
 * a `resource:action` of [a-z0-9_.-], where the action may be "*". */
RESULT permissions_check(struct ctx *c, struct texts permissions);

/* A role of tenant_id, or of all tenants where that is NULL: only for operators. */
struct role_definition {
    const struct actor *actor;
    const char *tenant_id;
    const char *name;         /* [a-z][a-z0-9_-]{0,63} */
    const char *description;  /* at most ROLE_DESCRIPTION_MAX characters */
    struct texts permissions; /* `resource:action` of [a-z0-9_.-], the action may be "*" */
};

/* Adds one: CONFLICT if the name is there; INVALID_FIELD; FORBIDDEN. */
RESULT role_create(struct ctx *c, const struct role_definition *role);

/* Replaces description and permissions: NOT_FOUND; CONFLICT for one that is built in. */
RESULT role_change(struct ctx *c, const struct role_definition *role);

/* Removes it, from everybody who has it: NOT_FOUND; CONFLICT for one that is built in. */
RESULT role_delete(struct ctx *c, const struct actor *actor, const char *tenant_id,
                   const char *name);

/* A role given to a user, or taken from them, in one tenant. */
struct role_assignment {
    const struct actor *actor;
    const char *actor_id; /* without an actor: who is said to have done it, or NULL */
    const char *tenant_id, *user_id, *role;
};

/*
 * Gives it; they may have it already.  NOT_FOUND: no such role there, or no such member; FORBIDDEN
 * if the actor does not have all of it.  The first administrator of the default tenant closes
 * setup.
 */
RESULT role_assign(struct ctx *c, const struct role_assignment *assignment);

/* Whether the actor (NULL: a command on the machine) may give each of `roles` in the tenant.
 * NOT_FOUND and FORBIDDEN as above. */
RESULT roles_check_giving(struct ctx *c, const struct actor *actor, const char *tenant_id,
                          struct texts roles);

/* Takes it.  NOT_FOUND if they do not have it; CONFLICT for the last administrator, unless it is a
 * command on the machine that asks. */
RESULT role_unassign(struct ctx *c, const struct role_assignment *assignment);

#endif
