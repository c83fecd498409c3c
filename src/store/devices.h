/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_DEVICES_H
#define UAUTH_STORE_DEVICES_H

/*
 * Browsers on which a user has signed in before: they keep their own allowance of attempts, so that
 * nobody else can lock their owner out (RL-09).  They die with the password.
 */

#include "store/schema.h"

enum { DEVICES_MAX = 20 }; /* per user; the one not seen for longest goes */

struct device_row {
    const char *id;
    const char *user_id;
    const char *address, *user_agent; /* when last seen; or NULL */
    int64_t created_at, last_seen_at, expires_at;
};
struct device_rows {
    const struct device_row *at;
    size_t n;
};

/* Adds one until `expires_at`, for c->origin; *id is NULL if the user is not active. */
RESULT device_add(struct ctx *c, const char *user_id, const char *hash, int64_t expires_at,
                  const char **id);

/* The live device of this user whose cookie hashes to `hash`, or NULL. */
RESULT device_find(struct ctx *c, const char *user_id, const char *hash,
                   const struct device_row **out);

/* Notes a sign-in on it. */
RESULT device_seen(struct ctx *c, const char *id, int64_t expires_at);

RESULT devices_of(struct ctx *c, const char *user_id, struct device_rows *out);
RESULT device_remove(struct ctx *c, const char *user_id, const char *id, bool *removed);

#endif
