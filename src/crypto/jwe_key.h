/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_JWE_KEY_H
#define UAUTH_CRYPTO_JWE_KEY_H

/*
 * How the key of a content (CEK) gets to the reader (RFC 7518 4): encrypted with RSA-OAEP-256,
 * agreed upon with ECDH-ES, or wrapped with what was agreed upon.  For crypto/jwe.c alone.
 */

#include "crypto/encryption_key.h"
#include "crypto/jose_header.h"
#include "crypto/jwe_content.h"

/* The key of one content, and what the reader needs to find it again. */
struct jwe_cek {
    uint8_t key[JWE_CEK_BYTES];
    struct bytes encrypted; /* no bytes for ECDH-ES */
    const char *epk;        /* the ephemeral public key as a JWK; NULL for RSA-OAEP-256 */
};

/* Makes a new one for the owner of `key`, whose algorithms hold `alg`: must(). */
RESULT jwe_cek_make(struct ctx *c, const struct encryption_key *key, enum jwe_alg alg,
                    enum jwe_enc enc, struct jwe_cek *out);

/*
 * Finds it again with the private `key` (must()), from `encrypted` and what the header says.
 * Returns what is wrong that everybody can see, or NULL: a length that is not the algorithm's, an
 * epk that is not a public point of the key's curve, apu or apv that is not base64url.  What only
 * the owner of the key could see is not told: then `cek` is a random one, which no content was
 * encrypted with, after the same work (RFC 7516 11.5, JOSE-17).
 */
const char *jwe_cek_find(struct ctx *c, const struct encryption_key *key,
                         const struct jose_header *header, struct bytes encrypted,
                         uint8_t cek[static JWE_CEK_BYTES]);

/*
 * RFC 7518 4.6.2: the first `n` bytes (at most DIGEST_SHA256) of a key derived from the agreed
 * `secret` for `algorithm`, the party infos being raw bytes.
 */
struct jwe_agreed {
    struct bytes secret;
    const char *algorithm;
    struct bytes apu, apv;
};
void jwe_derive(struct arena *a, const struct jwe_agreed *agreed, uint8_t *out, size_t n);

#endif
