/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_USER_CLAIMS_H
#define UAUTH_OAUTH_USER_CLAIMS_H

/*
 * What a client may learn of a user (OpenID Connect Core 1.0 5.1, 5.4): one table of claims and the
 * scope that each belongs to.  Written to ID tokens and to userinfo.
 */

#include "base/json_writer.h"
#include "identity/access.h"
#include "store/authorizations.h"
#include "store/users.h"

struct user_claims {
    const struct user_row *user;
    const char *tenant_id; /* or NULL */
    struct rights rights;
    struct texts scopes; /* that were granted */
    struct texts names;  /* claims that were asked for one by one */
};

/* What `authorization` lets its client learn, of now; `scopes` may be fewer than it has. *out is
 * written with user NULL if the user is not active any more. */
RESULT user_claims_find(struct ctx *c, const char *user_id, const char *tenant_id,
                        struct user_claims *out);

/* Adds the claims to the open object of `w`: never those that a token says of itself. */
void user_claims_write(struct json_writer *w, const void *claims);

/* The names of all claims, and of the scopes that they belong to, for discovery. */
struct texts user_claims_names(struct arena *a);
struct texts user_claims_scopes(struct arena *a);

/* Those that give the claims `names`. */
struct texts user_claims_scopes_of(struct arena *a, struct texts names);

#endif
