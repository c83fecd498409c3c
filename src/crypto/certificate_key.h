/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_CERTIFICATE_KEY_H
#define UAUTH_CRYPTO_CERTIFICATE_KEY_H

/*
 * A private key with the certificate of its public half: what an application shows to Entra ID
 * instead of a secret.
 */

#include "crypto/certificate.h"
#include "crypto/key.h"

struct certificate_key {
    const struct key *key;  /* signs with the algorithm that was asked for; its kid is of no use */
    struct certificate own; /* certificate.thumbprint is `x5t#S256` */
    struct texts x5c;       /* base64 of the DER, own first (RFC 7515 4.1.6) */
};

enum { CERTIFICATE_KEY_BYTES_MAX = 128 * 1024 };

/*
 * Reads the file `path` into `a`: PEM with the key and the certificates in any order, or PKCS#12.
 * `passphrase`: of the key or the file, or NULL.  The file is one that secret_file_read takes.
 * INVALID_REQUEST says what to do: no key, no certificate of it, a wrong passphrase, more than
 * CERTIFICATES_MAX, a key that is not for `alg`.
 */
RESULT certificate_key_read(struct ctx *c, struct arena *a, const char *path,
                            const char *passphrase, enum jws_alg alg, struct certificate_key *out);

/* The same of bytes that are at hand. */
RESULT certificate_key_parse(struct ctx *c, struct arena *a, struct bytes in,
                             const char *passphrase, enum jws_alg alg, struct certificate_key *out);

#endif
