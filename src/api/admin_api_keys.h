/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_API_KEYS_H
#define UAUTH_API_ADMIN_API_KEYS_H

/*
 * The API keys of the caller's tenant.  One makes a key for oneself; it never holds more than one
 * has (AZ-04).  Who may write keys sees all of the tenant and ends those of who may no more than
 * they do.
 */

#include "api/admin.h"
#include "store/api_keys.h"

struct admin_api_key {
    const char *id, *name, *user_id;
    struct texts permissions;
    int64_t created_at, expires_at, last_used_at;
    const char *key;
};
SHAPE(admin_api_key, FIELD(admin_api_key, id, REQUIRED, 36, 36, "Id of the key"),
      FIELD(admin_api_key, name, REQUIRED, 1, 100, "What it is for"),
      FIELD(admin_api_key, user_id, REQUIRED, 36, 36, "Who made it, and for whom it acts"),
      FIELD(admin_api_key, permissions, REQUIRED, 1, 100,
            "What it allows, as long as its maker may it"),
      FIELD(admin_api_key, created_at, REQUIRED | TIME, 0, INT64_MAX, "When it was made"),
      FIELD(admin_api_key, expires_at, REQUIRED | TIME, 0, INT64_MAX, "When it ends"),
      FIELD(admin_api_key, last_used_at, OPTIONAL | TIME, 0, INT64_MAX,
            "When it was last used, to the minute"),
      FIELD(admin_api_key, key, SECRET, 1, 128, "The key itself: shown this once"));
struct admin_api_key_list {
    struct items api_keys;
    const char *next;
};
SHAPE(admin_api_key_list,
      FIELD_OF(admin_api_key_list, api_keys, REQUIRED, 0, PAGE_MAX, &admin_api_key_shape,
               "The keys; one that has expired stays for thirty days"),
      FIELD(admin_api_key_list, next, OPTIONAL, 1, CURSOR_MAX, "There are more, after this"));
RESULT get_admin_api_keys(struct req *r);
RESULT get_admin_api_key(struct req *r);

/* How a key is shown; `key`: as it is this once, else NULL. */
struct admin_api_key admin_api_key_of(const struct api_key_row *row, const char *key);

struct admin_api_key_new {
    const char *name;
    struct texts permissions;
    int64_t expires_at;
};
SHAPE(admin_api_key_new, FIELD(admin_api_key_new, name, REQUIRED, 1, 100, "What it is for"),
      FIELD(admin_api_key_new, permissions, REQUIRED, 1, 100,
            "What it allows: resource:action, of what one has oneself"),
      FIELD(admin_api_key_new, expires_at, REQUIRED | TIME, 0, INT64_MAX,
            "When it ends, within AUTH_API_KEY_MAX_DAYS"));
RESULT post_admin_api_key(struct req *r);
RESULT delete_admin_api_key(struct req *r);

#endif
