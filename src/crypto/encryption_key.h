/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_ENCRYPTION_KEY_H
#define UAUTH_CRYPTO_ENCRYPTION_KEY_H

/*
 * Keys for encryption: RSA, and EC on P-256 and P-384, as JWK.  They are another type than the keys
 * for signatures (crypto/key.h), so that one cannot be taken for the other (CR-14).  As there, a
 * key says itself what it may be used with, and a token never does (claim I4).
 *
 * A key lives in the arena it was made in.  It is const once made and may be used by any number of
 * threads.
 */

#include "crypto/key.h"

/* How the key of the content gets to the reader (RFC 7518 4).  RSA-OAEP with SHA-1, RSA1_5, dir,
 * PBES2 and keys wrapped with a shared secret are not here and cannot be asked for. */
enum jwe_alg { JWE_RSA_OAEP_256 = 1 << 0, JWE_ECDH_ES = 1 << 1, JWE_ECDH_ES_A256KW = 1 << 2 };
enum { JWE_ALGS = JWE_RSA_OAEP_256 | JWE_ECDH_ES | JWE_ECDH_ES_A256KW };

struct encryption_key {
    const char *kid; /* as its JWK says, or its thumbprint */
    unsigned algs;   /* enum jwe_alg: what it may be used with */
    bool is_private;
    EVP_PKEY *pkey;
};

struct encryption_keys {
    const struct encryption_key *const *at;
    size_t n;
    size_t left_out; /* how many keys encryption_keys_read could not use */
};

/* The algorithm called `name` (exact), or 0: unknown and unsupported ones. */
enum jwe_alg jwe_alg_from_name(const char *name);

/* "RSA-OAEP-256". */
const char *jwe_alg_name(enum jwe_alg alg);

/* A new private key for `alg` alone in `a`, with its thumbprint as kid: RSA of RSA_BITS, or P-256.
 */
RESULT encryption_key_generate(struct ctx *c, struct arena *a, enum jwe_alg alg,
                               const struct encryption_key **out);

/*
 * Reads one JWK into `a`.  INVALID_REQUEST for what key_read_jwk refuses, but that here `use` is
 * enc, `key_ops` has one of encrypt, decrypt, wrapKey, unwrapKey, deriveKey and deriveBits, and
 * `alg` is one of enum jwe_alg.  Without `alg`, the key is good for all algorithms of its type.
 */
RESULT encryption_key_read_jwk(struct ctx *c, struct arena *a, struct bytes json,
                               bool private_allowed, const struct encryption_key **out);

/*
 * Reads the public keys for encryption of a JWK Set, which may also hold keys for signatures: the
 * other half of what key_set_read reads, with the same bounds and refusals.
 */
RESULT encryption_keys_read(struct ctx *c, struct arena *a, struct bytes json,
                            struct encryption_keys *out);

/* The key of the set with this kid that may be used with `alg`, or NULL.  If `kid` is NULL: the
 * only key that may be used with `alg`, or NULL if there are several. */
const struct encryption_key *encryption_key_find(const struct encryption_keys *keys,
                                                 const char *kid, enum jwe_alg alg);

/*
 * The key to encrypt to its owner with (OpenID Connect Core 10.2): the first that is for `alg`
 * alone, else the first that may be used with it; NULL if there is none.
 */
const struct encryption_key *encryption_key_choose(const struct encryption_keys *keys,
                                                   enum jwe_alg alg);

/* Writes the public half as a JWK with kid and use, and alg if there is exactly one. */
void encryption_key_write_jwk(struct json_writer *w, const struct encryption_key *key);

/* Writes the whole pair (must(): it is private) as a JWK: for export by its owner only. */
void encryption_key_write_private_jwk(struct json_writer *w, const struct encryption_key *key);

#endif
