/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_KEY_SOUND_H
#define UAUTH_CRYPTO_KEY_SOUND_H

/* Whether a public key that somebody gave us is one that is worth verifying with (RFC 8725 3.4). */

#include <openssl/types.h>

/*
 * What is wrong with the public half of `pkey`, or NULL: an RSA modulus out of RSA_BITS_MIN to
 * RSA_BITS_MAX, even, or of the generator of CVE-2017-15361; an exponent that is even, below 3 or
 * above 32 bits; an Ed25519 point of small order or not in its canonical form.  EC points were
 * checked when OpenSSL read them.
 */
const char *key_flaw(const EVP_PKEY *pkey);

#endif
