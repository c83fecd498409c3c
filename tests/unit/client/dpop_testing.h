/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CLIENT_DPOP_TESTING_H
#define UAUTH_TESTS_UNIT_CLIENT_DPOP_TESTING_H

/* A key, the request that its proofs are about, and proofs made by hand. */

#include "client/dpop.h"
#include "crypto/seal.h"
#include "tests/unit/crypto/jose_testing.h"

#define URL "https://auth.example.com/oauth2/token"

struct proof_world {
    struct ctx *c;
    const struct key *key;
    struct dpop_policy policy;
};

static inline struct proof_world proof_world(struct ctx *c)
{
    uint8_t master[SEAL_MASTER_BYTES];
    struct seal *seal = NULL;
    random_fill(c->random, master, sizeof master);
    struct bytes key = { master, sizeof master };
    assert_int_equal(seal_new(c, c->arena, &key, 1, &seal).code, ERR_OK);
    c->seal = seal;
    return (
        struct proof_world){ .c = c,
                             .key = new_key(c, ALG_ES256),
                             .policy = { .algs = ALGS_ASYMMETRIC, .method = "POST", .url = URL } };
}

static inline const char *public_jwk(struct ctx *c, const struct key *key)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    key_write_members(&w, key->pkey, false);
    json_object_end(&w);
    return json_written(&w);
}

/* "{"typ":"dpop+jwt",...}" with the public key of `w`, and `more`. */
static inline const char *proof_header(const struct proof_world *w, const char *more)
{
    return text_printf(w->c->arena, "{\"typ\":\"dpop+jwt\",\"alg\":\"%s\",\"jwk\":%s%s}",
                       alg_name(w->key->alg), public_jwk(w->c, w->key), more);
}

/* A proof with this header and these claims. */
static inline const char *proof_of(const struct proof_world *w, const char *header,
                                   const char *claims)
{
    return forge(w->c, w->key, w->key->alg, header, claims);
}

/* Good claims for a request of this method and URL, made at `iat`. */
static inline const char *claims_of(const struct proof_world *w, const char *htm, const char *htu,
                                    int64_t iat)
{
    return text_printf(w->c->arena,
                       "{\"htm\":\"%s\",\"htu\":\"%s\",\"iat\":%lld,\"jti\":\"0123456789abcdef\"}",
                       htm, htu, (long long)iat);
}

/* Good claims with `more` behind them (which begins with a comma, or is empty). */
static inline const char *claims_with(const struct proof_world *w, const char *more)
{
    const char *good = claims_of(w, "POST", URL, w->c->now);
    return text_printf(w->c->arena, "%.*s%s}", (int)strlen(good) - 1, good, more);
}

/* How checking `proof` ends; the failure is the recorded one. */
static inline enum err_code proof_result(const struct proof_world *w, const char *proof,
                                         struct dpop *out)
{
    err e = dpop_verify(w->c, proof, &w->policy, out);
    assert_int_equal(e.code, w->c->fault.code);
    fault_clear(w->c);
    return e.code;
}

/* Whether a proof is taken; if not, it is for being invalid. */
static inline bool proof_taken(const struct proof_world *w, const char *proof)
{
    struct dpop out = { 0 };
    enum err_code code = proof_result(w, proof, &out);
    assert_true(code == ERR_OK || (code == ERR_INVALID_DPOP_PROOF && out.jkt == NULL));
    return code == ERR_OK;
}

static inline bool claims_taken(const struct proof_world *w, const char *claims)
{
    return proof_taken(w, proof_of(w, proof_header(w, ""), claims));
}

#endif
