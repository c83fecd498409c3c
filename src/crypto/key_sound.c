/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key_sound.h"

#include "crypto/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

enum { ED25519_BYTES = 32, EXPONENT_BITS_MAX = 32 };

/* Whether `value` is a power of 65537 modulo `prime`. */
static bool is_power_of_f4(unsigned value, unsigned prime)
{
    unsigned power = 1;
    do {
        if (power == value)
            return true;
        power = power * (65537 % prime) % prime;
    } while (power != 1);
    return false;
}

/*
 * Primes of that generator are k * M + (65537^a mod M), M the product of the first primes; so
 * modulo each small prime their product is a power of 65537, which by chance happens to a modulus
 * once in 2^27 or less.
 */
static bool is_of_broken_generator(const BIGNUM *n)
{
    static const uint8_t primes[] = { 3,   5,   7,   11,  13,  17,  19,  23,  29,  31,
                                      37,  41,  43,  47,  53,  59,  61,  67,  71,  73,
                                      79,  83,  89,  97,  101, 103, 107, 109, 113, 127,
                                      131, 137, 139, 149, 151, 157, 163, 167 };
    for (size_t i = 0; i < sizeof primes; i++)
        if (!is_power_of_f4((unsigned)BN_mod_word(n, primes[i]), primes[i]))
            return false;
    return true;
}

static const char *rsa_flaw(const EVP_PKEY *pkey)
{
    BIGNUM *n = NULL;
    BIGNUM *e = NULL;
    const char *why = "an RSA key has a modulus and an exponent";
    if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1) {
        int bits = BN_num_bits(n);
        why = bits < RSA_BITS_MIN || bits > RSA_BITS_MAX ? "an RSA key has 2048 to 8192 bits"
              : !BN_is_odd(n)                            ? "an RSA modulus is odd"
              : !BN_is_odd(e) || BN_is_one(e) || BN_num_bits(e) > EXPONENT_BITS_MAX
                  ? "an RSA exponent is odd, at least 3 and at most 32 bits long"
              : is_of_broken_generator(n) ? "this RSA key was made by a broken generator"
                                          : NULL;
    }
    BN_free(n);
    BN_free(e);
    return why;
}

/* y, little-endian, of the points whose order divides 8; beside them only y >= p, which is refused.
 */
static const uint8_t small_order[][ED25519_BYTES] = {
    { 0x00 },
    { 0x01 },
    { 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
      0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
      0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
    { 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
      0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
      0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
    { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
};

/* Whether y is 2^255 - 19 or more. */
static bool is_beyond_p(const uint8_t y[static ED25519_BYTES])
{
    if (y[0] < 0xed || y[ED25519_BYTES - 1] != 0x7f)
        return false;
    for (size_t i = 1; i < ED25519_BYTES - 1; i++)
        if (y[i] != 0xff)
            return false;
    return true;
}

static const char *ed25519_flaw(const EVP_PKEY *pkey)
{
    uint8_t y[ED25519_BYTES];
    size_t n = sizeof y;
    if (EVP_PKEY_get_raw_public_key(pkey, y, &n) != 1 || n != sizeof y)
        return "an Ed25519 key has 32 bytes";
    y[ED25519_BYTES - 1] &= 0x7f; /* the sign of x */
    if (is_beyond_p(y))
        return "an Ed25519 point is not in its canonical form";
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++)
        if (memcmp(y, small_order[i], sizeof y) == 0)
            return "an Ed25519 point is of small order";
    return NULL;
}

const char *key_flaw(const EVP_PKEY *pkey)
{
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
        return rsa_flaw(pkey);
    case EVP_PKEY_ED25519:
        return ed25519_flaw(pkey);
    default:
        return NULL;
    }
}
