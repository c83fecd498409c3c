/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_SUBJECT_H
#define UAUTH_IDENTITY_SUBJECT_H

/*
 * As whom a user is known to an application (OpenID Connect Core 1.0 8): by their id, or, to one
 * that has registered for it, by a name that no application of another sector knows them by.
 */

#include "base/ctx.h"
#include "base/text.h"

#define SUBJECT_PUBLIC   "public"
#define SUBJECT_PAIRWISE "pairwise"

/* What a registration says of it. */
struct subject_rules {
    const char *subject_type;          /* NULL: public */
    const char *sector_identifier_uri; /* or NULL */
    struct texts redirect_uris;
};

/*
 * The sector (8.1): the host of sector_identifier_uri, else the one host of all redirect URIs. NULL
 * where there is none: no redirect URI, more than one host, a loopback address or an application's
 * own scheme.
 */
const char *subject_sector(struct arena *a, const struct subject_rules *rules);

/*
 * The sub of `user_id` under these rules.  Of a pairwise one it is an HMAC of sector and user under
 * a key that was made for this database and is sealed in it (8.1, 3), so it is the same for ever
 * and says nothing.  INTERNAL without a sector.
 */
RESULT subject_of(struct ctx *c, const struct subject_rules *rules, const char *user_id,
                  const char **sub);

/* The same by the stored metadata of a client (store/clients.h): *sub is NULL where it is public.
 */
RESULT subject_of_stored(struct ctx *c, const char *metadata, const char *user_id,
                         const char **sub);

#endif
