/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_RESOURCES_H
#define UAUTH_STORE_RESOURCES_H

/*
 * What access tokens are for: APIs, each named by its URI (RFC 8707).
 */

#include "store/schema.h"

enum { RESOURCE_NAME_MAX = 255 /* bytes */ };

struct resource_row {
    const char *uri;
    const char *name;
    struct texts scopes;  /* that mean something there; none: any */
    const char *metadata; /* JSON, of RFC 9728 and 9396; NULL: {} */
    int64_t created_at, updated_at;
};
struct resource_rows {
    const struct resource_row *at;
    size_t n;
};

/* Adds it, or replaces what is known of it. */
RESULT resource_set(struct ctx *c, const struct resource_row *resource);

/* *out is NULL if there is none. */
RESULT resource_find(struct ctx *c, const char *uri, const struct resource_row **out);

RESULT resource_remove(struct ctx *c, const char *uri, bool *removed);

/* Ordered by URI; page.after is one. */
RESULT resources_page(struct ctx *c, struct page page, struct resource_rows *out);

#endif
