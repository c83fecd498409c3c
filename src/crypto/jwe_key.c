/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwe_key.h"

#include "base/codec.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/key_jwk.h"
#include "crypto/key_made.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

/* AES key wrap adds one block of 8 bytes (RFC 3394 2.2). */
enum { WRAPPED_BYTES = JWE_CEK_BYTES + 8, SECRET_MAX = 48, GROUP_ROOM = 32 };

static EVP_PKEY *counted(const EVP_PKEY *pkey)
{
    return (EVP_PKEY *)(uintptr_t)pkey; /* counted, not changed */
}

/* Takes `from` over `to` if `good`, in the same time otherwise. */
static void take_if(bool good, const uint8_t *from, uint8_t *to)
{
    uint8_t mask = (uint8_t)(0U - (unsigned)good);
    for (size_t i = 0; i < JWE_CEK_BYTES; i++)
        to[i] = (uint8_t)((from[i] & mask) | (to[i] & (uint8_t)~mask));
}

/* RFC 7518 4.3: SHA-256 for the label, which is empty, and in MGF1.  For EVP_PKEY_CTX_free. */
static EVP_PKEY_CTX *oaep(const EVP_PKEY *pkey, bool encrypt)
{
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new_from_pkey(NULL, counted(pkey), NULL);
    if (x != NULL && (encrypt ? EVP_PKEY_encrypt_init(x) : EVP_PKEY_decrypt_init(x)) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(x, RSA_PKCS1_OAEP_PADDING) == 1 &&
        EVP_PKEY_CTX_set_rsa_oaep_md(x, EVP_sha256()) == 1 &&
        EVP_PKEY_CTX_set_rsa_mgf1_md(x, EVP_sha256()) == 1)
        return x;
    EVP_PKEY_CTX_free(x);
    return NULL;
}

static bool oaep_encrypt(struct arena *a, const EVP_PKEY *pkey, const uint8_t *cek,
                         struct bytes *out)
{
    size_t n = (size_t)EVP_PKEY_get_size(pkey);
    uint8_t *at = arena_alloc(a, n);
    EVP_PKEY_CTX *x = oaep(pkey, true);
    bool done = x != NULL && EVP_PKEY_encrypt(x, at, &n, cek, JWE_CEK_BYTES) == 1;
    EVP_PKEY_CTX_free(x);
    *out = (struct bytes){ at, n };
    return done;
}

/* `cek` stays what it was unless `encrypted` holds one. */
static const char *oaep_decrypt(const EVP_PKEY *pkey, struct bytes encrypted, uint8_t *cek)
{
    if (encrypted.n != (size_t)EVP_PKEY_get_size(pkey))
        return "its encrypted key is not as long as the key";
    uint8_t out[RSA_BITS_MAX / 8] = { 0 };
    size_t n = sizeof out;
    EVP_PKEY_CTX *x = oaep(pkey, false);
    bool done = x != NULL && EVP_PKEY_decrypt(x, out, &n, encrypted.at, encrypted.n) == 1;
    EVP_PKEY_CTX_free(x);
    take_if(((unsigned)done & (unsigned)(n == JWE_CEK_BYTES)) == 1, out, cek);
    OPENSSL_cleanse(out, sizeof out);
    return NULL;
}

static uint8_t *put_length(uint8_t *at, size_t n)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(n >> (24 - 8 * i));
    return at + 4;
}

static uint8_t *put(uint8_t *at, struct bytes in)
{
    if (in.n > 0)
        memcpy(at, in.at, in.n);
    return at + in.n;
}

/* One round of SHA-256 is all that is ever asked for. */
void jwe_derive(struct arena *a, const struct jwe_agreed *agreed, uint8_t *out, size_t n)
{
    must(n <= DIGEST_SHA256);
    const struct bytes infos[] = { bytes_of(agreed->algorithm), agreed->apu, agreed->apv };
    size_t size = 4 + agreed->secret.n + 3 * 4 + 4;
    for (size_t i = 0; i < 3; i++)
        size += infos[i].n;
    uint8_t *all = arena_alloc(a, size), digest[DIGEST_SHA256];
    uint8_t *at = put(put_length(all, 1), agreed->secret);
    for (size_t i = 0; i < 3; i++)
        at = put(put_length(at, infos[i].n), infos[i]);
    (void)put_length(at, 8 * n);
    sha256((struct bytes){ all, size }, digest);
    memcpy(out, digest, n);
    OPENSSL_cleanse(digest, sizeof digest);
}

/* RFC 7518 4.6: the key agreed upon is the content's own, or wraps it. */
static const char *purpose(enum jwe_alg alg, enum jwe_enc enc)
{
    return alg == JWE_ECDH_ES ? jwe_enc_name(enc) : jwe_alg_name(alg);
}

/* The secret that the private `own` and the public `peer` agree upon; OpenSSL looks once more
 * whether the peer is a point of the curve. */
static bool agree(const EVP_PKEY *own, const EVP_PKEY *peer, uint8_t secret[static SECRET_MAX],
                  size_t *n)
{
    *n = SECRET_MAX;
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new_from_pkey(NULL, counted(own), NULL);
    bool done = x != NULL && EVP_PKEY_derive_init(x) == 1 &&
                EVP_PKEY_derive_set_peer(x, counted(peer)) == 1 &&
                EVP_PKEY_derive(x, secret, n) == 1;
    EVP_PKEY_CTX_free(x);
    return done;
}

/* Agrees and derives: `agreed` without its secret, which is wiped. */
static bool derive_shared(struct arena *a, const EVP_PKEY *own, const EVP_PKEY *peer,
                          struct jwe_agreed agreed, uint8_t out[static JWE_CEK_BYTES])
{
    uint8_t secret[SECRET_MAX];
    size_t n = 0;
    if (!agree(own, peer, secret, &n))
        return false;
    agreed.secret = (struct bytes){ secret, n };
    jwe_derive(a, &agreed, out, JWE_CEK_BYTES);
    OPENSSL_cleanse(secret, sizeof secret);
    return true;
}

/* AES-256 key wrap with its default initial value (RFC 3394). */
static bool wrap(bool encrypt, const uint8_t *kek, struct bytes in, uint8_t *out)
{
    int n = 0;
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    if (x != NULL)
        EVP_CIPHER_CTX_set_flags(x, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    bool done = x != NULL &&
                EVP_CipherInit_ex(x, EVP_aes_256_wrap(), NULL, kek, NULL, encrypt) == 1 &&
                EVP_CipherUpdate(x, out, &n, in.at, (int)in.n) == 1;
    EVP_CIPHER_CTX_free(x);
    return done;
}

/* A new pair on the curve of `pkey`, for EVP_PKEY_free; NULL on failure. */
static EVP_PKEY *ephemeral(const EVP_PKEY *pkey)
{
    EVP_PKEY *made = NULL;
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new_from_pkey(NULL, counted(pkey), NULL);
    if (x == NULL || EVP_PKEY_keygen_init(x) != 1 || EVP_PKEY_generate(x, &made) != 1)
        made = NULL;
    EVP_PKEY_CTX_free(x);
    return made;
}

static const char *public_jwk(struct arena *a, const EVP_PKEY *pkey)
{
    struct json_writer w = json_writer(a);
    json_object(&w, NULL);
    key_write_members(&w, pkey, false);
    json_object_end(&w);
    return json_written(&w);
}

/* Agrees on `shared` with the owner of `key`, by way of a pair that is used once. */
static RESULT agree_anew(struct ctx *c, const struct encryption_key *key, const char *algorithm,
                         uint8_t *shared, const char **epk)
{
    EVP_PKEY *own = ephemeral(key->pkey);
    if (own == NULL)
        return fail(c, UNAVAILABLE, "an ephemeral key for %s could not be made", key->kid);
    ARENA_OWN(c->arena, EVP_PKEY, EVP_PKEY_free, own);
    struct jwe_agreed agreed = { .algorithm = algorithm };
    if (!derive_shared(c->arena, own, key->pkey, agreed, shared))
        return fail(c, UNAVAILABLE, "the agreement with key %s failed", key->kid);
    *epk = public_jwk(c->arena, own);
    return ok();
}

RESULT jwe_cek_make(struct ctx *c, const struct encryption_key *key, enum jwe_alg alg,
                    enum jwe_enc enc, struct jwe_cek *out)
{
    must((key->algs & alg) != 0);
    *out = (struct jwe_cek){ .epk = NULL };
    if (alg == JWE_ECDH_ES)
        return agree_anew(c, key, purpose(alg, enc), out->key, &out->epk);
    random_fill(c->random, out->key, sizeof out->key);
    if (alg == JWE_RSA_OAEP_256)
        return oaep_encrypt(c->arena, key->pkey, out->key, &out->encrypted)
                   ? ok()
                   : fail(c, UNAVAILABLE, "nothing could be encrypted with key %s", key->kid);
    uint8_t kek[JWE_CEK_BYTES], *wrapped = arena_alloc(c->arena, WRAPPED_BYTES);
    TRY(agree_anew(c, key, purpose(alg, enc), kek, &out->epk));
    bool done = wrap(true, kek, (struct bytes){ out->key, sizeof out->key }, wrapped);
    OPENSSL_cleanse(kek, sizeof kek);
    out->encrypted = (struct bytes){ wrapped, WRAPPED_BYTES };
    return done ? ok() : fail(c, UNAVAILABLE, "a key could not be wrapped for %s", key->kid);
}

/* Whether both lie on the same curve. */
static bool same_curve(const EVP_PKEY *a, const EVP_PKEY *b)
{
    char groups[2][GROUP_ROOM] = { "", "" };
    return EVP_PKEY_get_utf8_string_param(a, OSSL_PKEY_PARAM_GROUP_NAME, groups[0], GROUP_ROOM,
                                          NULL) == 1 &&
           EVP_PKEY_get_utf8_string_param(b, OSSL_PKEY_PARAM_GROUP_NAME, groups[1], GROUP_ROOM,
                                          NULL) == 1 &&
           text_equal(groups[0], groups[1]);
}

/*
 * The public point in the header (RFC 7518 4.6.1.1).  One that is not on the curve of the key would
 * give the private half away, a few bits at a time (JOSE-20): OpenSSL takes none when it imports
 * it.
 */
static const char *read_epk(struct ctx *c, const EVP_PKEY *own, struct bytes json, EVP_PKEY **out)
{
    struct jwk jwk;
    EVP_PKEY *pkey = NULL;
    if (json.n == 0 || jwk_scan(c->arena, json, &jwk) != NULL)
        return "its epk is not a JWK";
    if (jwk_is_secret(&jwk) || !text_equal(jwk.kty, "EC"))
        return "its epk is not a public key on a curve";
    if (jwk_import(c->arena, &jwk, &pkey) != NULL)
        return "its epk is not a point of its curve";
    ARENA_OWN(c->arena, EVP_PKEY, EVP_PKEY_free, pkey);
    if (!same_curve(own, pkey))
        return "its epk is on another curve than the key";
    *out = pkey;
    return NULL;
}

/* RFC 7518 4.6.1.2: what the parties are called is a part of what is derived. */
static bool read_info(struct arena *a, const char *text, struct bytes *out)
{
    *out = (struct bytes){ NULL, 0 };
    return text == NULL || base64url_decode(a, bytes_of(text), out);
}

/* The key that the sender has agreed upon with us. */
static const char *agree_again(struct ctx *c, const struct encryption_key *key,
                               const struct jose_header *header, uint8_t *shared)
{
    enum jwe_alg alg = jwe_alg_from_name(header->alg);
    struct jwe_agreed agreed = { .algorithm = purpose(alg, jwe_enc_from_name(header->enc)) };
    EVP_PKEY *peer = NULL;
    if (!read_info(c->arena, header->apu, &agreed.apu) ||
        !read_info(c->arena, header->apv, &agreed.apv))
        return "its apu or apv is not base64url";
    const char *why = read_epk(c, key->pkey, header->epk, &peer);
    if (why != NULL)
        return why;
    if (!derive_shared(c->arena, key->pkey, peer, agreed, shared))
        return "no agreement is possible with its epk";
    return NULL;
}

/* `cek` stays what it was unless `encrypted` holds one. */
static const char *unwrap(struct ctx *c, const struct encryption_key *key,
                          const struct jose_header *header, struct bytes encrypted, uint8_t *cek)
{
    uint8_t kek[JWE_CEK_BYTES], out[WRAPPED_BYTES] = { 0 };
    if (encrypted.n != WRAPPED_BYTES)
        return "its encrypted key is not as long as a wrapped one";
    const char *why = agree_again(c, key, header, kek);
    if (why != NULL)
        return why;
    take_if(wrap(false, kek, encrypted, out), out, cek);
    OPENSSL_cleanse(kek, sizeof kek);
    OPENSSL_cleanse(out, sizeof out);
    return NULL;
}

static const char *find(struct ctx *c, const struct encryption_key *key,
                        const struct jose_header *header, struct bytes encrypted, uint8_t *cek)
{
    switch (jwe_alg_from_name(header->alg)) {
    case JWE_RSA_OAEP_256:
        return oaep_decrypt(key->pkey, encrypted, cek);
    case JWE_ECDH_ES_A256KW:
        return unwrap(c, key, header, encrypted, cek);
    case JWE_ECDH_ES:
        break;
    }
    /* RFC 7516 5.2 (10). */
    return encrypted.n > 0 ? "it has an encrypted key where none is due"
                           : agree_again(c, key, header, cek);
}

const char *jwe_cek_find(struct ctx *c, const struct encryption_key *key,
                         const struct jose_header *header, struct bytes encrypted,
                         uint8_t cek[static JWE_CEK_BYTES])
{
    must(key->is_private);
    random_fill(c->random, cek, JWE_CEK_BYTES);
    const char *why = find(c, key, header, encrypted, cek);
    ERR_clear_error(); /* it would be taken for a later failure of TLS on this thread */
    return why;
}
