/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_REFRESH_H
#define UAUTH_TOKEN_REFRESH_H

/*
 * Refresh rotation (RFC 9700 4.14.2).  One transaction uses the token up and stores its successor.
 * The same token again, from the same holder, within the grace window, while the successor is
 * unused and the authorization lives, gets the same successor and a fresh access token; the
 * successor is kept sealed under a key derived from the old token, so that only who holds that can
 * open it.  Anything else revokes the authorization and everything made from it, and is an audit
 * event.
 */

#include "token/issue.h"

/*
 * `token`: as presented; `client_id`: who presents it, proven as well as that client can; `scope`:
 * NULL, or a subset of what was granted (RFC 6749 6).  User, client, tenant and session are looked
 * at anew: roles and permissions are those of now.  INVALID_GRANT when it is unknown, expired,
 * used, revoked or another client's; INVALID_SCOPE when `scope` asks for more, and then nothing is
 * used up.
 */
RESULT refresh_use(struct ctx *c, const char *token, const char *client_id, const char *scope,
                   struct tokens *out);

#endif
