/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_CLIENTS_H
#define UAUTH_API_ADMIN_CLIENTS_H

/*
 * The applications of the caller's tenant; for operators also those of all tenants.  A client may
 * ask for no permission that whoever makes it does not have (AZ-04); what lets it do more than
 * others of its tenant (first_party, audiences, legacy_assertion_aud, an id of one's choice) is for
 * operators.
 */

#include "api/admin.h"
#include "oauth/client_change.h"

struct admin_client {
    const char *client_id, *tenant_id, *status, *client_secret;
    int64_t created_at, updated_at;
    const void *metadata;
};
SHAPE(admin_client, FIELD(admin_client, client_id, REQUIRED, 1, 64, "Id of the client"),
      FIELD(admin_client, tenant_id, NULLABLE, 36, 36, "Its tenant; null: of all tenants"),
      FIELD(admin_client, status, REQUIRED, 6, 8, "active or disabled"),
      FIELD(admin_client, client_secret, SECRET, 1, 256, "Its secret: shown this once"),
      FIELD(admin_client, created_at, REQUIRED | TIME, 0, INT64_MAX, "When it was made"),
      FIELD(admin_client, updated_at, REQUIRED | TIME, 0, INT64_MAX, "When it was last changed"),
      FIELD_OF(admin_client, metadata, REQUIRED, 0, 0, &client_metadata_shape,
               "What it has registered"));
struct admin_client_list {
    struct items clients;
    const char *next;
};
SHAPE(admin_client_list,
      FIELD_OF(admin_client_list, clients, REQUIRED, 0, PAGE_MAX, &admin_client_shape,
               "The clients"),
      FIELD(admin_client_list, next, OPTIONAL, 1, CURSOR_MAX, "There are more, after this"));
RESULT get_admin_clients(struct req *r);
RESULT get_admin_client(struct req *r);

/* How a client is shown. */
struct admin_client admin_client_shown(const struct client_made *made);

struct admin_client_new {
    const char *client_id;
    bool all_tenants;
    const void *metadata;
};
SHAPE(admin_client_new,
      FIELD(admin_client_new, client_id, OPTIONAL, 1, 64, "One is made without; for operators"),
      FIELD(admin_client_new, all_tenants, OPTIONAL, 0, 0, "For all tenants; for operators"),
      FIELD_OF(admin_client_new, metadata, REQUIRED, 0, 0, &client_metadata_shape,
               "What it registers"));
RESULT post_admin_client(struct req *r);
RESULT put_admin_client(struct req *r);

struct admin_client_rotate {
    int64_t overlap;
};
SHAPE(admin_client_rotate, FIELD(admin_client_rotate, overlap, OPTIONAL, 0, 604800,
                                 "Seconds that the secrets before live on"));
RESULT post_admin_client_secret(struct req *r);
RESULT post_admin_client_disable(struct req *r);
RESULT post_admin_client_enable(struct req *r);
RESULT delete_admin_client(struct req *r);

#endif
