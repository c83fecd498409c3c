/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_TENANT_SLUG_H
#define UAUTH_IDENTITY_TENANT_SLUG_H

/*
 * What a tenant may be called in addresses and commands.  Two names are kept from it: those that
 * look like the id of a tenant, and those of issuers that other tenants have, or had.
 */

#include "identity/authority.h"

enum { TENANT_SLUG_MAX = 63 };

/* INVALID_FIELD (`slug`) unless it is 1 to 63 of a-z, 0-9 and '-', which stands inside only. */
RESULT tenant_slug_check(struct ctx *c, const char *slug);

/*
 * Whether the tenant may take this slug, for which `tenant_id` is NULL when it is being made.
 * INVALID_FIELD for a UUID; CONFLICT for the name of another tenant's issuer, unless the actor
 * reaches that one, as operators do, or is a command on the machine (NULL).  Within the transaction
 * of the change.
 */
RESULT tenant_slug_take(struct ctx *c, const struct actor *actor, const char *tenant_id,
                        const char *slug);

/* The same for an issuer of this name, which is the tenant's from now on. */
RESULT tenant_slug_take_issuer(struct ctx *c, const struct actor *actor, const char *tenant_id,
                               const char *slug);

#endif
