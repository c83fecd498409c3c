/* SPDX-License-Identifier: Apache-2.0 */
#include "token/verify.h"

#include "base/config.h"
#include "crypto/digest.h"
#include "identity/impersonation.h"
#include "store/opaque_tokens.h"
#include "token/claims.h"
#include "token/keyring.h"
#include "token/revoke.h"

#include <string.h>

/* The algorithms of the published keys, and no other. */
static unsigned algs_of(const struct key_set *set)
{
    unsigned algs = 0;
    for (size_t i = 0; i < set->n; i++)
        algs |= set->at[i]->algs;
    return algs;
}

/* What an opaque token stands for is held to the same rules as what a signed one says. */
static RESULT find(struct ctx *c, const char *token, const struct jwt_policy *policy,
                   struct jwt *out)
{
    const char *claims = NULL;
    if (strnlen(token, OPAQUE_TOKEN_CHARS + 1) == OPAQUE_TOKEN_CHARS)
        TRY(opaque_token_find(c, token_hash(c->arena, token), &claims));
    if (claims == NULL)
        return because(c, TOKEN_OPAQUE, NULL, NULL,
                       fail(c, INVALID_TOKEN, "the opaque access token is unknown or has expired"));
    return jwt_take(c, bytes_of(claims), policy, out);
}

/* Whoever has a token shows it again and again: what it says is kept under the end of it, which is
 * random, or its signature. */
static const char *end_of(const char *token)
{
    enum { END = 43 };
    size_t n = strlen(token);
    return n > END ? token + n - END : token;
}

bool token_is_opaque(const char *token)
{
    return text_starts(token, OPAQUE_PREFIX);
}

/* An actor is a client that exchanged the token, or whoever acts in the session behind it. */
static RESULT check_actor(struct ctx *c, struct access *access)
{
    bool stands = true;
    if (access->facts.actors.n == 0)
        return ok();
    TRY(impersonation_stands_in(c, access->facts.sid, &access->impersonator_id, &stands));
    return stands ? ok()
                  : because(c, TOKEN_REVOKED, NULL, access->jti,
                            fail(c, INVALID_TOKEN, "user %s may not act in session %s any longer",
                                 access->impersonator_id, access->facts.sid));
}

static RESULT verify(struct ctx *c, const char *token, struct texts audiences, struct access *out)
{
    const struct key_set *keys = keyring_public(c, c->keys);
    /* RFC 9068 4: type, issuer, audience, signature, expiry. */
    struct jwt_policy policy = {
        .signature = { .algs = algs_of(keys), .keys = keys },
        .typ = ACCESS_TYP,
        .iss = token_issuer(c),
        .aud = audiences,
        .required = JWT_SUB | JWT_JTI | JWT_IAT | JWT_ONE_AUDIENCE,
        .open = audiences.n == 0 ? JWT_ANY_AUDIENCE : 0,
        /* A revocation is remembered no longer than a token of this life could need it. */
        .max_life = token_life(c->config),
        .kept_as = end_of(token),
    };
    struct jwt jwt = { 0 };
    struct access access = { 0 };
    bool revoked = true;
    TRY(token_is_opaque(token) ? find(c, token, &policy, &jwt)
                               : jwt_verify(c, token, &policy, &jwt));
    TRY(access_read(c, &jwt, &access));
    TRY(revocations_check(c, &access, &revoked));
    if (revoked)
        return because(c, TOKEN_REVOKED, NULL, access.jti,
                       fail(c, INVALID_TOKEN, "the access token %s has been revoked", access.jti));
    TRY(check_actor(c, &access));
    *out = access;
    return ok();
}

RESULT verify_access(struct ctx *c, const char *token, const char *audience, struct access *out)
{
    const char *wanted = audience == NULL ? token_audience(c) : audience;
    return verify(c, token, (struct texts){ &wanted, 1 }, out);
}

RESULT verify_access_any(struct ctx *c, const char *token, struct access *out)
{
    return verify(c, token, (struct texts){ 0 }, out);
}
