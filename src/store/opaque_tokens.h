/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_OPAQUE_TOKENS_H
#define UAUTH_STORE_OPAQUE_TOKENS_H

/*
 * Access tokens that say nothing themselves, by their hashes (C1).  Whether what one stands on has
 * been revoked is asked as of any other (store/revocations.h).
 */

#include "store/schema.h"

struct opaque_token_row {
    const char *hash;
    const char *client_id;
    const char *claims; /* JSON (token/claims.h) */
    int64_t expires_at;
};

RESULT opaque_token_add(struct ctx *c, const struct opaque_token_row *row);

/* What it stands for; *claims is NULL if there is none that has not expired. */
RESULT opaque_token_find(struct ctx *c, const char *hash, const char **claims);

#endif
