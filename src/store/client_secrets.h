/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_CLIENT_SECRETS_H
#define UAUTH_STORE_CLIENT_SECRETS_H

/*
 * Secrets of confidential clients: random, so their SHA-256 is stored.  Two may be live at once, so
 * that one can be replaced while it is in use.
 */

#include "store/schema.h"

enum { CLIENT_SECRETS_MAX = 2 };

struct client_secret_row {
    const char *hash;
    const char *sealed; /* the secret itself, for HMACs (client_secret_jwt), or NULL */
    int64_t created_at;
    int64_t expires_at; /* 0: never */
};
struct client_secret_rows {
    const struct client_secret_row *at;
    size_t n;
};

/*
 * Adds one that never expires.  Those before it end at `end_others` (at once if that has passed; 0:
 * they stay as they are); of more than CLIENT_SECRETS_MAX the oldest go.  CONFLICT if there is no
 * such client.
 */
RESULT client_secret_add(struct ctx *c, const char *client_id,
                         const struct client_secret_row *secret, int64_t end_others);

/* The live ones, newest first. */
RESULT client_secrets_of(struct ctx *c, const char *client_id, struct client_secret_rows *out);

#endif
