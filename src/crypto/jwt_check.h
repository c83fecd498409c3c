/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_JWT_CHECK_H
#define UAUTH_CRYPTO_JWT_CHECK_H

/* What jwt.c has of jwt_check.c beside jwt_check. */

#include "crypto/jwt.h"

/* Fills iss, sub, jti, aud, exp, nbf and iat from the claims, each of the right type or refused. */
RESULT jwt_read_registered(struct ctx *c, struct jwt *jwt);

#endif
