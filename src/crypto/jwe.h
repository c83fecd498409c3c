/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_JWE_H
#define UAUTH_CRYPTO_JWE_H

/*
 * JSON Web Encryption in compact form (RFC 7516 3.1), and tokens inside it (RFC 7519 11.2: signed
 * first, then encrypted).  Encryption tells nothing about who sent something: what comes out is
 * still to be verified (crypto/jwt.h).
 *
 * The caller says which algorithms and keys are good; the header can only choose among them.
 * Nothing is ever compressed (JOSE-15).
 */

#include "crypto/encryption_key.h"
#include "crypto/jwe_content.h"
#include "crypto/jws.h"

enum { JWE_BYTES_MAX = 16 * 1024, JWE_PLAIN_MAX = 64 * 1024 };

struct jwe_policy {
    unsigned algs;                      /* enum jwe_alg: those that are good here */
    unsigned encs;                      /* enum jwe_enc: the same */
    const struct encryption_keys *keys; /* private ones: must() */
    enum err_code refusal;              /* what to fail with; 0 is INVALID_TOKEN */
};

/* What came out of an encrypted text. */
struct jwe {
    enum jwe_alg alg;
    enum jwe_enc enc;
    const char *kid; /* NULL: none */
    const char *typ; /* in lower case and without "application/", or NULL */
    const char *cty; /* the same */
    struct bytes plain;
};

/*
 * Decrypts `token`.  Refused before any work with a key: more than JWE_BYTES_MAX, not exactly four
 * dots, base64url that an encoder would not have written, a header that jose_header_read refuses or
 * that brings a key (jwk), an `alg` or `enc` that the policy or the key does not allow, an iv or a
 * tag that does not have its exact length (JOSE-16), an empty ciphertext, an encrypted key that
 * does not have its length, an epk that is not a point of the key's curve (JOSE-20).  All that is
 * found with a key is one failure, with one text and the same work: a wrong encrypted key, tag or
 * padding cannot be told apart (RFC 7516 11.5, JOSE-17).  A kid chooses the key; without one the
 * only key for this algorithm is taken.
 */
RESULT jwe_decrypt(struct ctx *c, const char *token, const struct jwe_policy *policy,
                   struct jwe *out);

/*
 * The JWT that `token` was made of (RFC 7519 5.2: its cty is JWT), for jwt_verify, which refuses
 * one that has another one inside (JOSE-35).
 */
RESULT jwe_decrypt_jwt(struct ctx *c, const char *token, const struct jwe_policy *policy,
                       const char **jwt);

/* For whom and how. */
struct jwe_plan {
    const struct encryption_key *key;
    enum jwe_alg alg; /* one of the key's: must() */
    enum jwe_enc enc;
    const char *typ; /* for the header, or NULL */
    const char *cty; /* the same */
};

/*
 * Encrypts `plain`, 1 to JWE_PLAIN_MAX bytes (else INVALID_REQUEST), for the owner of plan->key;
 * the header says alg, enc, kid and what the plan says.  Content key and iv are new each time.
 */
RESULT jwe_encrypt(struct ctx *c, const struct jwe_plan *plan, struct bytes plain,
                   const char **token);

/* Encrypts a signed JWT: as jwe_encrypt, with the cty that says so. */
RESULT jwe_encrypt_jwt(struct ctx *c, const struct jwe_plan *plan, const char *jwt,
                       const char **token);

#endif
