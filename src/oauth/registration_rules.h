/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_REGISTRATION_RULES_H
#define UAUTH_OAUTH_REGISTRATION_RULES_H

/*
 * What a client that registers itself may be (CL-11): less than what an operator registers.
 */

#include "oauth/client_metadata.h"
#include "store/client_registrations.h"

/*
 * Reduces `metadata`, which has been checked, in place: members that are for the operator are those
 * of `before` (NULL: as if nobody had set them), scopes are those of
 * AUTH_CLIENT_REGISTRATION_SCOPES and of `before`.  INVALID_CLIENT_METADATA for a grant that is not
 * for whoever comes along: a client that was registered openly acts for its users and not for
 * itself; and for a URL that this server would call at a host of AUTH_INTERNAL_HOSTS, unless it
 * stands in `before`.
 */
RESULT registration_bound(struct ctx *c, enum registration_kind kind,
                          const struct client_metadata *before, struct client_metadata *metadata);

/*
 * INVALID_CLIENT_METADATA for a URL that this server would call at a host of AUTH_INTERNAL_HOSTS,
 * unless it stands in `before` (or NULL): what is inside is named by operators alone.  Sets
 * metadata->foreign_urls to those that are not an operator's in `before`.
 */
RESULT registration_take_calls(struct ctx *c, const struct client_metadata *before,
                               struct client_metadata *metadata);

#endif
