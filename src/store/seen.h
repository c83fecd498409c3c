/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_SEEN_H
#define UAUTH_STORE_SEEN_H

/*
 * What may be shown once and is remembered until it expires: `jti` of assertions, request objects
 * and logout tokens.
 */

#include "store/schema.h"

/* Notes `id` of `issuer` for `purpose` until `expires_at`; *first is false if it was noted before.
 */
struct seen_key {
    const char *purpose, *issuer, *id;
};
RESULT seen_add(struct ctx *c, const struct seen_key *key, int64_t expires_at, bool *first);

#endif
