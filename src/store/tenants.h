/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_TENANTS_H
#define UAUTH_STORE_TENANTS_H

/*
 * Tenants, and who belongs to them.  One whose removal has begun (store/tenant_removal.h) is none.
 */

#include "store/schema.h"

/* The tenant that exists from the start, into which people register. */
#define TENANT_DEFAULT_ID   "00000000-0000-7000-8000-000000000001"
#define TENANT_DEFAULT_SLUG "default"

enum tenant_status { TENANT_ACTIVE, TENANT_DISABLED };

struct tenant_row {
    const char *id;
    const char *slug; /* [a-z0-9-]{1,63}, unique */
    const char *name;
    enum tenant_status status;
    bool require_mfa;             /* who acts in it has shown a second factor */
    bool refuse_device_grant;     /* none of its members lets a device in (RFC 8628) */
    struct texts allowed_domains; /* of addresses that are invited or made; none: any */
    const char *accent;           /* "#3046c5"; NULL: that of the service */
    const char *logo;     /* the name of its picture (store/tenant_logos.h), or NULL; tenant_update
                             leaves it */
    const char *settings; /* JSON (identity/tenant_settings.h), or NULL; tenant_update leaves it */
    int64_t created_at, updated_at;
};
struct tenant_rows {
    const struct tenant_row *at;
    size_t n;
};

/* Whether the address is of one of its domains. */
bool tenant_has_domain(const struct tenant_row *tenant, const char *email);

/* Adds one; *id is NULL if the slug is taken. */
RESULT tenant_add(struct ctx *c, const char *slug, const char *name, const char **id);

/* *out is NULL if there is none. */
RESULT tenant_find(struct ctx *c, const char *id, const struct tenant_row **out);
RESULT tenant_find_slug(struct ctx *c, const char *slug, const struct tenant_row **out);
RESULT tenants_page(struct ctx *c, struct page page, struct tenant_rows *out);

enum tenant_outcome { TENANT_CHANGED, TENANT_UNKNOWN, TENANT_SLUG_TAKEN };

/* Gives it slug, name, rules and accent of `tenant`; its status stays. */
RESULT tenant_update(struct ctx *c, const struct tenant_row *tenant, enum tenant_outcome *how);

/*
 * Sets the status.  Disabling revokes at once every session and authorization bound to the tenant
 * (one row of `revocations` for all); enabling it again does not bring them back.
 */
RESULT tenant_set_status(struct ctx *c, const char *id, enum tenant_status status, bool *found);

/* Makes the user a member; *added is false if they were one, or there is no such tenant or user. */
RESULT membership_add(struct ctx *c, const char *tenant_id, const char *user_id, bool *added);

/* Ends it: takes the user's roles there, and revokes their sessions and authorizations bound to the
 * tenant. */
RESULT membership_remove(struct ctx *c, const char *tenant_id, const char *user_id, bool *removed);

/* Whether the user belongs to the tenant, whatever its status. */
RESULT membership_has(struct ctx *c, const char *tenant_id, const char *user_id, bool *has);

/* The active tenant `tenant_id` of which the user is a member; *out is NULL if there is none. */
RESULT tenant_of_member(struct ctx *c, const char *tenant_id, const char *user_id,
                        const struct tenant_row **out);

/* Whether the user belongs to the tenant and it is active. */
RESULT membership_is_live(struct ctx *c, const char *tenant_id, const char *user_id, bool *live);

/* The active tenants of a user, by id. */
RESULT memberships_of_user(struct ctx *c, const char *user_id, struct page page,
                           struct tenant_rows *out);

/* The ids of a tenant's members. */
RESULT memberships_of_tenant(struct ctx *c, const char *tenant_id, struct page page,
                             struct texts *user_ids);

#endif
