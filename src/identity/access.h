/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_ACCESS_H
#define UAUTH_IDENTITY_ACCESS_H

/*
 * What somebody may: roles and permissions in one tenant, and what a scope makes of them.  A
 * permission is `resource:action`.  Held ones may be wild: `users:*` covers every action on users,
 * `admin:*` covers everything; a wanted one is never wild.
 */

#include "base/ctx.h"
#include "base/text.h"

struct rights {
    struct texts roles, permissions; /* sorted, each once */
};

/* The rights of a user in `tenant_id`; NULL: without a tenant, which is none at all (decision 5).
 * Looked up anew; whether the membership lives is for the caller to have asked. */
RESULT rights_of(struct ctx *c, const char *user_id, const char *tenant_id, struct rights *out);

/* Whether holding `held` allows `wanted`; either may be NULL, which covers nothing.  What is not
 * `resource:action` is covered by nothing. */
bool permission_covers(const char *held, const char *wanted);

/* Whether any of `held` does. */
bool permissions_cover(struct texts held, const char *wanted);

/* A list of scopes as RFC 6749 3.3 writes it, split; INVALID_SCOPE if it is not well formed (each
 * is 1 or more of %x21 / %x23-5B / %x5D-7E, one space between), has more than SCOPES_MAX entries,
 * or names one twice. */
enum { SCOPES_MAX = 64 };
RESULT scopes_read(struct ctx *c, const char *scope, struct texts *out);

/* What is granted of `asked` (n = 0: everything) to somebody with `permissions`: those of `asked`
 * that the permissions cover, in the order asked; if nothing was asked, the permissions themselves.
 * May be empty (decision 3). */
struct texts scopes_granted(struct arena *a, struct texts asked, struct texts permissions);

/* Whether every one of `wanted` is among `granted`. */
bool scopes_hold(struct texts granted, struct texts wanted);

/*
 * The permissions that a token of these scopes carries: what both lists allow.  These are those of
 * `permissions` that are a scope or that a scope covers, and those scopes that a wild permission
 * covers; sorted, each once.  A narrower scope is a narrower token.
 */
struct texts permissions_within(struct arena *a, struct texts permissions, struct texts scopes);

/* One row of permissions.def. */
struct permission_row {
    const char *text, *least_role, *summary;
};
const struct permission_row *permission_rows(size_t *n);

#endif
