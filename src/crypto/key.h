/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_KEY_H
#define UAUTH_CRYPTO_KEY_H

/*
 * Asymmetric keys for signatures: RSA, EC and Ed25519, as JWK (RFC 7517, 7518, 8037) or PEM.  A key
 * says itself which algorithms it may be used with; a token never does (claim I4).  There is no
 * `none` and no symmetric key here: secrets for HS256 are another type (crypto/jws.h), so that one
 * cannot be taken for the other.
 *
 * A key lives in the arena it was made in.  It is const once made and may be used by any number of
 * threads.
 */

#include "base/ctx.h"
#include "base/json_writer.h"

#include <openssl/types.h>

enum jws_alg {
    ALG_RS256 = 1 << 0,
    ALG_PS256 = 1 << 1,
    ALG_ES256 = 1 << 2,
    ALG_ES384 = 1 << 3,
    ALG_EDDSA = 1 << 4,
    ALG_HS256 = 1 << 5
};
enum { ALGS_ASYMMETRIC = ALG_RS256 | ALG_PS256 | ALG_ES256 | ALG_ES384 | ALG_EDDSA };

enum {
    RSA_BITS = 2048,
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 8192,
    KID_MAX = 64,
    KEYS_MAX = 64,
    JWKS_ITEMS_MAX = 512, /* with those that are left out */
    JWK_BYTES_MAX = 16 * 1024,
    JWKS_BYTES_MAX = 64 * 1024
};

struct key {
    const char *kid;  /* as its JWK says, or its thumbprint; a map key and nothing else */
    unsigned algs;    /* enum jws_alg: what it may be used with; exactly one for keys of our own */
    enum jws_alg alg; /* the first of them: what it signs with */
    bool is_private;
    EVP_PKEY *pkey;
    EVP_MD_CTX *sign;   /* prepared for `alg`, to be copied for each use; NULL for a public key */
    EVP_MD_CTX *verify; /* the same */
};

struct key_set {
    const struct key *const *at;
    size_t n;
    size_t left_out; /* how many keys key_set_read could not use */
};

/* The algorithm called `name` (exact), or 0: "none" and unknown ones.  EdDSA is here with one
 * curve, so that "Ed25519" is another name of it (RFC 9864 2.2). */
enum jws_alg alg_from_name(const char *name);

/* "RS256". */
const char *alg_name(enum jws_alg alg);

/* The names of those in the set `algs`, in the order in which we would choose them. */
struct texts alg_names(struct arena *a, unsigned algs);

/* The same with every name that alg_from_name takes: for what others sign. */
struct texts alg_names_taken(struct arena *a, unsigned algs);

/*
 * A new private key for `alg` in `a`, with its thumbprint as kid.  `rsa_bits`: RSA_BITS, or more up
 * to RSA_BITS_MAX; of no meaning for others.
 */
RESULT key_generate(struct ctx *c, struct arena *a, enum jws_alg alg, unsigned rsa_bits,
                    const struct key **out);

/*
 * Reads one JWK into `a`.  INVALID_REQUEST for: what is not one strict JSON object of at most
 * JWK_BYTES_MAX, an unknown kty or curve, members of the wrong type, length or form, RSA below
 * RSA_BITS_MIN or above RSA_BITS_MAX or of a generator known to be broken (CVE-2017-15361), a point
 * off the curve or of small order, an `alg` that does not go with the key, `use` other than sig,
 * `key_ops` without verify or sign, an `oct` key, private members where `private_allowed` is false,
 * halves of a pair that do not belong together.  Without `alg`, the key is good for all algorithms
 * of its type.  Without `kid`, its thumbprint is its kid.
 */
RESULT key_read_jwk(struct ctx *c, struct arena *a, struct bytes json, bool private_allowed,
                    const struct key **out);

/*
 * Reads a JWK Set (RFC 7517 5) of public keys.  Keys that are not for signatures, or of a kind,
 * size or form not accepted here, are left out and counted; a private or symmetric key, or two keys
 * with one kid and an algorithm in common, spoil the whole set (INVALID_REQUEST), as do more than
 * KEYS_MAX keys, JWKS_ITEMS_MAX values or JWKS_BYTES_MAX.
 */
RESULT key_set_read(struct ctx *c, struct arena *a, struct bytes json, struct key_set *out);

/* The key of the set with this kid that may be used with `alg`, or NULL.  If `kid` is NULL: the
 * only key that may be used with `alg`, or NULL if there are several. */
const struct key *key_find(const struct key_set *set, const char *kid, enum jws_alg alg);

/* What OpenSSL's readers ask for a passphrase: a key with one is one that we cannot read, and
 * nobody is asked at a terminal. */
int key_no_passphrase(char *to, int size, int writing, void *arg);

/*
 * Reads a private key for `alg` from a PEM file (PKCS#8, PKCS#1 or SEC 1, without passphrase) that
 * only its owner can read: opened without following links; a file that others can read or write, or
 * that belongs to another user, is refused (CR-05).  INVALID_REQUEST says what to do.
 */
RESULT key_read_pem(struct ctx *c, struct arena *a, const char *path, enum jws_alg alg,
                    const struct key **out);

/* Whether the PEM public key in the file `path` is the public half of `key`. */
RESULT key_matches_pem(struct ctx *c, const struct key *key, const char *path, bool *matches);

/* The private key as PKCS#8 DER, to be sealed; and back. */
RESULT key_to_private(struct ctx *c, const struct key *key, struct bytes *der);
RESULT key_from_private(struct ctx *c, struct arena *a, struct bytes der, enum jws_alg alg,
                        const struct key **out);

/* Writes the public half as a JWK with kid and use, and alg if there is exactly one. */
void key_write_jwk(struct json_writer *w, const struct key *key);

/* Writes the whole pair (must(): it is private) as a JWK: for export by its owner only. */
void key_write_private_jwk(struct json_writer *w, const struct key *key);

/* The public halves as a JWK Set (RFC 7517 5). */
const char *key_set_write(struct arena *a, const struct key_set *set)
    __attribute__((returns_nonnull));

/* The SHA-256 thumbprint (RFC 7638 3) as base64url. */
const char *key_thumbprint(struct arena *a, const EVP_PKEY *pkey) __attribute__((returns_nonnull));

#endif
