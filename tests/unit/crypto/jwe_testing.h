/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CRYPTO_JWE_TESTING_H
#define UAUTH_TESTS_UNIT_CRYPTO_JWE_TESTING_H

/* What the tests of encryption share: keys, policies, and tokens made by hand. */

#include "crypto/jwe.h"
#include "crypto/jwe_key.h"
#include "jose_testing.h"

static const enum jwe_alg jwe_algs[] = { JWE_RSA_OAEP_256, JWE_ECDH_ES, JWE_ECDH_ES_A256KW };
static const enum jwe_enc jwe_encs[] = { JWE_A256GCM, JWE_A128CBC_HS256 };
enum { ALGS_OF_JWE = 3, ENCS_OF_JWE = 2 };

static inline const struct encryption_key *new_encryption_key(struct ctx *c, enum jwe_alg alg)
{
    const struct encryption_key *key = NULL;
    assert_int_equal(encryption_key_generate(c, c->arena, alg, &key).code, ERR_OK);
    return key;
}

/* The key of a JWK; NULL if it is refused. */
static inline const struct encryption_key *read_encryption_jwk(struct ctx *c, const char *json,
                                                               bool private_allowed)
{
    const struct encryption_key *key = NULL;
    err e = encryption_key_read_jwk(c, c->arena, bytes_of(json), private_allowed, &key);
    assert_true(e.code == ERR_OK || e.code == ERR_INVALID_REQUEST);
    fault_clear(c);
    return e.code == ERR_OK ? key : NULL;
}

/* The policy that takes all that there is with `key`. */
static inline struct jwe_policy jwe_policy_of(struct ctx *c, const struct encryption_key *key)
{
    const struct encryption_key **at = ARENA_NEW(c->arena, const struct encryption_key *);
    at[0] = key;
    struct encryption_keys *keys = ARENA_NEW(c->arena, struct encryption_keys);
    *keys = (struct encryption_keys){ at, 1, 0 };
    return (struct jwe_policy){ .algs = JWE_ALGS, .encs = JWE_ENCS, .keys = keys };
}

static inline const char *encrypted(struct ctx *c, const struct jwe_plan *plan, const char *plain)
{
    const char *token = NULL;
    assert_int_equal(jwe_encrypt(c, plan, bytes_of(plain), &token).code, ERR_OK);
    return token;
}

/* The text that `token` holds, or NULL if it is refused; the failure is the one due. */
static inline const char *opened(struct ctx *c, const char *token, const struct jwe_policy *policy)
{
    struct jwe out = { 0 };
    err e = jwe_decrypt(c, token, policy, &out);
    assert_true(e.code == ERR_OK || e.code == ERR_INVALID_TOKEN);
    assert_int_equal(e.code, c->fault.code);
    assert_true(e.code == ERR_OK || out.plain.n == 0);
    return e.code == ERR_OK ? text_copy(c->arena, (const char *)out.plain.at, out.plain.n) : NULL;
}

static inline bool opens(struct ctx *c, const char *token, const struct jwe_policy *policy)
{
    const char *text = opened(c, token, policy);
    fault_clear(c);
    return text != NULL;
}

/* Why `token` is refused: the text for the log. */
static inline const char *refusal_of(struct ctx *c, const char *token,
                                     const struct jwe_policy *policy)
{
    assert_null(opened(c, token, policy));
    const char *text = c->fault.text;
    fault_clear(c);
    return text;
}

/* The five parts of a token, decoded but for the header. */
struct jwe_hand {
    const char *header; /* as JSON */
    struct bytes encrypted_key, iv, ciphertext, tag;
};

static inline const char *by_hand(struct ctx *c, const struct jwe_hand *hand)
{
    return text_printf(
        c->arena, "%s.%s.%s.%s.%s", base64url_encode(c->arena, bytes_of(hand->header)),
        base64url_encode(c->arena, hand->encrypted_key), base64url_encode(c->arena, hand->iv),
        base64url_encode(c->arena, hand->ciphertext), base64url_encode(c->arena, hand->tag));
}

/* Encrypts `plain` under `cek` and the header of `hand`, whatever that says. */
static inline void fill_hand(struct ctx *c, struct jwe_hand *hand, enum jwe_enc enc,
                             const uint8_t *cek, struct bytes plain)
{
    uint8_t *iv = arena_alloc(c->arena, 16), *tag = arena_alloc(c->arena, JWE_TAG_BYTES);
    random_fill(c->random, iv, 16);
    hand->iv = (struct bytes){ iv, jwe_iv_bytes(enc) };
    hand->tag = (struct bytes){ tag, JWE_TAG_BYTES };
    struct jwe_content content = { .enc = enc,
                                   .key = cek,
                                   .iv = hand->iv,
                                   .aad = bytes_of(
                                       base64url_encode(c->arena, bytes_of(hand->header))) };
    assert_true(jwe_content_encrypt(c->arena, &content, plain, &hand->ciphertext, tag));
}

#endif
