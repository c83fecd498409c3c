/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_INVITATIONS_H
#define UAUTH_STORE_INVITATIONS_H

/*
 * Who is invited into which tenant.  The token of the link is a one-time token whose payload is the
 * id of the row; an address has one invitation of a tenant, the newest.
 */

#include "store/schema.h"

struct invitation_row {
    const char *id;
    const char *tenant_id;
    const char *email, *email_entered; /* canonical, and as entered */
    struct texts roles;                /* beside `user` */
    const char *invited_by;            /* or NULL */
    const char *invited_in;            /* the tenant in which they acted; or NULL */
    int64_t created_at, expires_at;
};
struct invitation_rows {
    const struct invitation_row *at;
    size_t n;
};

/* Adds one, instead of the one that the address had; *id is the new one's. */
RESULT invitation_put(struct ctx *c, const struct invitation_row *invitation, const char **id);

/* A live one; *out is NULL if there is none. */
RESULT invitation_find(struct ctx *c, const char *id, const struct invitation_row **out);

/* The live ones of a tenant. */
RESULT invitations_page(struct ctx *c, const char *tenant_id, struct page page,
                        struct invitation_rows *out);

/* The live ones of an address (canonical), of any tenant. */
RESULT invitations_of_email(struct ctx *c, const char *email, struct page page,
                            struct invitation_rows *out);

/* Of all who remove it, one gets *removed. */
RESULT invitation_remove(struct ctx *c, const char *tenant_id, const char *id, bool *removed);

#endif
