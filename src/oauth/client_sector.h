/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_SECTOR_H
#define UAUTH_OAUTH_CLIENT_SECTOR_H

/*
 * Clients that know their users by pairwise subjects (OpenID Connect Core 1.0 8.1): in ID tokens,
 * userinfo, introspection and logout tokens.  What else says who a user is would tell them, so
 * their access tokens are opaque.
 */

#include "identity/subject.h"
#include "oauth/client.h"

/* As whom `client` knows the user. */
RESULT client_subject(struct ctx *c, const struct client *client, const char *user_id,
                      const char **sub);

/* Whether subjects are pairwise. */
bool client_is_pairwise(const struct client_metadata *metadata);

/* A part of client_metadata_check: INVALID_CLIENT_METADATA. */
RESULT client_sector_check(struct ctx *c, const struct client_metadata *metadata);

/*
 * OpenID Connect Registration 1.0 5: fetches sector_identifier_uri, a JSON array in which every
 * redirect URI stands; without that anybody could join a sector.  INVALID_CLIENT_METADATA.  A
 * command, which calls nobody, takes the operator's word.
 */
RESULT client_sector_prove(struct ctx *c, const struct client_metadata *metadata);

#endif
