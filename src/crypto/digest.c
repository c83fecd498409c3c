/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include "base/codec.h"
#include "base/result.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

static void digest(const EVP_MD *md, struct bytes in, uint8_t *out)
{
    unsigned n = 0;
    must(EVP_Digest(in.at, in.n, out, &n, md, NULL) == 1);
}

void sha256(struct bytes in, uint8_t out[static DIGEST_SHA256])
{
    digest(EVP_sha256(), in, out);
}

void sha384(struct bytes in, uint8_t out[static DIGEST_SHA384])
{
    digest(EVP_sha384(), in, out);
}

void sha512(struct bytes in, uint8_t out[static DIGEST_SHA512])
{
    digest(EVP_sha512(), in, out);
}

static void mac(const EVP_MD *md, struct bytes key, struct bytes in, uint8_t *out)
{
    static const uint8_t none[1];
    unsigned n = 0;
    must(key.n <= INT32_MAX);
    must(HMAC(md, key.n > 0 ? key.at : none, (int)key.n, in.at, in.n, out, &n) != NULL);
}

void hmac_sha256(struct bytes key, struct bytes in, uint8_t out[static DIGEST_SHA256])
{
    mac(EVP_sha256(), key, in, out);
}

void hmac_sha512(struct bytes key, struct bytes in, uint8_t out[static DIGEST_SHA512])
{
    mac(EVP_sha512(), key, in, out);
}

void hmac_sha1(struct bytes key, struct bytes in, uint8_t out[static 20])
{
    mac(EVP_sha1(), key, in, out);
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
