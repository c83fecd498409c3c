/* SPDX-License-Identifier: Apache-2.0 */
#include "token/verify.h"
#include "web/client_certificate.h"
#include "web/door.h"
#include "web/guard.h"
#include "web/proof.h"

/* RFC 9449 7.1: the key is the one that the token names, and the proof is for this very token. */
static RESULT check_bound(struct req *r, const char *token, const struct grant_facts *facts)
{
    struct proof_due due = { .access_token = token, .jkt = facts->jkt };
    const char *proven = NULL;
    if (r->door->proof_algs != NULL)
        TRY(r->door->proof_algs(r->c, facts->client_id, &due.algs));
    TRY(proof_check(r, &due, &proven));
    if (proven == NULL)
        return because(r->c, DPOP_MISSING, "DPoP", NULL,
                       fail(r->c, INVALID_DPOP_PROOF, "the scheme DPoP without a proof"));
    return ok();
}

static RESULT check_binding(struct req *r, const struct token_shown *shown,
                            const struct grant_facts *facts)
{
    const struct token_bound bound = { facts->jkt, facts->x5t };
    const char *certificate = NULL;
    TRY(token_scheme_check(r->c, shown, &bound, req_header(r, "dpop") != NULL));
    if (shown->by_dpop)
        TRY(check_bound(r, shown->token, facts));
    if (bound.x5t != NULL)
        TRY(client_certificate_thumbprint(r, &certificate));
    return token_certificate_check(r->c, &bound, certificate);
}

RESULT guard_access_of(struct req *r, const struct token_shown *shown)
{
    struct access access = { 0 };
    if (shown->token == NULL)
        return because(r->c, TOKEN_MISSING, NULL, NULL,
                       fail(r->c, INVALID_TOKEN, "there is no access token"));
    TRY(verify_access(r->c, shown->token, NULL, &access));
    const struct grant_facts *facts = &access.facts;
    TRY(check_binding(r, shown, facts));
    /* RFC 9068 2.2: of a client on its own behalf, sub is the client. */
    bool alone = text_equal(facts->user_id, facts->client_id);
    r->who = (struct principal){
        .kind = PRINCIPAL_BEARER,
        .user_id = alone ? NULL : facts->user_id,
        .client_id = facts->client_id,
        .tenant_id = facts->tenant_id,
        .sid = facts->sid,
        .authorization_id = facts->authorization_id,
        .jti = access.jti,
        .roles = facts->roles,
        .permissions = facts->permissions,
        .scopes = facts->scopes,
        .amr = facts->amr,
        .acr = facts->acr,
        .auth_time = facts->auth_time,
        .expires_at = access.expires_at,
        .actor_id = access.impersonator_id,
    };
    return ok();
}

static RESULT check_bearer(struct req *r)
{
    struct token_shown shown;
    TRY(guard_token(r, &shown));
    return guard_access_of(r, &shown);
}

const struct guard guard_bearer = { "bearer", ACCEPTS_BEARER, check_bearer };
