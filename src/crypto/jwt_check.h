/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_JWT_CHECK_H
#define UAUTH_CRYPTO_JWT_CHECK_H

/* The two halves of looking at the claims of a token whose signature is good. */

#include "crypto/jwt.h"

/* Fills iss, sub, jti, aud, exp, nbf and iat from the claims, each of the right type or refused. */
RESULT jwt_read_registered(struct ctx *c, struct jwt *jwt);

/* Whether all is as the policy says; refused if not. */
RESULT jwt_check(struct ctx *c, const struct jwt *jwt, const struct jwt_policy *policy);

#endif
