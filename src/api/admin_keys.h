/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_KEYS_H
#define UAUTH_API_ADMIN_KEYS_H

/* The signing keys of the service and of issuers of tenants: seeing them, and starting a rotation.
 * For operators. */

#include "api/admin.h"

struct admin_key {
    const char *kid, *alg, *state;
    int64_t created_at, activates_at, retires_at, expires_at;
};
SHAPE(admin_key, FIELD(admin_key, kid, REQUIRED, 1, 64, "Id of the key"),
      FIELD(admin_key, alg, REQUIRED, 2, 16, "Its algorithm"),
      FIELD(admin_key, state, REQUIRED, 4, 7, "next, current or retired"),
      FIELD(admin_key, created_at, REQUIRED | TIME, 0, INT64_MAX, "When it was made"),
      FIELD(admin_key, activates_at, REQUIRED | TIME, 0, INT64_MAX, "From when on it signs"),
      FIELD(admin_key, retires_at, REQUIRED | TIME, 0, INT64_MAX, "When it is due to be replaced"),
      FIELD(admin_key, expires_at, OPTIONAL | TIME, 0, INT64_MAX,
            "Retired: until when it is published"));
struct admin_key_list {
    struct items keys;
};
SHAPE(admin_key_list,
      FIELD_OF(admin_key_list, keys, REQUIRED, 0, 100, &admin_key_shape, "The keys, newest first"));
struct admin_key_query {
    const char *tenant;
};
SHAPE(admin_key_query,
      FIELD(admin_key_query, tenant, OPTIONAL, 1, 63,
            "Slug of a tenant with an issuer of its own; none: the service's keys"));
RESULT get_admin_keys(struct req *r);

struct admin_key_rotate {
    const char *tenant;
    bool emergency;
};
SHAPE(admin_key_rotate,
      FIELD(admin_key_rotate, tenant, OPTIONAL, 1, 63,
            "Slug of a tenant with an issuer of its own; none: the service's keys"),
      FIELD(admin_key_rotate, emergency, OPTIONAL, 0, 0,
            "Sign with the new key at once; refuse all that the old one signed"));
RESULT post_admin_key_rotate(struct req *r);

#endif
