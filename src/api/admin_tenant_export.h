/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_TENANT_EXPORT_H
#define UAUTH_API_ADMIN_TENANT_EXPORT_H

/*
 * What is known of a tenant, for who takes it along or removes it.  Of clients and API keys it has
 * what they may, never a secret nor a hash of one.  Accounts are exported by whom they belong to.
 */

#include "api/admin_api_keys.h"
#include "api/admin_clients.h"
#include "api/admin_roles.h"
#include "api/admin_tenants.h"

/* Tenant, settings and roles are on each page; the lists come one after the other, `limit` entries
 * of them a page. */
struct admin_tenant_export {
    const void *tenant, *settings;
    struct items roles, members, clients, invitations, api_keys;
    const char *next;
};
SHAPE(admin_tenant_export,
      FIELD_OF(admin_tenant_export, tenant, REQUIRED, 0, 0, &admin_tenant_shape, "The tenant"),
      FIELD_OF(admin_tenant_export, settings, REQUIRED, 0, 0, &tenant_settings_shape,
               "What it sets; null: as the service has it"),
      FIELD_OF(admin_tenant_export, roles, REQUIRED, 0, 1000, &admin_role_shape, "Its own roles"),
      FIELD_OF(admin_tenant_export, members, REQUIRED, 0, PAGE_MAX, &admin_member_shape,
               "Its members"),
      FIELD_OF(admin_tenant_export, clients, REQUIRED, 0, PAGE_MAX, &admin_client_shape,
               "Its clients, after the last member"),
      FIELD_OF(admin_tenant_export, invitations, REQUIRED, 0, PAGE_MAX, &admin_invitation_shape,
               "Who is invited, after the last client"),
      FIELD_OF(admin_tenant_export, api_keys, REQUIRED, 0, PAGE_MAX, &admin_api_key_shape,
               "Its API keys, after the last invitation"),
      FIELD(admin_tenant_export, next, OPTIONAL, 1, CURSOR_MAX, "There are more, after this"));
RESULT get_admin_tenant_export(struct req *r);

/*
 * The page of the tenant's export that begins at `page.after`, the `next` of another; NULL: the
 * first.  NOT_FOUND; INVALID_FIELD (`after`) if it is no such place.
 */
RESULT admin_tenant_export_page(struct ctx *c, const char *tenant_id, struct page page,
                                struct admin_tenant_export *out);

#endif
