/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_OUTBOUND_PROXY_H
#define UAUTH_NET_OUTBOUND_PROXY_H

/* Which calls go through a proxy. */

#include "net/outbound.h"

/* The proxy for calls to `host` (an IPv6 literal without brackets), or NULL: it is called
 * directly. */
const char *outbound_proxy(const struct ctx *c, const char *host);

/* FORBIDDEN if `host`, which somebody else has named, is an address that is not public, or this
 * host by its name: all that can be said of it without a look-up. */
RESULT outbound_proxy_check(struct ctx *c, const char *host);

#endif
