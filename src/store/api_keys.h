/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_API_KEYS_H
#define UAUTH_STORE_API_KEYS_H

/*
 * The keys of services.  A key is found by its id, which is a part of it, and proven by its hash.
 * What it lets in is what its user may, and never more than its own permissions.
 */

#include "store/schema.h"

struct api_key_row {
    const char *id;
    const char *tenant_id;
    const char *user_id; /* who made it, and for whom it acts */
    const char *name;
    struct texts permissions;
    int64_t created_at, expires_at;
    int64_t last_used_at; /* to the minute; 0: never */
};
struct api_key_rows {
    const struct api_key_row *at;
    size_t n;
};

enum api_key_state {
    API_KEY_UNKNOWN,
    API_KEY_EXPIRED,
    API_KEY_DENIED, /* its user is not active, or no member; its tenant is or was suspended */
    API_KEY_LIVE
};

/* What there is to a key's id: *hash, to compare with, and *out; both NULL if it is unknown. */
RESULT api_key_find(struct ctx *c, const char *id, enum api_key_state *state, const char **hash,
                    const struct api_key_row **out);

/* Adds one with the id, tenant, user, name, permissions and end of `row`.  *done is false if the
 * user has `max` keys in the tenant already. */
RESULT api_key_add(struct ctx *c, const struct api_key_row *row, const char *hash, int64_t max,
                   bool *done);

/* Notes that it is used now. */
RESULT api_key_touch(struct ctx *c, const char *id);

/* Those of a tenant, expired ones among them until they are swept away. */
RESULT api_keys_page(struct ctx *c, const char *tenant_id, struct page page,
                     struct api_key_rows *out);

/* Those of a user in all tenants. */
RESULT api_keys_of_user(struct ctx *c, const char *user_id, struct page page,
                        struct api_key_rows *out);

/* Of all who remove it, one gets *removed. */
RESULT api_key_remove(struct ctx *c, const char *tenant_id, const char *id, bool *removed);

#endif
