/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_AUTH_CERTIFICATE_H
#define UAUTH_OAUTH_CLIENT_AUTH_CERTIFICATE_H

/* The two methods of client authentication that need a certificate (RFC 8705 2). */

#include "oauth/client_auth.h"

/* Whether somebody is believed who signs certificates of clients. */
bool client_auth_has_authorities(const struct config *config);

/* tls_client_auth: one of the authorities signed it, and it has the registered name (RFC 8705 2.1).
 * INVALID_CLIENT (CL-10). */
RESULT client_auth_check_name(struct ctx *c, const struct client *client,
                              const struct client_shown *shown);

/* self_signed_tls_client_auth: it is one of those in the client's JWK Set, and valid now (RFC 8705
 * 2.2).  INVALID_CLIENT. */
RESULT client_auth_check_registered(struct ctx *c, const struct client *client,
                                    const struct client_shown *shown);

/*
 * The certificate that somebody showed, for binding what they get to it.  INVALID_REQUEST: there is
 * none, or it is not sound, or not valid now.
 */
RESULT client_auth_read_certificate(struct ctx *c, const struct certificates *shown,
                                    struct certificate *out);

/* What may be registered of it: exactly one name for tls_client_auth and none else, certificates in
 * the JWK Set for self_signed_tls_client_auth, or where that is to be had.
 * INVALID_CLIENT_METADATA. */
RESULT client_auth_check_metadata(struct ctx *c, const struct client_metadata *metadata);

#endif
