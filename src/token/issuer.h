/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_ISSUER_H
#define UAUTH_TOKEN_ISSUER_H

/*
 * Whose tokens a unit of work makes and takes.  There is the service's own issuer, which the
 * settings name, and one of each tenant that has one of its own (setting `issuer`): another `iss`,
 * other keys, other addresses, other clients.  c->issuer and c->keys always go together, so that a
 * token of one is verified by no key of another; c->issuer is NULL at the service's own.
 *
 * A tenant's is at /t/{slug}: what stands in the table of routes for an issuer is there, too, with
 * that before it, or, of the documents of RFC 8414 3.1, behind it.
 */

#include "base/ctx.h"
#include "base/text.h"

struct tenant_row;

struct issuer {
    const char *url;  /* iss; its addresses are this and what stands in the table of routes */
    const char *path; /* of url: "/t/acme" */
    const char *tenant_id;
};

/* What stands before the path of an endpoint at the issuer of `c`: "" at the service's own. */
const char *issuer_path(const struct ctx *c) __attribute__((returns_nonnull));

/* Of a path at a tenant's issuer: the slug, which points into it, and the path in the table. */
struct issuer_place {
    struct bytes slug;
    const char *path;
};

/* False for any other path. */
bool issuer_place_of(const char *path, struct issuer_place *out);

/* From now on `c` is at the issuer of the tenant `slug`.  NOT_FOUND if no active tenant of that
 * name has one.  Outside db_atomically, as issuer_enter. */
RESULT issuer_enter_slug(struct ctx *c, const char *slug);

/* At the issuer that clients of the tenant `tenant_id` have: its own, else the service's (also for
 * NULL). */
RESULT issuer_enter(struct ctx *c, const char *tenant_id);

/* The same for who only looks at what holds there: without keys, so that it may be inside
 * db_atomically.  NULL: the service's own. */
RESULT issuer_look(struct ctx *c, const char *tenant_id);
RESULT issuer_look_slug(struct ctx *c, const char *slug);

/* Whether the clients of the tenant (NULL: of all) have the issuer of `c`: each has exactly one. */
RESULT issuer_has_clients_of(struct ctx *c, const struct tenant_row *tenant, bool *has);

/* What that issuer is called. */
RESULT issuer_url_of(struct ctx *c, const char *tenant_id, const char **url);

/* At the service's own; a copy of `c` for a part of its work. */
struct ctx issuer_own(const struct ctx *c);

/* The keys of the issuer of the tenant `slug`, suspended or not, or those of `c` (NULL): for who
 * administers them.  As issuer_enter_slug. */
RESULT issuer_keys(struct ctx *c, const char *slug, struct keyring **keys);

#endif
