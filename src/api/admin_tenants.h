/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_TENANTS_H
#define UAUTH_API_ADMIN_TENANTS_H

/*
 * Tenants, their members, and who is invited.  Operators, who act in the default tenant, reach all
 * of them; everybody else their own: another one is not there.
 */

#include "api/admin.h"
#include "identity/tenant_settings.h"
#include "store/invitations.h"
#include "store/tenants.h"
#include "store/users.h"

struct admin_tenant {
    const char *id, *slug, *name, *status;
    bool require_mfa, refuse_device_grant;
    struct texts allowed_domains;
    const char *accent, *logo;
    int64_t created_at, updated_at;
};
SHAPE(admin_tenant, FIELD(admin_tenant, id, REQUIRED, 36, 36, "Id of the tenant"),
      FIELD(admin_tenant, slug, REQUIRED, 1, 63, "Its short name, unique"),
      FIELD(admin_tenant, name, REQUIRED, 1, 100, "Its name"),
      FIELD(admin_tenant, status, REQUIRED, 6, 8, "active or disabled"),
      FIELD(admin_tenant, require_mfa, REQUIRED, 0, 0, "Who acts in it shows a second factor"),
      FIELD(admin_tenant, refuse_device_grant, REQUIRED, 0, 0,
            "Its members let no device in by a code"),
      FIELD(admin_tenant, allowed_domains, REQUIRED, 0, 50,
            "Domains of addresses that are invited or made; none: any"),
      FIELD(admin_tenant, accent, NULLABLE, 7, 7, "Colour of its pages, or null"),
      FIELD(admin_tenant, logo, NULLABLE, 1, 100, "Path of its picture, or null"),
      FIELD(admin_tenant, created_at, REQUIRED | TIME, 0, INT64_MAX, "When it was made"),
      FIELD(admin_tenant, updated_at, REQUIRED | TIME, 0, INT64_MAX, "When it was last changed"));
struct admin_tenant_list {
    struct items tenants;
    const char *next;
};
SHAPE(admin_tenant_list,
      FIELD_OF(admin_tenant_list, tenants, REQUIRED, 0, PAGE_MAX, &admin_tenant_shape,
               "The tenants"),
      FIELD(admin_tenant_list, next, OPTIONAL, 1, CURSOR_MAX, "There are more, after this"));
struct admin_tenant_query {
    const char *after, *slug;
    int64_t limit;
};
SHAPE(admin_tenant_query,
      FIELD(admin_tenant_query, after, OPTIONAL, 1, CURSOR_MAX,
            "The member next of the page before"),
      FIELD(admin_tenant_query, limit, OPTIONAL, 1, PAGE_MAX,
            "Entries of a page; 50 if it is not given"),
      FIELD(admin_tenant_query, slug, OPTIONAL, 1, 63, "Only the one of this short name"));
RESULT get_admin_tenants(struct req *r);
RESULT get_admin_tenant(struct req *r);

struct admin_tenant_put {
    const char *slug, *name;
    bool require_mfa, refuse_device_grant;
    struct texts allowed_domains;
    const char *accent;
};
SHAPE(admin_tenant_put, FIELD(admin_tenant_put, slug, REQUIRED, 1, 63, "Its short name, unique"),
      FIELD(admin_tenant_put, name, REQUIRED, 1, 100, "Its name"),
      FIELD(admin_tenant_put, require_mfa, OPTIONAL, 0, 0,
            "Who acts in it shows a second factor; from the next sign-in on"),
      FIELD(admin_tenant_put, refuse_device_grant, OPTIONAL, 0, 0,
            "Its members let no device in by a code (RFC 8628)"),
      FIELD(admin_tenant_put, allowed_domains, OPTIONAL, 0, 50,
            "Domains of addresses that are invited or made; none: any"),
      FIELD(admin_tenant_put, accent, OPTIONAL, 7, 7,
            "Colour of buttons and links on its pages, as #3046c5; none: that of the service"));
RESULT post_admin_tenant(struct req *r);
RESULT put_admin_tenant(struct req *r);
RESULT post_admin_tenant_disable(struct req *r);
RESULT post_admin_tenant_enable(struct req *r);
RESULT delete_admin_tenant(struct req *r);

struct admin_logo_put {
    const char *picture;
};
SHAPE(admin_logo_put, FIELD(admin_logo_put, picture, REQUIRED, 1, 43692,
                            "PNG or WebP in base64, of at most 32 KiB and 1024 by 1024 pixels"));
RESULT put_admin_tenant_logo(struct req *r);
RESULT delete_admin_tenant_logo(struct req *r);

/* What it asks for beyond the service, and what holds in it then. */
struct admin_tenant_settings {
    const void *settings, *effective;
};
SHAPE(admin_tenant_settings,
      FIELD_OF(admin_tenant_settings, settings, REQUIRED, 0, 0, &tenant_settings_shape,
               "What the tenant sets; null: as the service has it"),
      FIELD_OF(admin_tenant_settings, effective, REQUIRED, 0, 0, &tenant_settings_shape,
               "What holds in it"));
RESULT get_admin_tenant_settings(struct req *r);
RESULT patch_admin_tenant_settings(struct req *r);

/* How a tenant is shown. */
struct admin_tenant admin_tenant_of(struct arena *a, const struct tenant_row *tenant);

/* ---- members ---- */

struct admin_member {
    const char *user_id, *email, *full_name;
    bool guest;
    struct texts roles;
};
SHAPE(admin_member, FIELD(admin_member, user_id, REQUIRED, 36, 36, "Id of the user"),
      FIELD(admin_member, email, REQUIRED | EMAIL, 3, 254, "E-mail address"),
      FIELD(admin_member, full_name, REQUIRED, 1, 255, "Name of the person"),
      FIELD(admin_member, guest, REQUIRED, 0, 0, "Whether the account belongs to another tenant"),
      FIELD(admin_member, roles, REQUIRED, 0, 1000, "Roles in the tenant"));
struct admin_member_list {
    struct items members;
    const char *next;
};
SHAPE(admin_member_list,
      FIELD_OF(admin_member_list, members, REQUIRED, 0, PAGE_MAX, &admin_member_shape,
               "The members"),
      FIELD(admin_member_list, next, OPTIONAL, 1, CURSOR_MAX, "There are more, after this"));
RESULT get_admin_members(struct req *r);

/* How a member of the tenant is shown. */
RESULT admin_member_of(struct ctx *c, const char *tenant_id, const struct user_row *user,
                       struct admin_member *out);

struct admin_member_put {
    struct texts roles;
};
SHAPE(admin_member_put,
      FIELD(admin_member_put, roles, REQUIRED, 0, 50, "Roles in the tenant, beside user"));
RESULT put_admin_member(struct req *r);
RESULT delete_admin_member(struct req *r);

/* ---- invitations ---- */

struct admin_invitation {
    const char *id, *email;
    struct texts roles;
    const char *invited_by;
    int64_t created_at, expires_at;
};
SHAPE(admin_invitation, FIELD(admin_invitation, id, REQUIRED, 36, 36, "Id of the invitation"),
      FIELD(admin_invitation, email, REQUIRED | EMAIL, 3, 254, "Who is invited"),
      FIELD(admin_invitation, roles, REQUIRED, 0, 50, "Roles that they get, beside user"),
      FIELD(admin_invitation, invited_by, OPTIONAL, 36, 36, "By whom"),
      FIELD(admin_invitation, created_at, REQUIRED | TIME, 0, INT64_MAX, "When"),
      FIELD(admin_invitation, expires_at, REQUIRED | TIME, 0, INT64_MAX, "Until when it is good"));
struct admin_invitation_list {
    struct items invitations;
    const char *next;
};
SHAPE(admin_invitation_list,
      FIELD_OF(admin_invitation_list, invitations, REQUIRED, 0, PAGE_MAX, &admin_invitation_shape,
               "The invitations"),
      FIELD(admin_invitation_list, next, OPTIONAL, 1, CURSOR_MAX, "There are more, after this"));
RESULT get_admin_invitations(struct req *r);

/* How an invitation is shown. */
struct admin_invitation admin_invitation_of(const struct invitation_row *row);

struct admin_invitation_new {
    const char *email;
    struct texts roles;
};
SHAPE(admin_invitation_new,
      FIELD(admin_invitation_new, email, REQUIRED | EMAIL, 3, 254, "Who is invited"),
      FIELD(admin_invitation_new, roles, OPTIONAL, 0, 50, "Roles that they get, beside user"));
RESULT post_admin_invitation(struct req *r);
RESULT delete_admin_invitation(struct req *r);

#endif
