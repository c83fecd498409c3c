/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_CONSENTS_H
#define UAUTH_STORE_CONSENTS_H

/*
 * What a user has allowed a client, so that it need not be asked again: one row for each client.
 * What was granted under it is in `authorizations`.
 */

#include "store/schema.h"

struct consent_row {
    const char *client_id;
    const char *client_name;
    struct texts scopes;
    int64_t created_at, updated_at;
    int64_t shown_at; /* when the user read where the client sends them; 0: never */
};
struct consent_rows {
    const struct consent_row *at;
    size_t n;
};

/* *out is NULL if there is none. */
RESULT consent_find(struct ctx *c, const char *user_id, const char *client_id,
                    const struct consent_row **out);

/* Remembers `scopes`, in place of what was remembered before; the user has read where it goes. */
RESULT consent_set(struct ctx *c, const char *user_id, const char *client_id, struct texts scopes);

/* The same for a device, which goes nowhere. */
RESULT consent_set_for_device(struct ctx *c, const char *user_id, const char *client_id,
                              struct texts scopes);

/*
 * Forgets it, and revokes everything that the user granted the client, with rows of `revocations`;
 * *revoked is false if there was nothing of either.
 */
RESULT consent_revoke(struct ctx *c, const char *user_id, const char *client_id, bool *revoked);

/* All of a user, ordered by client; page.after is a client_id. */
RESULT consents_of(struct ctx *c, const char *user_id, struct page page, struct consent_rows *out);

#endif
