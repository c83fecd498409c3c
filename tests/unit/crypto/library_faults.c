/* SPDX-License-Identifier: Apache-2.0 */
#include "library_faults.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

struct faults faults;

static bool fails(const char *name)
{
    if (++faults.calls != faults.failing)
        return false;
    faults.name = name;
    return true;
}

#define NUMBER(name, parameters, arguments)                                                        \
    int __real_##name parameters;                                                                  \
    int __wrap_##name parameters;                                                                  \
    int __wrap_##name parameters                                                                   \
    {                                                                                              \
        return fails(#name) ? faults.answer : __real_##name arguments;                             \
    }
#define OBJECT(type, name, parameters, arguments)                                                  \
    type *__real_##name parameters;                                                                \
    type *__wrap_##name parameters;                                                                \
    type *__wrap_##name parameters                                                                 \
    {                                                                                              \
        return fails(#name) ? NULL : __real_##name arguments;                                      \
    }

/* clang-format off */
typedef unsigned char byte;

OBJECT(EVP_CIPHER_CTX, EVP_CIPHER_CTX_new, (void), ())
NUMBER(EVP_CIPHER_CTX_ctrl, (EVP_CIPHER_CTX *x, int type, int arg, void *at), (x, type, arg, at))
NUMBER(EVP_EncryptInit_ex, (EVP_CIPHER_CTX *x, const EVP_CIPHER *cipher, ENGINE *engine, const byte *key, const byte *iv), (x, cipher, engine, key, iv))
NUMBER(EVP_EncryptUpdate, (EVP_CIPHER_CTX *x, byte *out, int *out_n, const byte *in, int n), (x, out, out_n, in, n))
NUMBER(EVP_EncryptFinal_ex, (EVP_CIPHER_CTX *x, byte *out, int *out_n), (x, out, out_n))
NUMBER(EVP_DecryptInit_ex, (EVP_CIPHER_CTX *x, const EVP_CIPHER *cipher, ENGINE *engine, const byte *key, const byte *iv), (x, cipher, engine, key, iv))
NUMBER(EVP_DecryptUpdate, (EVP_CIPHER_CTX *x, byte *out, int *out_n, const byte *in, int n), (x, out, out_n, in, n))
NUMBER(EVP_DecryptFinal_ex, (EVP_CIPHER_CTX *x, byte *out, int *out_n), (x, out, out_n))

OBJECT(EVP_CIPHER, EVP_CIPHER_fetch, (OSSL_LIB_CTX *lib, const char *name, const char *query), (lib, name, query))
NUMBER(EVP_CIPHER_CTX_set_padding, (EVP_CIPHER_CTX *x, int padding), (x, padding))
NUMBER(EVP_CipherInit_ex, (EVP_CIPHER_CTX *x, const EVP_CIPHER *cipher, ENGINE *engine, const byte *key, const byte *iv, int encrypt), (x, cipher, engine, key, iv, encrypt))
NUMBER(EVP_CipherUpdate, (EVP_CIPHER_CTX *x, byte *out, int *out_n, const byte *in, int n), (x, out, out_n, in, n))
NUMBER(EVP_CipherFinal_ex, (EVP_CIPHER_CTX *x, byte *out, int *out_n), (x, out, out_n))

OBJECT(EVP_PKEY_CTX, EVP_PKEY_CTX_new_from_pkey, (OSSL_LIB_CTX *lib, EVP_PKEY *key, const char *query), (lib, key, query))
NUMBER(EVP_PKEY_encrypt_init, (EVP_PKEY_CTX *x), (x))
NUMBER(EVP_PKEY_encrypt, (EVP_PKEY_CTX *x, byte *out, size_t *out_n, const byte *in, size_t n), (x, out, out_n, in, n))
NUMBER(EVP_PKEY_decrypt_init, (EVP_PKEY_CTX *x), (x))
NUMBER(EVP_PKEY_decrypt, (EVP_PKEY_CTX *x, byte *out, size_t *out_n, const byte *in, size_t n), (x, out, out_n, in, n))
NUMBER(EVP_PKEY_derive_init, (EVP_PKEY_CTX *x), (x))
NUMBER(EVP_PKEY_derive_set_peer, (EVP_PKEY_CTX *x, EVP_PKEY *peer), (x, peer))
NUMBER(EVP_PKEY_derive, (EVP_PKEY_CTX *x, byte *out, size_t *out_n), (x, out, out_n))
NUMBER(EVP_PKEY_keygen_init, (EVP_PKEY_CTX *x), (x))
NUMBER(EVP_PKEY_generate, (EVP_PKEY_CTX *x, EVP_PKEY **out), (x, out))
NUMBER(EVP_PKEY_CTX_set_rsa_oaep_md, (EVP_PKEY_CTX *x, const EVP_MD *digest), (x, digest))
NUMBER(EVP_PKEY_CTX_set_rsa_mgf1_md, (EVP_PKEY_CTX *x, const EVP_MD *digest), (x, digest))

OBJECT(EVP_MD_CTX, EVP_MD_CTX_new, (void), ())
NUMBER(EVP_MD_CTX_copy_ex, (EVP_MD_CTX *to, const EVP_MD_CTX *from), (to, from))
NUMBER(EVP_DigestSignInit_ex, (EVP_MD_CTX *x, EVP_PKEY_CTX **p, const char *name, OSSL_LIB_CTX *lib, const char *query, EVP_PKEY *key, const OSSL_PARAM *more), (x, p, name, lib, query, key, more))
NUMBER(EVP_DigestVerifyInit_ex, (EVP_MD_CTX *x, EVP_PKEY_CTX **p, const char *name, OSSL_LIB_CTX *lib, const char *query, EVP_PKEY *key, const OSSL_PARAM *more), (x, p, name, lib, query, key, more))
NUMBER(EVP_PKEY_CTX_set_rsa_padding, (EVP_PKEY_CTX *x, int padding), (x, padding))
NUMBER(EVP_PKEY_CTX_set_rsa_pss_saltlen, (EVP_PKEY_CTX *x, int n), (x, n))
NUMBER(EVP_DigestSign, (EVP_MD_CTX *x, byte *out, size_t *out_n, const byte *in, size_t n), (x, out, out_n, in, n))
NUMBER(EVP_DigestVerify, (EVP_MD_CTX *x, const byte *signature, size_t signature_n, const byte *in, size_t n), (x, signature, signature_n, in, n))

OBJECT(EVP_PKEY_CTX, EVP_PKEY_CTX_new_from_name, (OSSL_LIB_CTX *lib, const char *name, const char *query), (lib, name, query))
NUMBER(EVP_PKEY_fromdata_init, (EVP_PKEY_CTX *x), (x))
NUMBER(EVP_PKEY_fromdata, (EVP_PKEY_CTX *x, EVP_PKEY **out, int selection, OSSL_PARAM *parameters), (x, out, selection, parameters))
OBJECT(EVP_PKEY, EVP_PKEY_new_raw_public_key, (int type, ENGINE *engine, const byte *at, size_t n), (type, engine, at, n))
OBJECT(EVP_PKEY, EVP_PKEY_new_raw_private_key, (int type, ENGINE *engine, const byte *at, size_t n), (type, engine, at, n))
OBJECT(PKCS8_PRIV_KEY_INFO, EVP_PKEY2PKCS8, (const EVP_PKEY *key), (key))
NUMBER(i2d_PKCS8_PRIV_KEY_INFO, (const PKCS8_PRIV_KEY_INFO *info, byte **out), (info, out))
OBJECT(EVP_PKEY, d2i_AutoPrivateKey, (EVP_PKEY **out, const byte **at, long n), (out, at, n))
OBJECT(BIGNUM, BN_secure_new, (void), ())
OBJECT(BIGNUM, BN_bin2bn, (const byte *at, int n, BIGNUM *to), (at, n, to))
OBJECT(OSSL_PARAM_BLD, OSSL_PARAM_BLD_new, (void), ())
NUMBER(OSSL_PARAM_BLD_push_BN, (OSSL_PARAM_BLD *b, const char *name, const BIGNUM *number), (b, name, number))
NUMBER(OSSL_PARAM_BLD_push_octet_string, (OSSL_PARAM_BLD *b, const char *name, const void *at, size_t n), (b, name, at, n))
NUMBER(OSSL_PARAM_BLD_push_utf8_string, (OSSL_PARAM_BLD *b, const char *name, const char *text, size_t n), (b, name, text, n))
OBJECT(OSSL_PARAM, OSSL_PARAM_BLD_to_param, (OSSL_PARAM_BLD *b), (b))

NUMBER(EVP_PBE_scrypt, (const char *password, size_t password_n, const byte *salt, size_t salt_n, uint64_t n, uint64_t r, uint64_t p, uint64_t max, byte *out, size_t out_n), (password, password_n, salt, salt_n, n, r, p, max, out, out_n))
NUMBER(PKCS5_PBKDF2_HMAC, (const char *password, int password_n, const byte *salt, int salt_n, int rounds, const EVP_MD *digest, int out_n, byte *out), (password, password_n, salt, salt_n, rounds, digest, out_n, out))
/* clang-format on */
