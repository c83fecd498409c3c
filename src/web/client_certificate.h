/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_CLIENT_CERTIFICATE_H
#define UAUTH_WEB_CLIENT_CERTIFICATE_H

/*
 * The certificate that a client has shown with its request (RFC 8705): in the handshake of our own
 * TLS, or to a trusted proxy, which hands it on (RFC 9440).
 */

#include "web/req.h"

/*
 * What was shown, in DER; nothing, if a proxy that speaks HTTP showed it.  From a trusted proxy, if
 * AUTH_CLIENT_CERT_HEADER is on, it is what the fields Client-Cert and Client-Cert-Chain say, and
 * never the proxy's own; from anybody else these fields mean nothing (CL-10).  INVALID_REQUEST if
 * such a field is not well formed.
 */
RESULT client_certificates(struct req *r, struct certificates *out);

/* Its thumbprint, `x5t#S256` (RFC 8705 3.1), or NULL: none was shown. */
RESULT client_certificate_thumbprint(struct req *r, const char **out);

#endif
