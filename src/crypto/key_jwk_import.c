/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "crypto/key_jwk.h"
#include "crypto/key_made.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

enum { POINT_MAX = 1 + 2 * 48, NUMBER_MAX = RSA_BITS_MAX / 8 };

/* The bytes of a base64url member: at least one; exactly `n` unless that is 0. */
static bool bytes_from(struct arena *a, const char *text, size_t n, struct bytes *out)
{
    return text != NULL && base64url_decode(a, bytes_of(text), out) && out->n > 0 &&
           (n == 0 ? out->n <= NUMBER_MAX : out->n == n);
}

/* Adds a big-endian number of the shortest form (RFC 7518 2, Base64urlUInt). */
static bool push_number(struct arena *a, OSSL_PARAM_BLD *b, const char *parameter, const char *text)
{
    struct bytes in;
    if (!bytes_from(a, text, 0, &in) || in.at[0] == 0)
        return false;
    BIGNUM *number = BN_secure_new();
    if (number == NULL || BN_bin2bn(in.at, (int)in.n, number) == NULL) {
        BN_free(number);
        return false;
    }
    ARENA_OWN(a, BIGNUM, BN_clear_free, number); /* the builder only borrows it */
    return OSSL_PARAM_BLD_push_BN(b, parameter, number) == 1;
}

static bool push_rsa(struct arena *a, OSSL_PARAM_BLD *b, const struct jwk *jwk, bool with_private)
{
    bool pushed = push_number(a, b, OSSL_PKEY_PARAM_RSA_N, jwk->n) &&
                  push_number(a, b, OSSL_PKEY_PARAM_RSA_E, jwk->e);
    if (!with_private)
        return pushed;
    return pushed && !jwk->has_oth && push_number(a, b, OSSL_PKEY_PARAM_RSA_D, jwk->d) &&
           push_number(a, b, OSSL_PKEY_PARAM_RSA_FACTOR1, jwk->p) &&
           push_number(a, b, OSSL_PKEY_PARAM_RSA_FACTOR2, jwk->q) &&
           push_number(a, b, OSSL_PKEY_PARAM_RSA_EXPONENT1, jwk->dp) &&
           push_number(a, b, OSSL_PKEY_PARAM_RSA_EXPONENT2, jwk->dq) &&
           push_number(a, b, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, jwk->qi);
}

/* RFC 7518 6.2.1.2: coordinates have the full length of the field. */
static bool push_ec(struct arena *a, OSSL_PARAM_BLD *b, const struct jwk *jwk,
                    const struct alg_row *row, bool with_private)
{
    struct bytes x, y, d;
    size_t n = row->half_bytes;
    if (!bytes_from(a, jwk->x, n, &x) || !bytes_from(a, jwk->y, n, &y))
        return false;
    uint8_t *point = arena_alloc(a, POINT_MAX);
    point[0] = 4; /* uncompressed */
    memcpy(point + 1, x.at, n);
    memcpy(point + 1 + n, y.at, n);
    if (OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, row->group, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * n) != 1)
        return false;
    if (!with_private)
        return true;
    if (!bytes_from(a, jwk->d, n, &d))
        return false;
    BIGNUM *number = BN_secure_new();
    if (number == NULL)
        return false;
    ARENA_OWN(a, BIGNUM, BN_clear_free, number);
    return BN_bin2bn(d.at, (int)n, number) != NULL &&
           OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1;
}

static EVP_PKEY *from_parameters(OSSL_PARAM *parameters, const char *type, bool with_private)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    int selection = with_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    if (x != NULL && EVP_PKEY_fromdata_init(x) == 1 &&
        EVP_PKEY_fromdata(x, &pkey, selection, parameters) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(x);
    return pkey;
}

static EVP_PKEY *import_numbers(struct arena *a, const struct jwk *jwk, const struct alg_row *row,
                                bool with_private)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    bool is_rsa = row->type == EVP_PKEY_RSA;
    bool pushed = b != NULL && (is_rsa ? push_rsa(a, b, jwk, with_private)
                                       : push_ec(a, b, jwk, row, with_private));
    OSSL_PARAM *parameters = pushed ? OSSL_PARAM_BLD_to_param(b) : NULL;
    EVP_PKEY *pkey =
        parameters == NULL ? NULL : from_parameters(parameters, row->kty, with_private);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(b);
    return pkey;
}

/*
 * The public half is computed from the private one and compared: signing with a public half that is
 * not its own would give the private one away.
 */
static EVP_PKEY *import_ed25519(struct arena *a, const struct jwk *jwk, bool with_private)
{
    enum { BYTES = 32 };
    struct bytes x, d;
    if (!bytes_from(a, jwk->x, BYTES, &x))
        return NULL;
    if (!with_private)
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x.at, BYTES);
    if (!bytes_from(a, jwk->d, BYTES, &d))
        return NULL;
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, d.at, BYTES);
    uint8_t own[BYTES];
    size_t n = sizeof own;
    if (pkey != NULL && EVP_PKEY_get_raw_public_key(pkey, own, &n) == 1 &&
        ct_equal((struct bytes){ own, n }, x))
        return pkey;
    EVP_PKEY_free(pkey);
    return NULL;
}

/* The row whose kty and crv the key has, whatever its algorithm. */
static const struct alg_row *row_for(const struct jwk *jwk)
{
    for (unsigned alg = 1; alg <= ALG_EDDSA; alg <<= 1) {
        const struct alg_row *row = alg_row((enum jws_alg)alg);
        if (text_equal(row->kty, jwk->kty) && (row->crv == NULL || text_equal(row->crv, jwk->crv)))
            return row;
    }
    return NULL;
}

const char *jwk_import(struct arena *a, const struct jwk *jwk, EVP_PKEY **out)
{
    const struct alg_row *row = row_for(jwk);
    if (row == NULL)
        return "its kty or crv is not supported";
    bool both = jwk->d != NULL;
    EVP_PKEY *pkey = row->type == EVP_PKEY_ED25519 ? import_ed25519(a, jwk, both)
                                                   : import_numbers(a, jwk, row, both);
    if (pkey == NULL)
        return "its numbers are missing, malformed or not a key";
    *out = pkey;
    return NULL;
}
