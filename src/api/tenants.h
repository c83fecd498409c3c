/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_TENANTS_H
#define UAUTH_API_TENANTS_H

/* The tenants that one belongs to: seeing them, going on in another one, joining one. */

#include "api/answer.h"

struct my_tenant {
    const char *id, *slug, *name;
    struct texts roles;
    bool require_mfa, current;
};
SHAPE(my_tenant, FIELD(my_tenant, id, REQUIRED, 36, 36, "Id of the tenant"),
      FIELD(my_tenant, slug, REQUIRED, 1, 63, "Its short name"),
      FIELD(my_tenant, name, REQUIRED, 1, 100, "Its name"),
      FIELD(my_tenant, roles, REQUIRED, 0, 1000, "One's roles there"),
      FIELD(my_tenant, require_mfa, REQUIRED, 0, 0, "Whether it asks for a second factor"),
      FIELD(my_tenant, current, REQUIRED, 0, 0, "Whether the call acts in it"));
struct my_tenant_list {
    struct items tenants;
};
SHAPE(my_tenant_list, FIELD_OF(my_tenant_list, tenants, REQUIRED, 0, 200, &my_tenant_shape,
                               "The active tenants, at most 200"));
RESULT get_my_tenants(struct req *r);

/* Tokens, or a session, bound to the other tenant; in the mode of the present one. */
RESULT post_tenant_switch(struct req *r);

struct join_request {
    const char *token;
};
SHAPE(join_request,
      FIELD(join_request, token, REQUIRED | SECRET, 43, 43, "The token of the invitation"));
RESULT post_join(struct req *r);

#endif
