/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_SIGNATURE_H
#define UAUTH_CRYPTO_SIGNATURE_H

/*
 * Bare signatures in the form that JWS gives them (RFC 7518 3, RFC 8037 3.1): for ECDSA r and s
 * side by side, each as long as the curve's order.  What is signed and why is the caller's business
 * (crypto/jws.h).
 *
 * About faults while signing (CR-12): OpenSSL checks each RSA signature that it made by the Chinese
 * remainder theorem against the public key and makes it anew without if the check fails; its ECDSA
 * nonces are random and mixed with the private key and the message; EdDSA has no nonce that a
 * random source could spoil.
 */

#include "crypto/key.h"

/* Signs `in` with `alg`, one of the private key's (must()). */
RESULT signature_make(struct ctx *c, const struct key *key, enum jws_alg alg, struct bytes in,
                      struct bytes *out);

/*
 * Whether `signature` of `in` was made with the private half of `key` and `alg`.  False also for a
 * signature of any other length than the algorithm's, an `alg` that is not one of the key's, and
 * whatever goes wrong on the way.
 */
bool signature_holds(const struct key *key, enum jws_alg alg, struct bytes in,
                     struct bytes signature);

#endif
