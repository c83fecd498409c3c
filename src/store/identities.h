/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_IDENTITIES_H
#define UAUTH_STORE_IDENTITIES_H

/*
 * Accounts elsewhere with which a user signs in.  The key is provider, issuer and subject; an
 * address never is (C6).
 */

#include "store/schema.h"

struct identity_row {
    const char *id;
    const char *provider, *issuer, *subject;
    const char *user_id;
    int64_t created_at, last_used_at;
};
struct identity_rows {
    const struct identity_row *at;
    size_t n;
};

/* *id is NULL if this identity is linked already, to whomever, or the user is erased. */
RESULT identity_add(struct ctx *c, const struct identity_row *identity, const char **id);

/* Finds it and notes the use; *out is NULL if there is none. */
RESULT identity_use(struct ctx *c, const char *provider, const char *issuer, const char *subject,
                    const struct identity_row **out);

/* At most PAGE_MAX, by id. */
RESULT identities_of(struct ctx *c, const char *user_id, struct identity_rows *out);

/* Unlinks it, if it is the user's. */
RESULT identity_remove(struct ctx *c, const char *user_id, const char *id, bool *removed);

#endif
