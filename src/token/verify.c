/* SPDX-License-Identifier: Apache-2.0 */
#include "token/verify.h"

#include "base/config.h"
#include "base/readings.h"
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
                   struct jws *out)
{
    const char *claims = NULL;
    if (strnlen(token, OPAQUE_TOKEN_CHARS + 1) == OPAQUE_TOKEN_CHARS)
        TRY(opaque_token_find(c, token_hash(c->arena, token), &claims));
    if (claims == NULL)
        return because(c, TOKEN_OPAQUE, NULL, NULL,
                       fail(c, INVALID_TOKEN, "the opaque access token is unknown or has expired"));
    *out = (struct jws){ .typ = policy->typ, .payload = bytes_of(claims) };
    return ok();
}

/* What a payload says, which comes with each request that shows the token, and is the same. */
struct said {
    struct jwt jwt;
    struct access access;
};

static RESULT read_said(struct ctx *c, struct bytes payload, void *out)
{
    struct said *said = out;
    said->jwt.signature.payload = payload;
    TRY(jwt_read(c, &said->jwt));
    return access_read(c, &said->jwt, &said->access);
}
static const struct reading said_reading = { sizeof(struct said), read_said };

/* It is kept under the end of the token, which is random, or its signature. */
static const char *end_of(const char *token)
{
    enum { END = 43 };
    size_t n = strlen(token);
    return n > END ? token + n - END : token;
}

/* What is wrong is told in this order: as JSON and of the registered claims, by the policy, of an
 * access token of ours. */
static RESULT read_in_order(struct ctx *c, const struct jws *signature,
                            const struct jwt_policy *policy, struct access *out)
{
    struct jwt jwt = { .signature = *signature };
    TRY(jwt_read(c, &jwt));
    TRY(jwt_check(c, &jwt, policy));
    return access_read(c, &jwt, out);
}

static RESULT read_payload(struct ctx *c, const char *token, const struct jws *signature,
                           const struct jwt_policy *policy, struct access *out)
{
    const void *read = NULL;
    if (readings_read(c, &said_reading, end_of(token), signature->payload, &read).code != ERR_OK) {
        fault_clear(c);
        return read_in_order(c, signature, policy, out);
    }
    const struct said *said = read;
    struct jwt jwt = said->jwt;
    jwt.signature = *signature;
    TRY(jwt_check(c, &jwt, policy));
    *out = said->access;
    return ok();
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
    bool opaque = token_is_opaque(token);
    const struct key_set *keys = opaque ? NULL : keyring_public(c, c->keys);
    /* RFC 9068 4: type, issuer, audience, signature, expiry. */
    struct jwt_policy policy = {
        .signature = { .algs = opaque ? 0 : algs_of(keys), .keys = keys },
        .typ = ACCESS_TYP,
        .iss = token_issuer(c),
        .aud = audiences,
        .required = JWT_SUB | JWT_JTI | JWT_IAT | JWT_ONE_AUDIENCE,
        .open = audiences.n == 0 ? JWT_ANY_AUDIENCE : 0,
        /* A revocation is remembered no longer than a token of this life could need it. */
        .max_life = token_life(c->config),
    };
    struct jws signature = { 0 };
    struct access access = { 0 };
    bool revoked = true;
    TRY(opaque ? find(c, token, &policy, &signature)
               : jws_verify(c, token, &policy.signature, &signature));
    TRY(read_payload(c, token, &signature, &policy, &access));
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
