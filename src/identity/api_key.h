/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_API_KEY_H
#define UAUTH_IDENTITY_API_KEY_H

/*
 * API keys: with one a service acts for whoever made it, in one tenant.  It holds some of the
 * permissions that its maker had when it was made, and at each use lets in no more of them than the
 * maker has then (AZ-07): who loses a right loses it for their keys, too.  The key itself is shown
 * once and kept as a hash.  It ends when it expires or is revoked, and with its maker: when they
 * are disabled, erased or leave the tenant, or their password is reset (store/endings.h).
 */

#include "identity/authority.h"
#include "store/api_keys.h"

enum {
    API_KEY_NAME_MAX = 100,
    API_KEYS_MAX = 100 /* that one user has in one tenant */
};

struct api_key_new {
    const struct actor *maker; /* for whom it acts, and in which tenant */
    bool by_command;           /* the maker was named on the machine, and does not ask */
    const char *name;          /* 1 to API_KEY_NAME_MAX characters on one line */
    struct texts permissions;  /* at least one */
    int64_t expires_at;        /* in the future, within config.api_key_max_days */
};

/* A key as it is now. */
struct api_key_made {
    const struct api_key_row *row;
    const char *key; /* the key itself, where it was just made; or NULL */
};

/*
 * Makes one, and writes to the maker of it (AU-10); inside authority_act.  INVALID_FIELD; FORBIDDEN
 * for a permission that the maker does not have; CONFLICT beyond API_KEYS_MAX.
 */
RESULT api_key_create(struct ctx *c, const struct api_key_new *key, struct api_key_made *out);

/* The key `id` of the tenant.  NOT_FOUND. */
RESULT api_key_load(struct ctx *c, const char *tenant_id, const char *id,
                    const struct api_key_row **out);

/*
 * Ends one: one's own, or that of a member who may no more than the actor, inside authority_act; a
 * NULL actor is a command on the machine.  NOT_FOUND; FORBIDDEN.
 */
RESULT api_key_revoke(struct ctx *c, const struct actor *actor, const char *tenant_id,
                      const char *id);

/*
 * The key that a caller shows, what it lets in now, and notes the use (at most once a minute, and
 * where it can be written).  INVALID_TOKEN for everything that is no live key.
 */
struct api_key_used {
    const struct api_key_row *row;
    struct texts permissions;
};
RESULT api_key_use(struct ctx *c, const char *key, struct api_key_used *out);

#endif
