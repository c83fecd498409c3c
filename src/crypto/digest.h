/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_DIGEST_H
#define UAUTH_CRYPTO_DIGEST_H

/*
 * Digests, MACs and key derivation over OpenSSL, which need no memory and cannot fail, and the one
 * comparison for secrets.
 */

#include "base/arena.h"

enum { DIGEST_SHA256 = 32, DIGEST_SHA384 = 48, DIGEST_SHA512 = 64, KEY_BYTES = 32 };

void sha256(struct bytes in, uint8_t out[static DIGEST_SHA256]);
void sha384(struct bytes in, uint8_t out[static DIGEST_SHA384]);
void sha512(struct bytes in, uint8_t out[static DIGEST_SHA512]);

/* HMAC-SHA-256 (RFC 2104); HMAC-SHA-512 and HMAC-SHA-1 for RFC 6238 only. */
void hmac_sha256(struct bytes key, struct bytes in, uint8_t out[static DIGEST_SHA256]);
void hmac_sha512(struct bytes key, struct bytes in, uint8_t out[static DIGEST_SHA512]);
void hmac_sha1(struct bytes key, struct bytes in, uint8_t out[static 20]);

/*
 * HKDF-SHA-256 (RFC 5869): 32 bytes from `secret` for one purpose.  `purpose` is a fixed text of
 * ours, different for each use of a key (CR-14); `salt` may be empty.
 */
void hkdf_sha256(struct bytes secret, struct bytes salt, const char *purpose,
                 uint8_t out[static KEY_BYTES]);

/*
 * The SHA-256 of a random token as base64url (43 characters): what is stored of tokens, codes and
 * session ids. Only for values of 128 random bits and more.
 */
const char *token_hash(struct arena *a, const char *token) __attribute__((returns_nonnull));

/*
 * Whether both are the same bytes, in a time that depends on the lengths only (claim I5).  The one
 * way to compare secrets, codes, MACs and hashes of secrets.
 */
bool ct_equal(struct bytes a, struct bytes b);

/* A growing digest of several parts, each preceded by its length, so that no two lists of parts are
 * the same input (IN-12). */
struct framed {
    struct arena *arena;
    uint8_t *at;
    size_t n, room;
};
struct framed framed(struct arena *a);
void framed_add(struct framed *f, struct bytes part);
void framed_add_text(struct framed *f, const char *text); /* NULL differs from "" */
void framed_add_int(struct framed *f, int64_t number);
struct bytes framed_bytes(const struct framed *f);

#endif
