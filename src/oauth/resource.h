/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_RESOURCE_H
#define UAUTH_OAUTH_RESOURCE_H

/* Resource indicators (RFC 8707): which APIs a client may ask tokens for. */

#include "oauth/client.h"

/*
 * INVALID_TARGET unless each of `uris` is registered or our own API, and one of those that the
 * client is bound to, if it is bound to any.
 */
RESULT resource_check(struct ctx *c, const struct client *client, struct texts uris);

#endif
