/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_CERTIFICATE_H
#define UAUTH_CRYPTO_CERTIFICATE_H

/*
 * Certificates of clients (RFC 8705): what they are called, and whether one is the one that is
 * registered.  Who signed them is looked at in crypto/certificate_trust.h.
 */

#include "base/ctx.h"

#include <openssl/types.h>

enum { CERTIFICATE_BYTES_MAX = 16 * 1024, CERTIFICATE_NAME_MAX = 1024, CERTIFICATES_MAX = 8 };

/* Certificates in DER, as somebody showed them: their own first, then those that lead from it to an
 * authority.  None: n is 0. */
struct certificates {
    const struct bytes *at;
    size_t n;
};

/* It lives in the arena it was read into. */
struct certificate {
    struct bytes der;
    const char *thumbprint; /* `x5t#S256` (RFC 8705 3.1): the SHA-256 of the DER, as base64url */
    const char *subject;    /* as RFC 4514 writes it; "" if it has none */
    X509 *x509;
};

/*
 * Reads one certificate.  INVALID_REQUEST: not exactly one in DER, more than CERTIFICATE_BYTES_MAX,
 * with a key that is not one to rely on (key_flaw), or with a subject that is not text.
 */
RESULT certificate_read(struct ctx *c, struct arena *a, struct bytes der, struct certificate *out);

/*
 * The bytes of the fields Client-Cert and, unless NULL, Client-Cert-Chain, which a proxy writes
 * (RFC 9440 2.2, 2.3): base64 with padding between two colons, in the second separated by commas.
 * INVALID_REQUEST for anything else, and for more than CERTIFICATES_MAX.
 */
RESULT certificates_read_fields(struct ctx *c, struct arena *a, const char *own, const char *chain,
                                struct certificates *out);

/* The SHA-256 of a certificate in DER as base64url: `x5t#S256`. */
const char *certificate_thumbprint(struct arena *a, struct bytes der)
    __attribute__((returns_nonnull));

/* Whether `now` lies between its beginning and its end. */
bool certificate_is_valid_at(const struct certificate *certificate, int64_t now);

/* What a client may be known by (RFC 8705 2.1.2). */
enum certificate_name {
    CERTIFICATE_SUBJECT_DN, /* tls_client_auth_subject_dn */
    CERTIFICATE_SAN_DNS,    /* tls_client_auth_san_dns */
    CERTIFICATE_SAN_URI,    /* tls_client_auth_san_uri */
    CERTIFICATE_SAN_IP,     /* tls_client_auth_san_ip */
    CERTIFICATE_SAN_EMAIL   /* tls_client_auth_san_email */
};

/*
 * Whether a client may be registered with this name: 1 to CERTIFICATE_NAME_MAX bytes without
 * control characters; a subject as distinguished_name_read takes it; an IP address as
 * certificate_has_name reads it; others ASCII, a dNSName without '*', a URI with ':', an address of
 * mail with '@'.
 */
bool certificate_name_is_sound(struct arena *a, enum certificate_name kind, const char *name);

/*
 * Whether the certificate has exactly this name.  Subjects are compared as distinguished_name_equal
 * does, dNSNames whatever their case, addresses of mail whatever the case of the domain (RFC 5280
 * 7.5), IP addresses by their value (dotted decimals without leading zeros, or colons), URIs letter
 * by letter.  There are no wildcards, in the certificate neither; a name in it with a NUL inside is
 * none (CL-10).  False for a name that is not sound.
 */
bool certificate_has_name(struct arena *a, const struct certificate *certificate,
                          enum certificate_name kind, const char *name);

/*
 * Whether the certificate is one of those that a client registered (RFC 8705 2.2.2): the first in
 * the `x5c` of a key in its JWK Set, byte for byte.  INVALID_REQUEST if `jwks` is not a JWK Set.
 */
RESULT certificate_is_registered(struct ctx *c, const struct certificate *certificate,
                                 struct bytes jwks, bool *registered);

/*
 * How many certificates a client registers with `jwks`.  INVALID_REQUEST if it is not a JWK Set, or
 * certificate_read refuses one of them, or its key is not that of the JWK (RFC 7517 4.7).
 */
RESULT certificates_registered(struct ctx *c, struct bytes jwks, size_t *n);

#endif
