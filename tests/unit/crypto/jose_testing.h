/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CRYPTO_JOSE_TESTING_H
#define UAUTH_TESTS_UNIT_CRYPTO_JOSE_TESTING_H

/* What the tests of keys, signatures and tokens share: keys, sets of them, and tokens made by hand.
 */

#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "crypto/key_made.h"
#include "crypto/signature.h"
#include "vectors.h"

#define NOTHING ((struct bytes){ NULL, 0 })

static inline const struct key *new_key(struct ctx *c, enum jws_alg alg)
{
    const struct key *key = NULL;
    assert_int_equal(key_generate(c, c->arena, alg, RSA_BITS, &key).code, ERR_OK);
    return key;
}

/* The key of a JWK; NULL if it is refused. */
static inline const struct key *read_jwk(struct ctx *c, const char *json, bool private_allowed)
{
    const struct key *key = NULL;
    err e = key_read_jwk(c, c->arena, bytes_of(json), private_allowed, &key);
    assert_true(e.code == ERR_OK || e.code == ERR_INVALID_REQUEST);
    fault_clear(c);
    return e.code == ERR_OK ? key : NULL;
}

static inline struct key_set *set_of(struct ctx *c, const struct key *key)
{
    const struct key **at = ARENA_NEW(c->arena, const struct key *);
    at[0] = key;
    struct key_set *set = ARENA_NEW(c->arena, struct key_set);
    *set = (struct key_set){ at, 1, 0 };
    return set;
}

/* The policy that takes exactly what `key` is for. */
static inline struct jws_policy policy_of(struct ctx *c, const struct key *key)
{
    return (struct jws_policy){ .algs = key->algs, .keys = set_of(c, key) };
}

static inline const struct hmac_secret *secret_of(struct ctx *c, struct bytes at)
{
    const struct hmac_secret *secret = NULL;
    err e = hmac_secret_new(c, c->arena, at, &secret);
    fault_clear(c);
    return e.code == ERR_OK ? secret : NULL;
}

/* "<header>.<payload>" from the texts of both. */
static inline const char *unsigned_text(struct ctx *c, const char *header, const char *payload)
{
    return text_printf(c->arena, "%s.%s", base64url_encode(c->arena, bytes_of(header)),
                       base64url_encode(c->arena, bytes_of(payload)));
}

static inline const char *with_signature(struct ctx *c, const char *text, struct bytes signature)
{
    return text_printf(c->arena, "%s.%s", text, base64url_encode(c->arena, signature));
}

/* A token with this header and payload, signed with `alg` whatever the header says of it and
 * whatever the key is pinned to. */
static inline const char *forge(struct ctx *c, const struct key *key, enum jws_alg alg,
                                const char *header, const char *payload)
{
    struct key free_key = *key;
    free_key.algs = key_algs_of(key->pkey);
    const char *text = unsigned_text(c, header, payload);
    struct bytes signature = { 0 };
    assert_int_equal(signature_make(c, &free_key, alg, bytes_of(text), &signature).code, ERR_OK);
    return with_signature(c, text, signature);
}

/* Whether the signature and the header are good for `policy`; the failure is the one due. */
static inline bool verifies(struct ctx *c, const char *token, const struct jws_policy *policy)
{
    struct jws out = { 0 };
    err e = jws_verify(c, token, policy, &out);
    assert_true(e.code == ERR_OK || e.code == ERR_INVALID_TOKEN);
    assert_int_equal(e.code, c->fault.code);
    fault_clear(c);
    return e.code == ERR_OK;
}

#define HEADER(alg, kid) text_printf(c->arena, "{\"alg\":\"%s\",\"kid\":\"%s\"}", (alg), (kid))

#endif
