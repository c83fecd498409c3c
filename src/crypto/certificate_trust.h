/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_CERTIFICATE_TRUST_H
#define UAUTH_CRYPTO_CERTIFICATE_TRUST_H

/* Who signed the certificate of a client (RFC 8705 2.1): the authorities that are believed. */

#include "crypto/certificate.h"

enum { CERTIFICATE_DEPTH_MAX = 5 /* of a chain, without its ends */ };

/*
 * The authorities of the PEM file `path`, in `a`; const from then on, for any number of threads.
 * INVALID_FIELD: the file cannot be read, or there is no certificate in it.
 */
RESULT certificate_authorities_read(struct ctx *c, struct arena *a, const char *path,
                                    X509_STORE **out);

/*
 * Why `certificate` is not to be believed at the time `now`, or NULL: a chain leads to one of the
 * `authorities`, perhaps over others of `shown`; all of it is valid then, signed with nothing
 * weaker than 112 bits, and meant for clients of TLS (RFC 5280 6.1, 4.2.1.12).
 */
const char *certificate_distrust(struct arena *a, const struct certificate *certificate,
                                 const struct certificates *shown, X509_STORE *authorities,
                                 int64_t now);

#endif
