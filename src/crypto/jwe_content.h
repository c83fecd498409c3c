/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_JWE_CONTENT_H
#define UAUTH_CRYPTO_JWE_CONTENT_H

/*
 * The content of a JWE under the key that it has for itself (RFC 7518 5): A256GCM and
 * A128CBC-HS256, both with a key of 32 bytes and a tag of 16.
 */

#include "base/ctx.h"

/* Others are not here and cannot be asked for. */
enum jwe_enc { JWE_A256GCM = 1 << 0, JWE_A128CBC_HS256 = 1 << 1 };
enum { JWE_ENCS = JWE_A256GCM | JWE_A128CBC_HS256 };

enum { JWE_CEK_BYTES = 32, JWE_TAG_BYTES = 16 };

/* The algorithm called `name` (exact), or 0: unknown and unsupported ones. */
enum jwe_enc jwe_enc_from_name(const char *name);

/* "A256GCM". */
const char *jwe_enc_name(enum jwe_enc enc);

/* How many bytes its initialization vector has: 12 or 16. */
size_t jwe_iv_bytes(enum jwe_enc enc);

/* What a content is encrypted with and bound to. */
struct jwe_content {
    enum jwe_enc enc;
    const uint8_t *key; /* JWE_CEK_BYTES */
    struct bytes iv;    /* of the exact length: must() */
    struct bytes aad;   /* the encoded header */
};

/* Encrypts `plain`.  The caller sees to it that no key meets the same iv twice.  False only if
 * OpenSSL cannot. */
bool jwe_content_encrypt(struct arena *a, const struct jwe_content *content, struct bytes plain,
                         struct bytes *ciphertext, uint8_t tag[static JWE_TAG_BYTES]);

/*
 * Decrypts `ciphertext`; false if it, the tag, or anything that they are bound to was changed.  The
 * work is the same whatever is wrong: all is decrypted, and the tag and the padding are looked at
 * together (RFC 7518 5.2.2.2, JOSE-17), so that time tells nothing about either.
 */
bool jwe_content_decrypt(struct arena *a, const struct jwe_content *content,
                         struct bytes ciphertext, const uint8_t tag[static JWE_TAG_BYTES],
                         struct bytes *plain);

#endif
