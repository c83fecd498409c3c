/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_DISCOVERY_KEPT_H
#define UAUTH_OAUTH_DISCOVERY_KEPT_H

/*
 * What a node keeps in memory for its discovery document, so that it answers without the database:
 * the types of authorization details, which a job reads, and the document as it was made last.
 */

#include "base/ctx.h"

struct discovery_kept;

/* In `a`; NULL if there is no memory. */
struct discovery_kept *discovery_kept_new(struct arena *a);
void discovery_kept_free(struct discovery_kept *k); /* NULL is fine */

/* Reads which types of authorization details there are (RFC 9396 10); called every second by
 * app/jobs.c and once at start.  `k` may be NULL. */
RESULT discovery_kept_read(struct ctx *c, struct discovery_kept *k);

/* What a document depends on beside the types: it is good for no other. */
struct discovery_of {
    const char *config_version; /* web/config_version.h */
    unsigned algs;              /* that keys sign with now */
    bool own;                   /* the service's own: of tenants nothing is kept but the types */
};

/* A document; `json` is in the arena of whoever has it. */
struct discovery_document {
    struct bytes json;
    const char *etag;
};

/* The kept one, if it is still what would be made; else false, and *types is the JSON list of the
 * types of details, or NULL. */
bool discovery_kept_take(struct ctx *c, const struct discovery_of *of,
                         struct discovery_document *out, const char **types);

/* Keeps `made`, which says `types`; without memory for that nothing is kept. */
void discovery_kept_put(struct ctx *c, const struct discovery_of *of, const char *types,
                        const struct discovery_document *made);

#endif
