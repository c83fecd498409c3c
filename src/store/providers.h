/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_PROVIDERS_H
#define UAUTH_STORE_PROVIDERS_H

/*
 * With whom people may sign in.  What `metadata` (JSON) holds is the business of
 * federation/provider_metadata.h.
 */

#include "store/schema.h"

struct provider_row {
    const char *id; /* in addresses: [a-z0-9-]{1,32} */
    const char *kind;
    const char *name; /* that people see */
    bool disabled;
    bool foreign; /* the API has named its URLs, and not only this machine */
    const char *metadata;
    const char *sealed; /* secret or key, sealed for "provider secret" and the id; or NULL */
    int64_t created_at, updated_at;
};
struct provider_rows {
    const struct provider_row *at;
    size_t n;
};

/* *added is false if there is one of this id. */
RESULT provider_add(struct ctx *c, const struct provider_row *provider, bool *added);

/* *out is NULL if there is none. */
RESULT provider_row_find(struct ctx *c, const char *id, const struct provider_row **out);

/* By id. */
RESULT provider_rows_page(struct ctx *c, struct page page, struct provider_rows *out);

/* At most PAGE_MAX, by id. */
RESULT provider_rows_list(struct ctx *c, struct provider_rows *out);

/* Everything but id and kind. */
RESULT provider_update(struct ctx *c, const struct provider_row *provider, bool *found);

/* Makes `domains` those of the provider, in lower case; *taken is one that is another's, or NULL.
 */
RESULT provider_domains_set(struct ctx *c, const char *id, struct texts domains,
                            const char **taken);

/* The active provider whose domain it is; *id is NULL if there is none. */
RESULT provider_of_domain(struct ctx *c, const char *domain, const char **id);

/* Whether any active provider has one. */
RESULT provider_domains_exist(struct ctx *c, bool *exist);

/* With the identities that people have there. */
RESULT provider_remove(struct ctx *c, const char *id, bool *removed);

#endif
