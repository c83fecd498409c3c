/* SPDX-License-Identifier: Apache-2.0 */
#include "client/verifier.h"

#include "client/dpop.h"
#include "client/id_token.h"
#include "client/status_list.h"
#include "client/tenant_issuer.h"
#include "client/verifier_keys.h"
#include "crypto/certificate.h"
#include "net/url.h"

#include <string.h>

/* ---- the token by itself ---- */

static RESULT check_id_token(struct ctx *c, const struct verifier *v,
                             const struct verifier_request *rq, const struct key_set *keys,
                             struct jwt *out)
{
    const struct id_token_due due = { .issuer = v->tenants.n > 0 ? NULL : v->issuer,
                                      .client_id = v->audiences.at[0],
                                      .nonce = rq->nonce,
                                      .no_nonce = rq->nonce == NULL,
                                      .algs = v->algs };
    return id_token_check(c, rq->token, keys, &due, out);
}

static RESULT check_access_token(struct ctx *c, const struct verifier *v, const char *token,
                                 const struct key_set *keys, struct jwt *out)
{
    const struct jwt_policy policy = {
        .signature = { .algs = v->algs, .keys = keys, .bytes_max = VERIFIER_TOKEN_MAX },
        .typ = "at+jwt",
        .iss = v->tenants.n > 0 ? NULL : v->issuer,
        .aud = v->audiences,
        .required = JWT_SUB,
        .open = (v->kind == VERIFIER_UNTYPED ? JWT_TYP_OPTIONAL : 0U) |
                (v->tenants.n > 0 ? JWT_ANY_ISSUER : 0U),
        .leeway = v->leeway,
    };
    return jwt_verify(c, token, &policy, out);
}

static RESULT check_with(struct ctx *c, const struct verifier *v, const struct verifier_request *rq,
                         const struct verifier_keys *keys, struct jwt *out)
{
    if (v->kind == VERIFIER_ID_TOKEN)
        TRY(check_id_token(c, v, rq, &keys->said->set, out));
    else
        TRY(check_access_token(c, v, rq->token, &keys->said->set, out));
    if (v->tenants.n > 0)
        TRY(tenant_issuer_check(c, v->issuer, v->tenants, out));
    /* AT-17: of an issuer with one tenant, too. */
    return tenant_key_check(c, out, keys->said, keys->cloud);
}

/* With the keys at hand; if the one that the token names is not among them, with those that are
 * fetched for it. */
static RESULT check_token(struct ctx *c, const struct verifier *v,
                          const struct verifier_request *rq, struct jwt *out)
{
    struct verifier_keys keys;
    if (verifier_keys_kept(c, v, &keys)) {
        err result = check_with(c, v, rq, &keys, out);
        if (result.code == ERR_OK || c->fault.rule != RULE_TOKEN_KEY || v->keys != NULL)
            return result;
        fault_clear(c);
    }
    TRY(verifier_keys_find(c, v, rq->token, &keys));
    return check_with(c, v, rq, &keys, out);
}

/* For the status lists of the issuer. */
static RESULT status_keys(struct ctx *c, void *arg, const char *token, struct jws_policy *out)
{
    const struct verifier *v = arg;
    struct verifier_keys keys;
    TRY(verifier_keys_find(c, v, token, &keys));
    *out = (struct jws_policy){ .algs = v->algs, .keys = &keys.said->set };
    return ok();
}

static RESULT check_status(struct ctx *c, const struct verifier *v, const struct jwt *jwt)
{
    struct status_ref ref;
    const struct status_trust trust = { .configured = v->jwks_uri != NULL ? v->jwks_uri : v->issuer,
                                        .serial = v->serial,
                                        .keys = status_keys,
                                        .arg = (void *)(uintptr_t)v };
    if (v->status_off)
        return ok();
    TRY(status_ref_read(c, jwt, &ref));
    return ref.uri == NULL ? ok() : status_check(c, &ref, &trust);
}

/* ---- what it is bound to ---- */

/* RFC 9449 11.1: for this key, once; and nothing of before we began to remember. */
static RESULT check_first(struct ctx *c, const struct verifier *v, const struct dpop *proof)
{
    bool first = false;
    const char *id = text_printf(c->arena, "%s %s", proof->jkt, proof->jti);
    TRY(replays_add(c, v->replays, bytes_of(id), proof->expires_at + JWT_SKEW, &first));
    if (!first)
        return because(
            c, DPOP_REPLAY, NULL, NULL,
            fail(c, INVALID_DPOP_PROOF, "a DPoP proof of the key %s came twice", proof->jkt));
    bool since = v->nonces_own && proof->nonce_at != 0;
    if (!since && !dpop_is_remembered(proof, replays_born_at(v->replays)))
        return because(
            c, DPOP_NONCE, NULL, "none, and the memory of proofs is young",
            fail(c, USE_DPOP_NONCE, "a DPoP proof may be older than what is remembered"));
    return ok();
}

static const char *nonce_for(const struct verifier *v)
{
    return v->resource != NULL ? v->resource : v->audiences.at[0];
}

static RESULT check_proof(struct ctx *c, const struct verifier *v,
                          const struct verifier_request *rq, const char *jkt)
{
    struct dpop proof;
    const struct dpop_policy policy = { .algs = DPOP_ALGS,
                                        .method = rq->method,
                                        .url = rq->url,
                                        .access_token = rq->token,
                                        .jkt = jkt,
                                        .nonce_for = nonce_for(v),
                                        .nonce_optional = v->nonce != VERIFIER_NONCE_ALWAYS };
    if (rq->dpop == NULL)
        return because(c, DPOP_MISSING, "DPoP", NULL,
                       fail(c, INVALID_DPOP_PROOF, "the scheme DPoP without a proof"));
    struct url url;
    if (rq->method == NULL || rq->url == NULL)
        return fail(c, INVALID_REQUEST, "a DPoP proof is about method and url: both are needed");
    /* Its path is what the client has asked for, as far as the program has not looked. */
    if (!url_parse(c->arena, bytes_of(rq->url), &url) || url.host == NULL)
        return fail(c, INVALID_REQUEST, "the url of a request is none");
    TRY(dpop_verify(c, rq->dpop, &policy, &proof));
    return check_first(c, v, &proof);
}

static RESULT check_binding(struct ctx *c, const struct verifier *v,
                            const struct verifier_request *rq, bool by_dpop, struct verified *out)
{
    const struct token_shown token = { rq->token, by_dpop };
    struct token_bound bound;
    const char *certificate =
        rq->certificate.n == 0 ? NULL : certificate_thumbprint(c->arena, rq->certificate);
    TRY(token_bound_read(c, &out->jwt, &bound));
    TRY(token_scheme_check(c, &token, &bound, rq->dpop != NULL));
    if (by_dpop)
        TRY(check_proof(c, v, rq, bound.jkt));
    TRY(token_certificate_check(c, &bound, certificate));
    if (v->bound_only && bound.jkt == NULL && bound.x5t == NULL)
        return because(c, TOKEN_BOUND, "DPoP", "Bearer",
                       fail_say(c, INVALID_TOKEN, "The access token is not bound to a key.",
                                "a token without cnf, where all have to be bound"));
    out->jkt = bound.jkt;
    return ok();
}

RESULT verifier_check(struct ctx *c, const struct verifier *v, const struct verifier_request *rq,
                      bool *shown, struct verified *out)
{
    struct verifier_request taken = *rq;
    struct token_shown token = { rq->token, false };
    *shown = rq->authorization != NULL || rq->token != NULL;
    if (rq->token == NULL)
        TRY(token_shown_read(c, rq->authorization, &token));
    if (token.token == NULL)
        return because(c, TOKEN_MISSING, NULL, NULL,
                       fail(c, INVALID_TOKEN, "there is no access token"));
    taken.token = token.token;
    TRY(check_token(c, v, &taken, &out->jwt));
    if (v->kind != VERIFIER_ID_TOKEN) {
        TRY(check_binding(c, v, &taken, token.by_dpop, out));
        TRY(check_status(c, v, &out->jwt));
    }
    out->scopes = verifier_scopes(c->arena, v, &out->jwt);
    return verifier_demands(c, v, rq, out);
}

const char *verifier_nonce_new(struct ctx *c, const struct verifier *v)
{
    return dpop_nonce_new(c, nonce_for(v));
}
