/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include "base/codec.h"
#include "base/result.h"

/* The functions beneath EVP are called old, but they need no memory and cannot fail, and a digest
 * that could would have to be looked at everywhere. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

/* The digest of two parts, one behind the other. */
typedef void digest_of(struct bytes first, struct bytes second, uint8_t *out);

static void sha1_of(struct bytes first, struct bytes second, uint8_t *out)
{
    SHA_CTX x;
    must(SHA1_Init(&x) == 1 && SHA1_Update(&x, first.at, first.n) == 1 &&
         SHA1_Update(&x, second.at, second.n) == 1 && SHA1_Final(out, &x) == 1);
    OPENSSL_cleanse(&x, sizeof x);
}

static void sha256_of(struct bytes first, struct bytes second, uint8_t *out)
{
    SHA256_CTX x;
    must(SHA256_Init(&x) == 1 && SHA256_Update(&x, first.at, first.n) == 1 &&
         SHA256_Update(&x, second.at, second.n) == 1 && SHA256_Final(out, &x) == 1);
    OPENSSL_cleanse(&x, sizeof x);
}

static void sha512_of(struct bytes first, struct bytes second, uint8_t *out)
{
    SHA512_CTX x;
    must(SHA512_Init(&x) == 1 && SHA512_Update(&x, first.at, first.n) == 1 &&
         SHA512_Update(&x, second.at, second.n) == 1 && SHA512_Final(out, &x) == 1);
    OPENSSL_cleanse(&x, sizeof x);
}

static const struct bytes nothing;

void sha256(struct bytes in, uint8_t out[static DIGEST_SHA256])
{
    sha256_of(in, nothing, out);
}

void sha384(struct bytes in, uint8_t out[static DIGEST_SHA384])
{
    SHA512_CTX x;
    must(SHA384_Init(&x) == 1 && SHA384_Update(&x, in.at, in.n) == 1 && SHA384_Final(out, &x) == 1);
    OPENSSL_cleanse(&x, sizeof x);
}

void sha512(struct bytes in, uint8_t out[static DIGEST_SHA512])
{
    sha512_of(in, nothing, out);
}

struct hash {
    digest_of *of;
    size_t n, block;
};
static const struct hash hash_sha1 = { sha1_of, SHA_DIGEST_LENGTH, SHA_CBLOCK };
static const struct hash hash_sha256 = { sha256_of, DIGEST_SHA256, SHA256_CBLOCK };
static const struct hash hash_sha512 = { sha512_of, DIGEST_SHA512, SHA512_CBLOCK };

/* The key, filled up to a block and mixed with `pad`, before `in`. */
static void keyed(const struct hash *hash, const uint8_t *key, uint8_t pad, struct bytes in,
                  uint8_t *out)
{
    uint8_t block[SHA512_CBLOCK];
    for (size_t i = 0; i < hash->block; i++)
        block[i] = key[i] ^ pad;
    hash->of((struct bytes){ block, hash->block }, in, out);
    OPENSSL_cleanse(block, sizeof block);
}

/* RFC 2104 2. */
static void mac(const struct hash *hash, struct bytes key, struct bytes in, uint8_t *out)
{
    enum { INNER = 0x36, OUTER = 0x5c };
    uint8_t filled[SHA512_CBLOCK] = { 0 }, inner[DIGEST_SHA512];
    if (key.n > hash->block)
        hash->of(key, nothing, filled);
    else if (key.n > 0)
        memcpy(filled, key.at, key.n);
    keyed(hash, filled, INNER, in, inner);
    keyed(hash, filled, OUTER, (struct bytes){ inner, hash->n }, out);
    OPENSSL_cleanse(filled, sizeof filled);
    OPENSSL_cleanse(inner, sizeof inner);
}

void hmac_sha256(struct bytes key, struct bytes in, uint8_t out[static DIGEST_SHA256])
{
    mac(&hash_sha256, key, in, out);
}

void hmac_sha512(struct bytes key, struct bytes in, uint8_t out[static DIGEST_SHA512])
{
    mac(&hash_sha512, key, in, out);
}

void hmac_sha1(struct bytes key, struct bytes in, uint8_t out[static 20])
{
    mac(&hash_sha1, key, in, out);
}

/* RFC 5869 2.2 and 2.3; one block of output is all that is ever asked for. */
void hkdf_sha256(struct bytes secret, struct bytes salt, const char *purpose,
                 uint8_t out[static KEY_BYTES])
{
    enum { PURPOSE_MAX = 128 };
    uint8_t key[DIGEST_SHA256], info[PURPOSE_MAX + 1];
    size_t n = strlen(purpose);
    must(n <= PURPOSE_MAX);
    memcpy(info, purpose, n);
    info[n] = 1;
    hmac_sha256(salt, secret, key);
    hmac_sha256((struct bytes){ key, sizeof key }, (struct bytes){ info, n + 1 }, out);
    OPENSSL_cleanse(key, sizeof key);
}

const char *token_hash(struct arena *a, const char *token)
{
    uint8_t out[DIGEST_SHA256];
    sha256(bytes_of(token), out);
    return base64url_encode(a, (struct bytes){ out, sizeof out });
}

bool ct_equal(struct bytes a, struct bytes b)
{
    return a.n == b.n && CRYPTO_memcmp(a.at, b.at, a.n) == 0;
}

struct framed framed(struct arena *a)
{
    return (struct framed){ .arena = a };
}

static void append(struct framed *f, const void *at, size_t n)
{
    if (n > f->room - f->n) {
        size_t room = (f->n + n) * 2 + 64;
        uint8_t *wider = arena_alloc(f->arena, room);
        if (f->n > 0)
            memcpy(wider, f->at, f->n);
        f->at = wider;
        f->room = room;
    }
    if (n > 0)
        memcpy(f->at + f->n, at, n);
    f->n += n;
}

void framed_add_int(struct framed *f, int64_t number)
{
    uint8_t big_endian[8];
    for (unsigned i = 0; i < 8; i++)
        big_endian[i] = (uint8_t)((uint64_t)number >> (56 - 8 * i));
    append(f, big_endian, sizeof big_endian);
}

void framed_add(struct framed *f, struct bytes part)
{
    framed_add_int(f, (int64_t)part.n);
    append(f, part.at, part.n);
}

void framed_add_text(struct framed *f, const char *text)
{
    if (text == NULL)
        framed_add_int(f, -1);
    else
        framed_add(f, bytes_of(text));
}

struct bytes framed_bytes(const struct framed *f)
{
    return (struct bytes){ f->at, f->n };
}
