/* SPDX-License-Identifier: Apache-2.0 */
#include "token/id_token.h"

#include "base/codec.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "token/act.h"
#include "token/claims.h"
#include "token/keyring.h"

static const char typ[] = "JWT";

/* OpenID Connect Core 3.1.3.6: the left half of the hash that goes with the algorithm; of Ed25519
 * it is SHA-512. */
static const char *left_half(struct ctx *c, const char *alg, const char *text)
{
    uint8_t digest[DIGEST_SHA512];
    size_t n = 0;
    switch (alg_from_name(alg)) {
    case ALG_RS256:
    case ALG_PS256:
    case ALG_ES256:
    case ALG_HS256:
        sha256(bytes_of(text), digest);
        n = DIGEST_SHA256;
        break;
    case ALG_ES384:
        sha384(bytes_of(text), digest);
        n = DIGEST_SHA384;
        break;
    case ALG_EDDSA:
        sha512(bytes_of(text), digest);
        n = DIGEST_SHA512;
        break;
    }
    must(n > 0);
    return base64url_encode(c->arena, (struct bytes){ digest, n / 2 });
}

static RESULT write_payload(struct ctx *c, const char *alg, const void *arg, const char **payload)
{
    const struct id_token *facts = arg;
    const char *actor[] = { facts->actor };
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "iss", token_issuer(c));
    json_text(&w, "sub", facts->sub);
    json_text(&w, "aud", facts->client_id);
    json_number(&w, "exp", time_add(c->now, facts->life));
    json_number(&w, "iat", c->now);
    if (facts->auth_time > 0)
        json_number(&w, "auth_time", facts->auth_time);
    json_text_if(&w, "nonce", facts->nonce);
    json_text_if(&w, "acr", facts->acr);
    act_write(&w, (struct texts){ actor, facts->actor != NULL });
    if (facts->amr.n > 0)
        json_texts(&w, "amr", facts->amr);
    json_text_if(&w, "sid", facts->sid);
    json_text_if(&w, "grant_id", facts->authorization_id);
    if (facts->access_token != NULL)
        json_text(&w, "at_hash", left_half(c, alg, facts->access_token));
    if (facts->write != NULL)
        facts->write(&w, facts->about);
    json_object_end(&w);
    *payload = json_written(&w);
    return ok();
}

RESULT id_token_issue(struct ctx *c, const struct id_token *facts, const char **token)
{
    const struct keyring_use use = { .typ = typ, .alg = facts->alg };
    const struct keyring_payload payload = { .make = write_payload, .arg = facts };
    return keyring_sign_made(c, c->keys, &use, &payload, token);
}

/* The algorithms of the published keys, and no other. */
static unsigned algs_of(const struct key_set *set)
{
    unsigned algs = 0;
    for (size_t i = 0; i < set->n; i++)
        algs |= set->at[i]->algs;
    return algs;
}

RESULT id_token_read_hint(struct ctx *c, const char *token, const char *client_id,
                          struct id_token_hint *out)
{
    const struct key_set *keys = keyring_public(c, c->keys);
    struct jwt jwt = { 0 };
    struct id_token_hint hint = { 0 };
    /* OpenID Connect Core 3.1.2.2: it may have expired; it must be of this issuer and client. */
    const struct jwt_policy policy = {
        .signature = { .algs = algs_of(keys), .keys = keys, .refusal = ERR_INVALID_REQUEST },
        .iss = token_issuer(c),
        .aud = { &client_id, client_id != NULL },
        .required = JWT_SUB | JWT_IAT | JWT_ONE_AUDIENCE,
        .open = JWT_NO_EXPIRY | (client_id == NULL ? JWT_ANY_AUDIENCE : 0),
    };
    TRY(jwt_verify(c, token, &policy, &jwt));
    TRY(jwt_text(c, &jwt, "sid", &hint.sid));
    hint.sub = jwt.sub;
    hint.client_id = jwt.aud.at[0];
    *out = hint;
    return ok();
}

RESULT id_token_verify(struct ctx *c, const char *token, struct id_token_read *out)
{
    const struct key_set *keys = keyring_public(c, c->keys);
    struct jwt jwt = { 0 };
    const char *authorization_id = NULL;
    const struct jwt_policy policy = {
        .signature = { .algs = algs_of(keys), .keys = keys, .refusal = ERR_INVALID_REQUEST },
        .iss = token_issuer(c),
        .required = JWT_SUB | JWT_IAT | JWT_ONE_AUDIENCE,
        .open = JWT_ANY_AUDIENCE,
    };
    TRY(jwt_verify(c, token, &policy, &jwt));
    TRY(jwt_text(c, &jwt, "grant_id", &authorization_id));
    if (authorization_id == NULL)
        return fail(c, INVALID_REQUEST, "a token of type JWT has no grant_id: it is no ID token");
    *out = (struct id_token_read){ .sub = jwt.sub,
                                   .client_id = jwt.aud.at[0],
                                   .authorization_id = authorization_id,
                                   .expires_at = jwt.exp };
    return ok();
}
