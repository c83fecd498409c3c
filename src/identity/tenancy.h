/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_TENANCY_H
#define UAUTH_IDENTITY_TENANCY_H

/*
 * Tenants and their members.  Each change and its audit event are one transaction; an actor
 * (identity/authority.h) is looked at by whoever calls, inside authority_act; a NULL actor is a
 * command on the machine.
 */

#include "identity/authority.h"
#include "identity/tenant_settings.h"
#include "identity/tenant_slug.h"
#include "store/tenants.h"

enum { TENANT_NAME_MAX = 100, TENANT_DOMAINS_MAX = 50 };
enum { TENANT_LOGO_BYTES_MAX = 32 * 1024, TENANT_LOGO_SIDE_MAX = 1024 };

/* Slug, name and rules of `tenant`; its id is made.  INVALID_FIELD; CONFLICT if the slug is taken,
 * or kept from the actor (identity/tenant_slug.h). */
RESULT tenancy_create(struct ctx *c, const struct actor *actor, const struct tenant_row *tenant,
                      const struct tenant_row **out);

/* Replaces slug, name and rules of the tenant of that id.  NOT_FOUND; INVALID_FIELD; CONFLICT as
 * above, and for another slug of the default tenant. */
RESULT tenancy_update(struct ctx *c, const struct actor *actor, const struct tenant_row *tenant,
                      const struct tenant_row **out);

/*
 * Sets what `by` sets, clears what it clears.  Sessions and what is refreshed end earlier at once
 * where they would live too long.  NOT_FOUND; INVALID_FIELD for what is weaker than the service;
 * CONFLICT for an issuer whose name was another tenant's.
 */
RESULT tenancy_change_settings(struct ctx *c, const struct actor *actor, const char *id,
                               const struct tenant_settings *by, const struct tenant_row **out);

/* The same from nothing: what `settings` does not set is as the service has it. */
RESULT tenancy_put_settings(struct ctx *c, const struct actor *actor, const char *id,
                            const struct tenant_settings *settings, const struct tenant_row **out);

/* Its picture on the pages of the service: PNG or WebP within the bounds above; no bytes: none from
 * now on.  NOT_FOUND; INVALID_FIELD (`picture`). */
RESULT tenancy_set_logo(struct ctx *c, const struct actor *actor, const char *id,
                        struct bytes picture, const struct tenant_row **out);

/* Suspends it: all sessions and tokens bound to it end at once, and enabling it brings none back.
 * NOT_FOUND; CONFLICT for the default tenant. */
RESULT tenancy_set_status(struct ctx *c, const struct actor *actor, const char *id,
                          enum tenant_status status);

/* Removes a suspended one for ever: it is gone at once, and what is left of it goes by
 * tenant_removal_step.  NOT_FOUND; CONFLICT if it is not suspended,
 * or the default one. */
RESULT tenancy_delete(struct ctx *c, const struct actor *actor, const char *id);

/* The event of an export. */
RESULT tenancy_note_export(struct ctx *c, const struct actor *actor, const char *id);

/* Whether who has shown this may act in the tenant. */
bool tenancy_admits(const struct tenant_row *tenant, const char *acr, struct texts amr);

/* INVALID_FIELD (`email`) for an address outside of the tenant's domains. */
RESULT tenancy_check_address(struct ctx *c, const char *tenant_id, const char *email);

/*
 * A member with exactly the roles `user` and `roles`.  Only operators and commands make somebody a
 * member by this; others are invited: NOT_FOUND.  FORBIDDEN for a role beyond the actor, CONFLICT
 * for the last administrator.
 */
struct tenancy_member {
    const struct actor *actor;
    const char *tenant_id, *user_id;
    struct texts roles;
};
RESULT tenancy_set_member(struct ctx *c, const struct tenancy_member *member);

/* Ends it, with roles and sessions there.  NOT_FOUND; FORBIDDEN; CONFLICT as above. */
RESULT tenancy_remove_member(struct ctx *c, const struct tenancy_member *member);

#endif
