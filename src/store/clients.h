/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_CLIENTS_H
#define UAUTH_STORE_CLIENTS_H

/*
 * Applications.  The one called first-party is our own API.
 */

#include "store/schema.h"

#define CLIENT_FIRST_PARTY "first-party"

enum client_status { CLIENT_ACTIVE, CLIENT_DISABLED };

struct client_row {
    const char *id;        /* client_id */
    const char *tenant_id; /* NULL: of all tenants */
    const char *name;
    enum client_status status;
    bool confidential;
    const char *metadata; /* JSON (oauth/client_metadata.h), which has been checked; NULL: {} */
    int64_t created_at, updated_at;
};
struct client_rows {
    const struct client_row *at;
    size_t n;
};

/* *added is false if the id is taken. */
RESULT client_add(struct ctx *c, const struct client_row *client, bool *added);

/* *out is NULL if there is none. */
RESULT client_find(struct ctx *c, const char *id, const struct client_row **out);

/* Those of all tenants and of none, ordered by id. */
RESULT clients_page(struct ctx *c, struct page page, struct client_rows *out);

/* Those of one tenant; `and_of_all` adds those of none, but for our own API. */
RESULT clients_of_tenant(struct ctx *c, const char *tenant_id, bool and_of_all, struct page page,
                         struct client_rows *out);

/*
 * Gives it the name, kind and metadata of `client`; tenant and status stay.  *found is false if
 * there is none.  Not for the first-party API: must().
 */
RESULT client_update(struct ctx *c, const struct client_row *client, bool *found);

/*
 * Removes it with its secrets, consents and all that was granted to it, and revokes the access
 * tokens that are about.  Not for the first-party API: must().
 */
RESULT client_remove(struct ctx *c, const char *id, bool *removed);

/* Ends all that was granted to the clients of a tenant, and all that waits for that, in one
 * transaction of the caller's. */
RESULT clients_end_grants(struct ctx *c, const char *tenant_id);

/* Disabling revokes everything that was granted to it, by one row of `revocations` and at every
 * later look. */
RESULT client_set_status(struct ctx *c, const char *id, enum client_status status, bool *found);

#endif
