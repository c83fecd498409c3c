/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwe_content.h"

#include "base/text.h"
#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

enum { HALF = JWE_CEK_BYTES / 2, BLOCK = 16, GCM_IV = 12 };

static const struct {
    enum jwe_enc enc;
    const char *name;
    size_t iv_bytes;
} rows[] = { { JWE_A256GCM, "A256GCM", GCM_IV }, { JWE_A128CBC_HS256, "A128CBC-HS256", BLOCK } };
enum { ROWS = sizeof rows / sizeof rows[0] };

enum jwe_enc jwe_enc_from_name(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (text_equal(rows[i].name, name))
            return rows[i].enc;
    return 0;
}

static size_t row_of(enum jwe_enc enc)
{
    size_t i = 0;
    while (i < ROWS && rows[i].enc != enc)
        i++;
    must(i < ROWS);
    return i;
}

const char *jwe_enc_name(enum jwe_enc enc)
{
    return rows[row_of(enc)].name;
}

size_t jwe_iv_bytes(enum jwe_enc enc)
{
    return rows[row_of(enc)].iv_bytes;
}

static bool gcm_encrypt(const struct jwe_content *content, struct bytes plain, uint8_t *out,
                        uint8_t *tag)
{
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    int n = 0;
    bool done = x != NULL &&
                EVP_EncryptInit_ex(x, EVP_aes_256_gcm(), NULL, content->key, content->iv.at) == 1 &&
                EVP_EncryptUpdate(x, NULL, &n, content->aad.at, (int)content->aad.n) == 1 &&
                EVP_EncryptUpdate(x, out, &n, plain.at, (int)plain.n) == 1 &&
                EVP_EncryptFinal_ex(x, out + n, &n) == 1 &&
                EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_GET_TAG, JWE_TAG_BYTES, tag) == 1;
    EVP_CIPHER_CTX_free(x);
    return done;
}

static bool gcm_decrypt(const struct jwe_content *content, struct bytes in, const uint8_t *tag,
                        uint8_t *out)
{
    uint8_t due[JWE_TAG_BYTES];
    memcpy(due, tag, sizeof due);
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    int n = 0;
    bool done = x != NULL &&
                EVP_DecryptInit_ex(x, EVP_aes_256_gcm(), NULL, content->key, content->iv.at) == 1 &&
                EVP_DecryptUpdate(x, NULL, &n, content->aad.at, (int)content->aad.n) == 1 &&
                EVP_DecryptUpdate(x, out, &n, in.at, (int)in.n) == 1 &&
                EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_SET_TAG, JWE_TAG_BYTES, due) == 1 &&
                EVP_DecryptFinal_ex(x, out + n, &n) == 1;
    EVP_CIPHER_CTX_free(x);
    return done;
}

/* AES-128-CBC with the second half of the key, whole blocks only. */
static bool cbc(const struct jwe_content *content, bool encrypt, struct bytes in, uint8_t *out)
{
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    int n = 0;
    bool done = x != NULL &&
                EVP_CipherInit_ex(x, EVP_aes_128_cbc(), NULL, content->key + HALF, content->iv.at,
                                  encrypt) == 1 &&
                EVP_CIPHER_CTX_set_padding(x, 0) == 1 &&
                EVP_CipherUpdate(x, out, &n, in.at, (int)in.n) == 1 &&
                EVP_CipherFinal_ex(x, out + n, &n) == 1;
    EVP_CIPHER_CTX_free(x);
    return done;
}

/* RFC 7518 5.2.2.1: what the tag covers is the header, the iv, the ciphertext, and the length of
 * the header in bits. */
static void cbc_tag(struct arena *a, const struct jwe_content *content, struct bytes ciphertext,
                    uint8_t tag[static JWE_TAG_BYTES])
{
    struct bytes aad = content->aad;
    size_t n = aad.n + BLOCK + ciphertext.n + 8;
    uint8_t *all = arena_alloc(a, n), *at = all, mac[DIGEST_SHA256];
    memcpy(at, aad.at, aad.n);
    memcpy(at + aad.n, content->iv.at, BLOCK);
    at += aad.n + BLOCK;
    memcpy(at, ciphertext.at, ciphertext.n);
    at += ciphertext.n;
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(8 * (uint64_t)aad.n >> (56 - 8 * i));
    hmac_sha256((struct bytes){ content->key, HALF }, (struct bytes){ all, n }, mac);
    memcpy(tag, mac, JWE_TAG_BYTES);
}

/* PKCS #7: as many bytes as are missing, each that number; one block more if none is missing. */
static struct bytes padded(struct arena *a, struct bytes plain)
{
    size_t n = (plain.n / BLOCK + 1) * BLOCK;
    uint8_t *out = arena_alloc(a, n);
    if (plain.n > 0)
        memcpy(out, plain.at, plain.n);
    memset(out + plain.n, (int)(n - plain.n), n - plain.n);
    return (struct bytes){ out, n };
}

/* The length of the padding at the end of whole blocks, or 0 if it is none: in the same time for
 * all of them. */
static size_t padding_of(struct bytes blocks)
{
    const uint8_t *end = blocks.at + blocks.n;
    unsigned last = end[-1];
    unsigned wrong = (last - 1) & ~(unsigned)(BLOCK - 1); /* 1 to BLOCK only */
    for (unsigned i = 0; i < BLOCK; i++) {
        unsigned within = 0U - ((i - last) >> 31); /* all ones if i < last */
        wrong |= within & (end[-1 - (int)i] ^ last);
    }
    unsigned right = ((wrong | (0U - wrong)) >> 31) ^ 1; /* 1 if nothing is wrong */
    return last & (0U - right);
}

/* Decrypts into `out` and returns how many bytes at its end are padding; 0 if anything is wrong. */
static size_t cbc_decrypt(struct arena *a, const struct jwe_content *content, struct bytes in,
                          const uint8_t *tag, uint8_t *out)
{
    if (in.n == 0 || in.n % BLOCK != 0)
        return 0;
    uint8_t own[JWE_TAG_BYTES];
    cbc_tag(a, content, in, own);
    bool done = cbc(content, false, in, out);
    size_t padding = padding_of((struct bytes){ out, in.n });
    bool same = ct_equal((struct bytes){ own, sizeof own }, (struct bytes){ tag, JWE_TAG_BYTES });
    return padding & (0 - ((size_t)same & (size_t)done));
}

bool jwe_content_encrypt(struct arena *a, const struct jwe_content *content, struct bytes plain,
                         struct bytes *ciphertext, uint8_t tag[static JWE_TAG_BYTES])
{
    must(content->iv.n == jwe_iv_bytes(content->enc));
    must(plain.n < INT32_MAX - BLOCK && content->aad.n < INT32_MAX);
    bool is_gcm = content->enc == JWE_A256GCM;
    struct bytes in = is_gcm ? plain : padded(a, plain);
    uint8_t *out = arena_alloc(a, in.n);
    *ciphertext = (struct bytes){ out, in.n };
    if (is_gcm)
        return gcm_encrypt(content, in, out, tag);
    bool done = cbc(content, true, in, out);
    cbc_tag(a, content, *ciphertext, tag);
    return done;
}

bool jwe_content_decrypt(struct arena *a, const struct jwe_content *content,
                         struct bytes ciphertext, const uint8_t tag[static JWE_TAG_BYTES],
                         struct bytes *plain)
{
    must(content->iv.n == jwe_iv_bytes(content->enc));
    must(ciphertext.n < INT32_MAX && content->aad.n < INT32_MAX);
    uint8_t *out = arena_alloc(a, ciphertext.n);
    bool is_gcm = content->enc == JWE_A256GCM;
    size_t padding = is_gcm ? 0 : cbc_decrypt(a, content, ciphertext, tag, out);
    bool holds = is_gcm ? gcm_decrypt(content, ciphertext, tag, out) : padding > 0;
    ERR_clear_error(); /* it would be taken for a later failure of TLS on this thread */
    if (holds)
        *plain = (struct bytes){ out, ciphertext.n - padding };
    return holds;
}
