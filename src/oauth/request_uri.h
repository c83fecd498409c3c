/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_REQUEST_URI_H
#define UAUTH_OAUTH_REQUEST_URI_H

/*
 * Request objects by reference (RFC 9101 5.2): from an address that the client has registered in
 * exactly these letters, where AUTH_REQUEST_URI_FETCH allows it (decision 12, SR-01).
 */

#include "oauth/client.h"

/* INVALID_CLIENT_METADATA for addresses that could not be called. */
RESULT request_uris_check(struct ctx *c, const struct client_metadata *metadata);

/*
 * What is at `uri`, as text and unproven.  REQUEST_URI_NOT_SUPPORTED, and nobody is called, unless
 * the setting is on and the client has registered it; INVALID_REQUEST_URI if it cannot be had,
 * whatever the reason (SR-06, SR-11); UNAVAILABLE if so many of our threads wait for servers of
 * clients that no other may.
 */
RESULT request_uri_fetch(struct ctx *c, const struct client *client, const char *uri,
                         const char **object);

#endif
