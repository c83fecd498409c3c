/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/seal.h"

#include "base/codec.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

enum { SALT_BYTES = 32, TAG_BYTES = 16, NONCE_BYTES = 12, ID_CHARS = 8 };

/* Every value has a key of its own, used once: the nonce is fixed. */
static const uint8_t nonce[NONCE_BYTES];

struct master {
    char id[ID_CHARS + 1];
    uint8_t key[SEAL_MASTER_BYTES];
};

struct seal {
    struct master masters[SEAL_MASTERS_MAX];
    size_t n;
    EVP_CIPHER *cipher; /* looked up once */
};

/* The way to encrypt; what is not prepared OpenSSL looks up at each use. */
static const EVP_CIPHER *cipher_of(const struct ctx *c)
{
    return c->seal != NULL ? c->seal->cipher : EVP_aes_256_gcm();
}

RESULT seal_new(struct ctx *c, struct arena *a, const struct bytes *masters, size_t n,
                struct seal **out)
{
    if (n == 0 || n > SEAL_MASTERS_MAX)
        return fail(c, INTERNAL, "there must be 1 to %d master keys", SEAL_MASTERS_MAX);
    struct seal *seal = ARENA_NEW(a, struct seal);
    seal->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    if (seal->cipher == NULL)
        return fail(c, UNAVAILABLE, "OpenSSL has no AES-256-GCM");
    ARENA_OWN(a, EVP_CIPHER, EVP_CIPHER_free, seal->cipher);
    for (size_t i = 0; i < n; i++) {
        if (masters[i].n != SEAL_MASTER_BYTES)
            return fail(c, INTERNAL, "a master key has %d bytes, this has %zu", SEAL_MASTER_BYTES,
                        masters[i].n);
        struct master *m = &seal->masters[i];
        memcpy(m->key, masters[i].at, SEAL_MASTER_BYTES);
        uint8_t derived[KEY_BYTES];
        hkdf_sha256(masters[i], (struct bytes){ NULL, 0 }, "uauth master key id", derived);
        memcpy(m->id, hex_encode(c->arena, (struct bytes){ derived, ID_CHARS / 2 }), ID_CHARS);
    }
    seal->n = n;
    *out = seal;
    return ok();
}

RESULT seal_master_read(struct ctx *c, struct bytes text, struct bytes *master)
{
    enum { DISTINCT_MIN = 16 };
    struct bytes digits = text, key;
    if (digits.n > 0 && digits.at[digits.n - 1] == '\n')
        digits.n--;
    if (digits.n != 2 * (size_t)SEAL_MASTER_BYTES || !hex_decode(c->arena, digits, &key))
        return fail(c, INVALID_REQUEST,
                    "a master key is %d hexadecimal digits and nothing else: openssl rand -hex %d",
                    2 * SEAL_MASTER_BYTES, SEAL_MASTER_BYTES);
    bool seen[256] = { false };
    unsigned distinct = 0;
    for (size_t i = 0; i < key.n; i++) {
        distinct += !seen[key.at[i]];
        seen[key.at[i]] = true;
    }
    /* Fewer different bytes come from a random source less often than once in 2^50. */
    if (distinct < DISTINCT_MIN)
        return fail(c, INVALID_REQUEST,
                    "this master key is not random: make one with openssl rand -hex %d",
                    SEAL_MASTER_BYTES);
    *master = key;
    return ok();
}

const char *seal_master_new(struct ctx *c)
{
    uint8_t key[SEAL_MASTER_BYTES];
    random_fill(c->random, key, sizeof key);
    const char *text = hex_encode(c->arena, (struct bytes){ key, sizeof key });
    OPENSSL_cleanse(key, sizeof key);
    return text;
}

/* What the ciphertext is bound to beside its key. */
static struct bytes associated(struct arena *a, const char *purpose, const char *row)
{
    struct framed f = framed(a);
    framed_add_text(&f, "uauth sealed v1");
    framed_add_text(&f, purpose);
    framed_add_text(&f, row);
    return framed_bytes(&f);
}

static bool encrypt(const EVP_CIPHER *cipher, const uint8_t key[static KEY_BYTES], struct bytes aad,
                    struct bytes plain, uint8_t *out)
{
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    int n = 0;
    bool done = x != NULL && plain.n <= INT32_MAX - TAG_BYTES && aad.n <= INT32_MAX &&
                EVP_EncryptInit_ex(x, cipher, NULL, key, nonce) == 1 &&
                EVP_EncryptUpdate(x, NULL, &n, aad.at, (int)aad.n) == 1 &&
                EVP_EncryptUpdate(x, out, &n, plain.at, (int)plain.n) == 1 &&
                EVP_EncryptFinal_ex(x, out + n, &n) == 1 &&
                EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, out + plain.n) == 1;
    EVP_CIPHER_CTX_free(x);
    return done;
}

static bool decrypt(const EVP_CIPHER *cipher, const uint8_t key[static KEY_BYTES], struct bytes aad,
                    struct bytes sealed, uint8_t *out)
{
    uint8_t tag[TAG_BYTES];
    size_t length = sealed.n - TAG_BYTES;
    memcpy(tag, sealed.at + length, TAG_BYTES);
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    int n = 0;
    bool done = x != NULL && length <= INT32_MAX && aad.n <= INT32_MAX &&
                EVP_DecryptInit_ex(x, cipher, NULL, key, nonce) == 1 &&
                EVP_DecryptUpdate(x, NULL, &n, aad.at, (int)aad.n) == 1 &&
                EVP_DecryptUpdate(x, out, &n, sealed.at, (int)length) == 1 &&
                EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
                EVP_DecryptFinal_ex(x, out + n, &n) == 1;
    EVP_CIPHER_CTX_free(x);
    return done;
}

/* "v1.<id>.<base64url of salt, ciphertext and tag>" under the key derived from `secret`. */
static RESULT seal_with(struct ctx *c, struct bytes secret, const char *id, struct bytes aad,
                        struct bytes plain, const char **sealed)
{
    size_t n = SALT_BYTES + plain.n + TAG_BYTES;
    uint8_t *all = arena_alloc(c->arena, n), key[KEY_BYTES];
    random_fill(c->random, all, SALT_BYTES);
    hkdf_sha256(secret, (struct bytes){ all, SALT_BYTES }, "uauth sealed v1", key);
    bool done = encrypt(cipher_of(c), key, aad, plain, all + SALT_BYTES);
    OPENSSL_cleanse(key, sizeof key);
    if (!done)
        return fail(c, UNAVAILABLE, "a value could not be sealed");
    *sealed =
        text_printf(c->arena, "v1.%s.%s", id, base64url_encode(c->arena, (struct bytes){ all, n }));
    return ok();
}

/* The salt, ciphertext and tag of a sealed text, and the key derived from `secret` for them. */
static RESULT derive(struct ctx *c, struct bytes secret, const char *encoded, struct bytes *all,
                     uint8_t key[static KEY_BYTES])
{
    if (!base64url_decode(c->arena, bytes_of(encoded), all) || all->n < SALT_BYTES + TAG_BYTES)
        return fail(c, INTERNAL, "a sealed value is damaged");
    hkdf_sha256(secret, (struct bytes){ all->at, SALT_BYTES }, "uauth sealed v1", key);
    return ok();
}

static bool open_under(struct ctx *c, const uint8_t key[static KEY_BYTES], struct bytes aad,
                       struct bytes all, struct bytes *plain)
{
    struct bytes sealed = { all.at + SALT_BYTES, all.n - SALT_BYTES };
    uint8_t *out = arena_alloc(c->arena, sealed.n);
    if (!decrypt(cipher_of(c), key, aad, sealed, out))
        return false;
    *plain = (struct bytes){ out, sealed.n - TAG_BYTES };
    return true;
}

static RESULT open_with(struct ctx *c, struct bytes secret, struct bytes aad, const char *encoded,
                        struct bytes *plain)
{
    struct bytes all;
    uint8_t key[KEY_BYTES];
    TRY(derive(c, secret, encoded, &all, key));
    bool done = open_under(c, key, aad, all, plain);
    OPENSSL_cleanse(key, sizeof key);
    return done ? ok() : fail(c, INTERNAL, "a sealed value does not open: it was changed or moved");
}

/* The id and the rest of a sealed text. */
static RESULT read_sealed(struct ctx *c, const char *sealed, const char **id, const char **rest)
{
    const char *dot = text_starts(sealed, "v1.") ? strchr(sealed + 3, '.') : NULL;
    if (dot == NULL)
        return fail(c, INTERNAL, "a sealed value is not of a kind that this version knows");
    *id = text_copy(c->arena, sealed + 3, (size_t)(dot - sealed - 3));
    *rest = dot + 1;
    return ok();
}

RESULT seal_bytes(struct ctx *c, const char *purpose, const char *row, struct bytes plain,
                  const char **sealed)
{
    const struct master *m = &c->seal->masters[0];
    return seal_with(c, (struct bytes){ m->key, sizeof m->key }, m->id,
                     associated(c->arena, purpose, row), plain, sealed);
}

static const struct master *master_of(const struct seal *seal, const char *id)
{
    for (size_t i = 0; i < seal->n; i++)
        if (text_equal(seal->masters[i].id, id))
            return &seal->masters[i];
    return NULL;
}

static RESULT find_master(struct ctx *c, const char *id, struct bytes *secret)
{
    const struct master *m = master_of(c->seal, id);
    if (m == NULL)
        return fail(c, INTERNAL, "a value is sealed under master key %s, which is not here", id);
    *secret = (struct bytes){ m->key, sizeof m->key };
    return ok();
}

RESULT seal_open(struct ctx *c, const char *purpose, const char *row, const char *sealed,
                 struct bytes *plain)
{
    const char *id, *rest;
    struct bytes secret;
    TRY(read_sealed(c, sealed, &id, &rest));
    TRY(find_master(c, id, &secret));
    return open_with(c, secret, associated(c->arena, purpose, row), rest, plain);
}

RESULT seal_under_token(struct ctx *c, const char *token, const char *purpose, struct bytes plain,
                        const char **sealed)
{
    return seal_with(c, bytes_of(token), "token", associated(c->arena, purpose, ""), plain, sealed);
}

RESULT seal_open_with_token(struct ctx *c, const char *token, const char *purpose,
                            const char *sealed, struct bytes *plain)
{
    const char *id, *rest;
    TRY(read_sealed(c, sealed, &id, &rest));
    if (!text_equal(id, "token"))
        return fail(c, INTERNAL, "a value was not sealed under a token");
    return open_with(c, bytes_of(token), associated(c->arena, purpose, ""), rest, plain);
}

RESULT seal_disclose(struct ctx *c, const char *token, const char *sealed, const char **key)
{
    const char *id, *rest;
    struct bytes secret, all;
    uint8_t derived[KEY_BYTES];
    TRY(read_sealed(c, sealed, &id, &rest));
    if (token != NULL)
        secret = bytes_of(token);
    else
        TRY(find_master(c, id, &secret));
    TRY(derive(c, secret, rest, &all, derived));
    *key = base64url_encode(c->arena, (struct bytes){ derived, sizeof derived });
    OPENSSL_cleanse(derived, sizeof derived);
    return ok();
}

RESULT seal_open_disclosed(struct ctx *c, const char *key, const char *purpose, const char *row,
                           const char *sealed, struct bytes *plain)
{
    struct bytes raw, all;
    const char *dot = text_starts(sealed, "v1.") ? strchr(sealed + 3, '.') : NULL;
    if (dot == NULL || !base64url_decode(c->arena, bytes_of(dot + 1), &all) ||
        all.n < SALT_BYTES + TAG_BYTES || !base64url_decode(c->arena, bytes_of(key), &raw) ||
        raw.n != KEY_BYTES ||
        !open_under(c, raw.at, associated(c->arena, purpose, row), all, plain))
        return fail(c, INVALID_REQUEST, "a sealed value does not open with the key beside it");
    return ok();
}

void seal_derive(const struct seal *seal, const char *purpose, uint8_t out[static 32])
{
    struct bytes master = { seal->masters[0].key, SEAL_MASTER_BYTES };
    hkdf_sha256(master, (struct bytes){ NULL, 0 }, purpose, out);
}

const char *seal_mac(struct ctx *c, const char *purpose, struct bytes in)
{
    uint8_t key[KEY_BYTES], out[DIGEST_SHA256];
    seal_derive(c->seal, purpose, key);
    hmac_sha256((struct bytes){ key, sizeof key }, in, out);
    OPENSSL_cleanse(key, sizeof key);
    return base64url_encode(c->arena, (struct bytes){ out, sizeof out });
}

static const char *check_value(struct ctx *c, const struct master *m)
{
    uint8_t derived[KEY_BYTES];
    hkdf_sha256((struct bytes){ m->key, sizeof m->key }, (struct bytes){ NULL, 0 },
                "uauth master key check", derived);
    return base64url_encode(c->arena, (struct bytes){ derived, 16 });
}

const char *seal_check_value(struct ctx *c, const struct seal *seal)
{
    return check_value(c, &seal->masters[0]);
}

bool seal_check(struct ctx *c, const struct seal *seal, const char *stored)
{
    for (size_t i = 0; i < seal->n; i++)
        if (ct_equal(bytes_of(check_value(c, &seal->masters[i])), bytes_of(stored)))
            return true;
    return false;
}
