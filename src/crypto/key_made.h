/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_KEY_MADE_H
#define UAUTH_CRYPTO_KEY_MADE_H

/* What the files about keys and signatures share and nobody else needs. */

#include "crypto/key.h"

/* One row of the table of what goes together (RFC 7518 3.1, RFC 8037 3.1). */
struct alg_row {
    enum jws_alg alg;
    const char *name;
    const char *kty;
    const char *crv;     /* of a JWK; NULL: RSA and oct have none */
    const char *group;   /* the curve as OpenSSL calls it, or NULL */
    const char *digest;  /* NULL: the algorithm has its own */
    int type;            /* of EVP_PKEY; 0: symmetric */
    unsigned half_bytes; /* of an ECDSA signature: r and s have this many each, else 0 */
    bool pss;
};

/* The row of `alg`, which is one of the table: must(). */
const struct alg_row *alg_row(enum jws_alg alg);

/* The algorithms that `pkey` goes with by its type and curve; 0 if its size or value is not good
 * enough for any. */
unsigned key_algs_of(const EVP_PKEY *pkey);

/*
 * Makes a key from `plan`: kid (NULL: its thumbprint), algs, is_private and pkey, which `a` owns
 * already.  A pair is tried once: INVALID_REQUEST if what it signs it does not verify.
 */
RESULT key_make(struct ctx *c, struct arena *a, const struct key *plan, const struct key **out);

/* Writes the members of a JWK that are the numbers of `pkey` itself, kty and crv among them. */
void key_write_members(struct json_writer *w, const EVP_PKEY *pkey, bool with_private);

/* Makes `into` ready to sign or verify with `alg`; false on failure. */
bool key_context(const EVP_PKEY *pkey, enum jws_alg alg, bool sign, EVP_MD_CTX *into);

#endif
