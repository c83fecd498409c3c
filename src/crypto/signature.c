/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/signature.h"

#include "crypto/key_made.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

/* The longest forms: an RSA signature of RSA_BITS_MAX; an ECDSA one of P-384 as DER. */
enum { SIGNATURE_MAX = RSA_BITS_MAX / 8, HALF_MAX = 48, DER_MAX = 2 + 2 * (2 + 1 + HALF_MAX) };

/* A context like the prepared one, or made for an algorithm that was not prepared; for free. */
static EVP_MD_CTX *context(const struct key *key, enum jws_alg alg, bool sign)
{
    const EVP_MD_CTX *prepared = sign ? key->sign : key->verify;
    EVP_MD_CTX *x = EVP_MD_CTX_new();
    bool done = x != NULL && (alg == key->alg ? EVP_MD_CTX_copy_ex(x, prepared) == 1
                                              : key_context(key->pkey, alg, sign, x));
    if (!done) {
        EVP_MD_CTX_free(x);
        return NULL;
    }
    /* It ends with its one use, so OpenSSL need not copy it again. */
    EVP_MD_CTX_set_flags(x, EVP_MD_CTX_FLAG_FINALISE);
    return x;
}

/* Writes `n` big-endian bytes as a DER INTEGER and returns its end. */
static uint8_t *der_integer(const uint8_t *at, size_t n, uint8_t *out)
{
    while (n > 1 && *at == 0) {
        at++;
        n--;
    }
    bool sign_byte = (*at & 0x80) != 0;
    *out++ = 0x02;
    *out++ = (uint8_t)(n + sign_byte);
    if (sign_byte)
        *out++ = 0;
    memcpy(out, at, n);
    return out + n;
}

/* r and s side by side become the SEQUENCE that OpenSSL takes; all lengths fit one byte. */
static size_t to_der(const uint8_t *raw, size_t half, uint8_t der[static DER_MAX])
{
    uint8_t *end = der_integer(raw, half, der + 2);
    end = der_integer(raw + half, half, end);
    der[0] = 0x30;
    der[1] = (uint8_t)(end - der - 2);
    return (size_t)(end - der);
}

/* Takes one INTEGER off the front into `half` bytes; false if it is not one or too long. */
static bool take_integer(struct bytes *der, uint8_t *out, size_t half)
{
    if (der->n < 2 || der->at[0] != 0x02 || der->at[1] > der->n - 2)
        return false;
    const uint8_t *at = der->at + 2;
    size_t n = der->at[1];
    *der = (struct bytes){ at + n, der->n - 2 - n };
    for (; n > 0 && *at == 0; n--)
        at++;
    if (n > half)
        return false;
    memset(out, 0, half - n);
    if (n > 0)
        memcpy(out + half - n, at, n);
    return true;
}

static bool from_der(struct bytes der, uint8_t *raw, size_t half)
{
    if (der.n < 2 || der.at[0] != 0x30 || der.at[1] != der.n - 2)
        return false;
    der = (struct bytes){ der.at + 2, der.n - 2 };
    return take_integer(&der, raw, half) && take_integer(&der, raw + half, half) && der.n == 0;
}

static bool sign(const struct key *key, enum jws_alg alg, struct bytes in, uint8_t *out, size_t *n)
{
    EVP_MD_CTX *x = context(key, alg, true);
    bool done = x != NULL && EVP_DigestSign(x, out, n, in.at, in.n) == 1;
    EVP_MD_CTX_free(x);
    return done;
}

RESULT signature_make(struct ctx *c, const struct key *key, enum jws_alg alg, struct bytes in,
                      struct bytes *out)
{
    must(key->is_private && (key->algs & alg) != 0);
    uint8_t made[SIGNATURE_MAX];
    size_t n = sizeof made, half = alg_row(alg)->half_bytes;
    if (!sign(key, alg, in, made, &n))
        return fail(c, UNAVAILABLE, "%s with key %s failed", alg_name(alg), key->kid);
    if (half == 0) {
        *out = (struct bytes){ arena_copy(c->arena, made, n), n };
        return ok();
    }
    /* RFC 7518 3.4: r and s, each padded to the length of the order. */
    uint8_t *raw = arena_alloc(c->arena, 2 * half);
    if (!from_der((struct bytes){ made, n }, raw, half))
        return fail(c, INTERNAL, "an ECDSA signature has an unexpected form");
    *out = (struct bytes){ raw, 2 * half };
    return ok();
}

/* Empties the queue of this thread's errors, which would be taken for a later failure of TLS. */
static bool lacked_memory(void)
{
    bool lacked = false;
    for (unsigned long e = ERR_get_error(); e != 0; e = ERR_get_error())
        lacked |= ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE;
    return lacked;
}

static enum signature_answer check(const struct key *key, enum jws_alg alg, struct bytes in,
                                   struct bytes signature)
{
    EVP_MD_CTX *x = context(key, alg, false);
    if (x == NULL) {
        ERR_clear_error();
        return SIGNATURE_UNKNOWN;
    }
    /* Three answers are possible; one of them is yes. */
    bool holds = EVP_DigestVerify(x, signature.at, signature.n, in.at, in.n) == 1;
    EVP_MD_CTX_free(x);
    if (holds)
        return SIGNATURE_RIGHT;
    return lacked_memory() ? SIGNATURE_UNKNOWN : SIGNATURE_WRONG;
}

enum signature_answer signature_check(const struct key *key, enum jws_alg alg, struct bytes in,
                                      struct bytes signature)
{
    if ((key->algs & alg) == 0)
        return SIGNATURE_WRONG;
    size_t half = alg_row(alg)->half_bytes;
    if (half == 0)
        return check(key, alg, in, signature);
    /* RFC 7518 3.4: any other length is refused before the numbers are looked at. */
    if (signature.n != 2 * half)
        return SIGNATURE_WRONG;
    uint8_t der[DER_MAX];
    size_t n = to_der(signature.at, half, der);
    return check(key, alg, in, (struct bytes){ der, n });
}

bool signature_holds(const struct key *key, enum jws_alg alg, struct bytes in,
                     struct bytes signature)
{
    return signature_check(key, alg, in, signature) == SIGNATURE_RIGHT;
}
