/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_KEY_JWK_H
#define UAUTH_CRYPTO_KEY_JWK_H

/* A JWK as it stands, between its JSON and the key that it becomes. */

#include "base/arena.h"

#include <openssl/types.h>

/* The members that have a meaning here (RFC 7517 4, RFC 7518 6, RFC 8037 2); NULL: absent. */
struct jwk {
    const char *kty, *crv, *x, *y, *n, *e, *d, *p, *q, *dp, *dq, *qi;
    const char *alg, *use, *kid;
    bool has_k;   /* a symmetric key */
    bool has_oth; /* an RSA key of more than two primes */
    bool has_ops, ops_sign, ops_verify;
};

/* Reads the object `json` into `out`.  Returns what is wrong with it as JSON or as a JWK, or NULL.
 */
const char *jwk_scan(struct arena *a, struct bytes json, struct jwk *out);

/* Whether there is anything secret in it. */
bool jwk_is_secret(const struct jwk *jwk);

/*
 * Makes the OpenSSL key, for EVP_PKEY_free: with its private half if there is a `d`.  `a` is for
 * the way.  Returns what is wrong with the numbers, or NULL.
 */
const char *jwk_import(struct arena *a, const struct jwk *jwk, EVP_PKEY **out);

#endif
