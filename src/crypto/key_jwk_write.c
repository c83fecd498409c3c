/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "crypto/key_made.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

enum { COORDINATE_MAX = 66 };

/* One number of a key; `n` bytes, or as few as it takes if `n` is 0 (RFC 7518 2, 6.2.1.2). */
struct number {
    const char *name;
    const char *parameter;
    size_t n;
};

/* The number of the key as base64url.  It was read or made by OpenSSL, so it is there: must(). */
static const char *number_of(struct arena *a, const EVP_PKEY *pkey, const struct number *number)
{
    BIGNUM *value = NULL;
    must(EVP_PKEY_get_bn_param(pkey, number->parameter, &value) == 1);
    size_t n = number->n > 0 ? number->n : (size_t)BN_num_bytes(value);
    uint8_t *at = arena_alloc(a, n);
    must(BN_bn2binpad(value, at, (int)n) == (int)n);
    BN_clear_free(value);
    return base64url_encode(a, (struct bytes){ at, n });
}

static const char *raw_of(struct arena *a, const EVP_PKEY *pkey, bool secret)
{
    uint8_t at[COORDINATE_MAX];
    size_t n = sizeof at;
    must((secret ? EVP_PKEY_get_raw_private_key(pkey, at, &n)
                 : EVP_PKEY_get_raw_public_key(pkey, at, &n)) == 1);
    const char *text = base64url_encode(a, (struct bytes){ at, n });
    OPENSSL_cleanse(at, sizeof at);
    return text;
}

static void write_numbers(struct json_writer *w, const EVP_PKEY *pkey, const struct number *numbers,
                          size_t n)
{
    for (size_t i = 0; i < n; i++)
        json_text(w, numbers[i].name, number_of(w->out.arena, pkey, &numbers[i]));
}

/* A row that says what kind of key it is; it was looked at when it was read or made: must(). */
static const struct alg_row *row_of(const EVP_PKEY *pkey)
{
    unsigned algs = key_algs_of(pkey), alg = 1;
    must(algs != 0);
    while ((algs & alg) == 0)
        alg <<= 1;
    return alg_row((enum jws_alg)alg);
}

/* The members that make up the thumbprint, in its order (RFC 7638 3.2): crv, e, kty, n, x, y. */
static void write_public(struct json_writer *w, const EVP_PKEY *pkey)
{
    const struct alg_row *row = row_of(pkey);
    const struct number e = { "e", OSSL_PKEY_PARAM_RSA_E, 0 };
    const struct number rest[] = { { "n", OSSL_PKEY_PARAM_RSA_N, 0 } };
    const struct number point[] = { { "x", OSSL_PKEY_PARAM_EC_PUB_X, row->half_bytes },
                                    { "y", OSSL_PKEY_PARAM_EC_PUB_Y, row->half_bytes } };
    if (row->crv != NULL)
        json_text(w, "crv", row->crv);
    if (row->type == EVP_PKEY_RSA)
        write_numbers(w, pkey, &e, 1);
    json_text(w, "kty", row->kty);
    if (row->type == EVP_PKEY_RSA)
        write_numbers(w, pkey, rest, 1);
    else if (row->type == EVP_PKEY_EC)
        write_numbers(w, pkey, point, 2);
    else
        json_text(w, "x", raw_of(w->out.arena, pkey, false));
}

static void write_private(struct json_writer *w, const EVP_PKEY *pkey, unsigned half_bytes)
{
    const struct number rsa[] = {
        { "d", OSSL_PKEY_PARAM_RSA_D, 0 },          { "p", OSSL_PKEY_PARAM_RSA_FACTOR1, 0 },
        { "q", OSSL_PKEY_PARAM_RSA_FACTOR2, 0 },    { "dp", OSSL_PKEY_PARAM_RSA_EXPONENT1, 0 },
        { "dq", OSSL_PKEY_PARAM_RSA_EXPONENT2, 0 }, { "qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1, 0 },
    };
    const struct number ec = { "d", OSSL_PKEY_PARAM_PRIV_KEY, half_bytes };
    if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA)
        write_numbers(w, pkey, rsa, sizeof rsa / sizeof rsa[0]);
    else if (half_bytes > 0)
        write_numbers(w, pkey, &ec, 1);
    else
        json_text(w, "d", raw_of(w->out.arena, pkey, true));
}

void key_write_members(struct json_writer *w, const EVP_PKEY *pkey, bool with_private)
{
    write_public(w, pkey);
    if (with_private)
        write_private(w, pkey, row_of(pkey)->half_bytes);
}

static void write_key(struct json_writer *w, const struct key *key, bool with_private)
{
    json_object(w, NULL);
    json_text(w, "kid", key->kid);
    json_text(w, "use", "sig");
    if ((key->algs & (key->algs - 1)) == 0)
        json_text(w, "alg", alg_name(key->alg));
    key_write_members(w, key->pkey, with_private);
    json_object_end(w);
}

void key_write_jwk(struct json_writer *w, const struct key *key)
{
    write_key(w, key, false);
}

void key_write_private_jwk(struct json_writer *w, const struct key *key)
{
    must(key->is_private);
    write_key(w, key, true);
}

const char *key_set_write(struct arena *a, const struct key_set *set)
{
    struct json_writer w = json_writer(a);
    json_object(&w, NULL);
    json_array(&w, "keys");
    for (size_t i = 0; i < set->n; i++)
        key_write_jwk(&w, set->at[i]);
    json_array_end(&w);
    json_object_end(&w);
    return json_written(&w);
}

const char *key_thumbprint(struct arena *a, const EVP_PKEY *pkey)
{
    struct json_writer w = json_writer(a);
    json_object(&w, NULL);
    write_public(&w, pkey);
    json_object_end(&w);
    uint8_t out[DIGEST_SHA256];
    sha256(bytes_of(json_written(&w)), out);
    return base64url_encode(a, (struct bytes){ out, sizeof out });
}
