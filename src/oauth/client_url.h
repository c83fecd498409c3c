/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_URL_H
#define UAUTH_OAUTH_CLIENT_URL_H

/* URLs that a client has registered and that this server calls (upstream_is_callable). */

#include "client/upstreams.h"

struct client_metadata;

/* Who answers for a call to `url` of `metadata`: an operator, unless the client named it itself, or
 * whoever has it in their tenant, also if its host has been listed since. */
enum outbound_origin client_url_origin(struct ctx *c, const struct client_metadata *metadata,
                                       const char *url);

#endif
