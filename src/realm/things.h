/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_THINGS_H
#define UAUTH_REALM_THINGS_H

/*
 * What a realm file says of each thing.  The tables read the file, write it, and are its schema
 * (realm/schema.c), so the three cannot disagree.
 */

#include "federation/provider_change.h"
#include "identity/access.h"
#include "identity/role_rules.h"
#include "identity/tenancy.h"
#include "oauth/client_change.h"
#include "store/resources.h"

enum {
    REALM_FILE_MAX = 8 << 20,
    REALM_TOKENS_MAX = 1 << 20,
    REALM_LIST_MAX = 10000,
    REALM_METADATA_MAX = 16 * 1024,
    REALM_ROLES_MAX = 64,
    REALM_SCENARIOS_MAX = 1000
};

/* clang-format off */

/* A secret is never in the file: it stands in the environment, or in another file. */
struct realm_secret {
    const char *env, *file;
};
SHAPE(realm_secret,
    FIELD(realm_secret, env, OPTIONAL, 1, 128, "The variable of the environment that holds it"),
    FIELD(realm_secret, file, OPTIONAL, 1, 1024, "The file whose first line it is"));

struct realm_tenant {
    const char *slug, *name, *status, *accent;
    bool require_mfa, refuse_device_grant;
    struct texts allowed_domains;
    const void *settings; /* struct tenant_settings; NULL: none */
};
SHAPE(realm_tenant,
    FIELD(realm_tenant, slug, REQUIRED, 1, TENANT_SLUG_MAX, "Its short name, by which this file knows it"),
    FIELD(realm_tenant, name, OPTIONAL, 1, TENANT_NAME_MAX, "Its name; the slug if left out"),
    FIELD(realm_tenant, status, OPTIONAL, 1, 16, "active (the default) or disabled"),
    FIELD(realm_tenant, accent, OPTIONAL, 1, 16, "The colour of its pages: #3046c5; that of the service if left out"),
    FIELD(realm_tenant, require_mfa, OPTIONAL, 0, 0, "Who acts in it shows a second factor"),
    FIELD(realm_tenant, refuse_device_grant, OPTIONAL, 0, 0, "Its members let no device in by a code"),
    FIELD(realm_tenant, allowed_domains, OPTIONAL, 0, TENANT_DOMAINS_MAX, "Invite and make addresses of these domains only"),
    FIELD_OF(realm_tenant, settings, OPTIONAL, 0, 0, &tenant_settings_shape, "What it asks for beyond the service; what is left out is as the service has it"));

struct realm_role {
    const char *tenant, *name, *description;
    struct texts permissions;
};
SHAPE(realm_role,
    FIELD(realm_role, tenant, OPTIONAL, 1, TENANT_SLUG_MAX, "The tenant whose role it is; none: of all tenants"),
    FIELD(realm_role, name, REQUIRED, 1, ROLE_NAME_MAX, "Its name"),
    FIELD(realm_role, description, OPTIONAL, 0, ROLE_DESCRIPTION_MAX, "What it is for"),
    FIELD(realm_role, permissions, OPTIONAL, 0, ROLE_PERMISSIONS_MAX, "What it allows: resource:action or resource:*"));

struct realm_resource {
    const char *resource, *resource_name;
    struct texts scopes_supported;
    struct bytes metadata;
};
SHAPE(realm_resource,
    FIELD(realm_resource, resource, REQUIRED, 1, 900, "The URI of an API that tokens may be for (RFC 8707)"),
    FIELD(realm_resource, resource_name, OPTIONAL, 1, RESOURCE_NAME_MAX, "Its name; the URI if left out"),
    FIELD(realm_resource, scopes_supported, OPTIONAL, 0, 64, "The scopes that mean something there; none: any"),
    FIELD(realm_resource, metadata, OPTIONAL, 0, REALM_METADATA_MAX, "Further members of RFC 9728 2 and RFC 9396"));

struct realm_provider {
    const char *id, *kind, *name, *status, *urls_named_by;
    const void *secret;   /* struct realm_secret */
    const void *metadata; /* struct provider_metadata */
    const char *value;    /* of the secret, once complete; or NULL */
};
SHAPE(realm_provider,
    FIELD(realm_provider, id, REQUIRED, 1, PROVIDER_ID_MAX, "Its id, which stands in the callback"),
    FIELD(realm_provider, kind, REQUIRED, 1, 16, "openid, entra, google, apple or oauth2"),
    FIELD(realm_provider, name, OPTIONAL, 1, PROVIDER_NAME_MAX, "What people see; the id if left out"),
    FIELD(realm_provider, status, OPTIONAL, 1, 16, "active (the default) or disabled"),
    FIELD(realm_provider, urls_named_by, OPTIONAL, 1, 7, "machine or api; left out: as it is, or whoever applies this"),
    FIELD_OF(realm_provider, secret, OPTIONAL | SECRET, 0, 0, &realm_secret_shape, "Our secret or key there; left out: as it is"),
    FIELD_OF(realm_provider, metadata, REQUIRED, 0, 0, &provider_metadata_shape, "How to sign in there"));

/* What a client registers, as oauth/client_metadata.h; here a member that is not known is a mistake. */
SHAPE_LIKE(realm_client_metadata, "client_metadata", client_metadata, 0);

struct realm_client {
    const char *client_id, *tenant, *status;
    const void *secret;   /* struct realm_secret */
    const void *metadata; /* struct client_metadata */
    const char *value;    /* of the secret, once complete; or NULL */
};
SHAPE(realm_client,
    FIELD(realm_client, client_id, REQUIRED, 1, CLIENT_ID_MAX, "Its id"),
    FIELD(realm_client, tenant, OPTIONAL, 1, TENANT_SLUG_MAX, "The tenant whose client it is; none: of all tenants"),
    FIELD(realm_client, status, OPTIONAL, 1, 16, "active (the default) or disabled"),
    FIELD_OF(realm_client, secret, OPTIONAL | SECRET, 0, 0, &realm_secret_shape, "Its secret; left out: as it is, or a new one that is shown once"),
    FIELD_OF(realm_client, metadata, REQUIRED, 0, 0, &realm_client_metadata_shape, "What it registers (RFC 7591)"));

struct realm_member {
    const char *tenant, *email;
    struct texts roles;
};
SHAPE(realm_member,
    FIELD(realm_member, tenant, OPTIONAL, 1, TENANT_SLUG_MAX, "The tenant; the default one if left out"),
    FIELD(realm_member, email, REQUIRED | EMAIL, 3, 254, "The address of somebody who has an account"),
    FIELD(realm_member, roles, OPTIONAL, 0, REALM_ROLES_MAX, "The roles that they have there, beside user"));

/* What has to be so afterwards (realm/scenario.c). */
struct realm_scenario {
    const char *name, *user, *tenant, *client, *method, *route, *permission;
    struct texts roles, scopes;
    bool second_factor;
    int64_t expect;
};
SHAPE(realm_scenario,
    FIELD(realm_scenario, name, OPTIONAL, 1, 255, "What it shows, for people"),
    FIELD(realm_scenario, user, OPTIONAL | EMAIL, 3, 254, "Somebody by their address; or"),
    FIELD(realm_scenario, roles, OPTIONAL, 0, REALM_ROLES_MAX, "anybody who has these roles beside user"),
    FIELD(realm_scenario, tenant, OPTIONAL, 1, TENANT_SLUG_MAX, "The tenant in which they act; the default one if left out"),
    FIELD(realm_scenario, second_factor, OPTIONAL, 0, 0, "They have shown one"),
    FIELD(realm_scenario, client, OPTIONAL, 1, CLIENT_ID_MAX, "The application whose token it is; none: our own API"),
    FIELD(realm_scenario, scopes, OPTIONAL, 0, SCOPES_MAX, "The scopes that the token was asked with; none: all"),
    FIELD(realm_scenario, method, OPTIONAL, 1, 16, "GET if left out"),
    FIELD(realm_scenario, route, OPTIONAL, 1, 900, "A path of this service; or"),
    FIELD(realm_scenario, permission, OPTIONAL, 1, PERMISSION_MAX, "a permission that an API asks for"),
    FIELD(realm_scenario, expect, REQUIRED, 200, 599, "The status: 200 for whatever succeeds, 401, 403, 404"));
/* clang-format on */

#endif
