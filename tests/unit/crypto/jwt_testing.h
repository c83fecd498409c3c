/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CRYPTO_JWT_TESTING_H
#define UAUTH_TESTS_UNIT_CRYPTO_JWT_TESTING_H

/* A key, a policy as access tokens have it, and tokens for it. */

#include "jose_testing.h"

#define ISSUER   "https://issuer.example"
#define AUDIENCE "https://api.example"

/* A key, and a policy as an access token has it. */
struct world {
    const struct key *key;
    struct jwt_policy policy;
};

static inline struct world new_world(struct ctx *c)
{
    struct world w = { .key = new_key(c, ALG_EDDSA) };
    const char **aud = ARENA_NEW(c->arena, const char *);
    aud[0] = AUDIENCE;
    w.policy = (struct jwt_policy){
        .signature = policy_of(c, w.key), .typ = "at+jwt", .iss = ISSUER, .aud = { aud, 1 }
    };
    return w;
}

/* A token of `typ` (NULL: none) with `claims` as its payload. */
static inline const char *token_of(struct ctx *c, const struct world *w, const char *typ,
                                   const char *claims)
{
    const char *token = NULL;
    assert_int_equal(jwt_sign(c, w->key, typ, claims, &token).code, ERR_OK);
    return token;
}

static inline bool accepts_token(struct ctx *c, const struct world *w, const char *token)
{
    struct jwt out = { 0 };
    err e = jwt_verify(c, token, &w->policy, &out);
    assert_true(e.code == ERR_OK || e.code == ERR_INVALID_TOKEN);
    fault_clear(c);
    return e.code == ERR_OK;
}

static inline bool accepts(struct ctx *c, const struct world *w, const char *claims)
{
    return accepts_token(c, w, token_of(c, w, "at+jwt", claims));
}

/* Good claims, with `more` behind them (which begins with a comma, or is empty). */
static inline const char *good(struct ctx *c, const char *more)
{
    return text_printf(c->arena,
                       "{\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE "\",\"sub\":\"user\","
                       "\"exp\":%lld%s}",
                       (long long)c->now + 900, more);
}

/* Claims without `exp`, with `more` behind them. */
static inline const char *timeless(struct ctx *c, const char *more)
{
    return text_printf(c->arena, "{\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE "\"%s}", more);
}

#endif
