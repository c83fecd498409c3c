/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_URL_H
#define UAUTH_OAUTH_CLIENT_URL_H

/*
 * URLs that a client has registered and that this server calls: whoever may register one must not
 * reach with it what is only to be reached from inside (SR-02).  Hosts of AUTH_INTERNAL_HOSTS are
 * excepted, because the operator names them.
 */

#include "net/outbound.h"
#include "net/url.h"

struct client_metadata;

/*
 * Whether it may be registered: https on port 443 of a host by its name, other than this host's; of
 * a host of `inside` (internal_hosts) also with another port, and by http on loopback.
 */
bool client_url_is_callable(struct texts inside, const struct url *url);

/* Whether it names a host of internal_hosts: what is inside is named by operators alone. */
bool client_url_is_internal(struct ctx *c, const char *url);

/* Who answers for a call to `url` of `metadata`: an operator, unless the client named it itself, or
 * whoever has it in their tenant, also if its host has been listed since. */
enum outbound_origin client_url_origin(struct ctx *c, const struct client_metadata *metadata,
                                       const char *url);

#endif
