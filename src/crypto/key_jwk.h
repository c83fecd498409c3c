/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_KEY_JWK_H
#define UAUTH_CRYPTO_KEY_JWK_H

/* A JWK as it stands, between its JSON and the key that it becomes. */

#include "base/ctx.h"

#include <openssl/types.h>

/* The members that have a meaning here (RFC 7517 4, RFC 7518 6, RFC 8037 2); NULL: absent. */
struct jwk {
    const char *kty, *crv, *x, *y, *n, *e, *d, *p, *q, *dp, *dq, *qi;
    const char *alg, *use, *kid;
    bool has_k;   /* a symmetric key */
    bool has_oth; /* an RSA key of more than two primes */
    bool has_ops, ops_sign, ops_verify, ops_encrypt;
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

/* The values in the list of keys of a JWK Set, still as they are. */
struct jwk_list {
    const struct bytes *at;
    size_t n;
};

/*
 * Takes a JWK Set (RFC 7517 5) apart.  INVALID_REQUEST: more than JWKS_BYTES_MAX or JWKS_ITEMS_MAX,
 * what is not one strict JSON object, no list of keys.
 */
RESULT jwk_set_split(struct ctx *c, struct bytes json, struct jwk_list *out);

#endif
