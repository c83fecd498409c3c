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

/* Only the second is a yes; the third says that there was no memory to look.  For EdDSA OpenSSL
 * does not tell: there it is wrong. */
enum signature_answer { SIGNATURE_WRONG, SIGNATURE_RIGHT, SIGNATURE_UNKNOWN };

/*
 * Whether `signature` of `in` was made with the private half of `key` and `alg`.  Wrong also for a
 * signature of any other length than the algorithm's, an `alg` that is not one of the key's, and
 * whatever else than memory fails on the way.
 */
enum signature_answer signature_check(const struct key *key, enum jws_alg alg, struct bytes in,
                                      struct bytes signature);

/* The same where only the yes counts. */
bool signature_holds(const struct key *key, enum jws_alg alg, struct bytes in,
                     struct bytes signature);

#endif
