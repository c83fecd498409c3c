/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_METADATA_OWN_H
#define UAUTH_OAUTH_CLIENT_METADATA_OWN_H

/* The members of a registration that are our own: a part of client_metadata_check. */

#include "oauth/client_metadata.h"

/* INVALID_CLIENT_METADATA naming the member. */
RESULT client_metadata_check_own(struct ctx *c, const struct client_metadata *metadata);

#endif
