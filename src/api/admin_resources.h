/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_RESOURCES_H
#define UAUTH_API_ADMIN_RESOURCES_H

/* The APIs that tokens may be for (RFC 8707): for operators. */

#include "api/admin.h"

enum { ADMIN_RESOURCE_URI_MAX = 900, ADMIN_RESOURCE_METADATA_MAX = 16 * 1024 };

struct admin_resource {
    const char *resource, *resource_name;
    struct texts scopes_supported;
    struct bytes metadata;
};
SHAPE(admin_resource,
      FIELD(admin_resource, resource, REQUIRED, 1, ADMIN_RESOURCE_URI_MAX, "Its URI (RFC 8707)"),
      FIELD(admin_resource, resource_name, OPTIONAL, 1, 255, "Its name; the URI if left out"),
      FIELD(admin_resource, scopes_supported, OPTIONAL, 0, 64,
            "The scopes that mean something there; none: any"),
      FIELD(admin_resource, metadata, OPTIONAL, 2, ADMIN_RESOURCE_METADATA_MAX,
            "Further members of RFC 9728 2 and RFC 9396"));
struct admin_resource_list {
    struct items resources;
    const char *next;
};
SHAPE(admin_resource_list,
      FIELD_OF(admin_resource_list, resources, REQUIRED, 0, PAGE_MAX, &admin_resource_shape,
               "The resources"),
      FIELD(admin_resource_list, next, OPTIONAL, 1, CURSOR_MAX, "There are more, after this"));
RESULT get_admin_resources(struct req *r);

/* Registers one, or replaces all that is known of it. */
RESULT put_admin_resource(struct req *r);

struct admin_resource_named {
    const char *resource;
};
SHAPE(admin_resource_named, FIELD(admin_resource_named, resource, REQUIRED, 1,
                                  ADMIN_RESOURCE_URI_MAX, "Its URI (RFC 8707)"));
RESULT delete_admin_resource(struct req *r);

#endif
