/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_PASSWORD_IMPORTED_H
#define UAUTH_CRYPTO_PASSWORD_IMPORTED_H

/*
 * Hashes that other systems made: bcrypt and SHA-crypt through libcrypt, scrypt and PBKDF2 through
 * OpenSSL.  For crypto/password.c, behind the gate.
 */

#include "crypto/password_stored.h"

/*
 * Whether `password`, byte for byte, is the one of `stored`, which is not Argon2id.  A password
 * longer than the form can tell apart matches nothing (CR-08).  UNAVAILABLE if there is no memory
 * for it.
 */
RESULT password_imported_matches(struct ctx *c, const struct stored_password *stored,
                                 const char *password, bool *matches);

#endif
