/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_PASSWORD_TEXT_H
#define UAUTH_CRYPTO_PASSWORD_TEXT_H

/*
 * A typed password as the bytes that are hashed.
 */

#include "base/ctx.h"

/*
 * `typed` in NFC; ASCII byte for byte.  INVALID_FIELD (`field` "password") if it is not UTF-8 or
 * has more than PASSWORD_BYTES_MAX bytes, before any other work.
 */
RESULT password_text(struct ctx *c, const char *typed, const char **nfc);

#endif
