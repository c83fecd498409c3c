/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_TENANT_LOGOS_H
#define UAUTH_STORE_TENANT_LOGOS_H

/*
 * The pictures of tenants: one for each at most, under a name that is made of its bytes.
 */

#include "store/schema.h"

struct tenant_logo {
    const char *name;    /* "0123456789abcdef0123456789abcdef.png" */
    const char *content; /* base64 */
};

/* Puts it in the place of the one that the tenant has. */
RESULT tenant_logo_put(struct ctx *c, const char *tenant_id, const struct tenant_logo *logo);

/* Takes it away, if there is one. */
RESULT tenant_logo_remove(struct ctx *c, const char *tenant_id);

/* The base64 of the picture of this name, of whatever tenant; *content is NULL if there is none. */
RESULT tenant_logo_find(struct ctx *c, const char *name, const char **content);

#endif
