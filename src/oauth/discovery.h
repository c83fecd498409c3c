/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_DISCOVERY_H
#define UAUTH_OAUTH_DISCOVERY_H

/*
 * What this server can do, for machines: /.well-known/openid-configuration (OpenID Connect
 * Discovery 1.0) and /.well-known/oauth-authorization-server (RFC 8414), from one table.
 */

#include "web/req.h"

RESULT get_discovery(struct req *r);

#endif
