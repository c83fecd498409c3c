/* SPDX-License-Identifier: Apache-2.0 */
#include "token/verify.h"
#include "web/guard.h"

static RESULT check_bearer(struct req *r)
{
    const char *token = NULL;
    struct access access = { 0 };
    TRY(guard_bearer_token(r, &token));
    if (token == NULL)
        return fail(r->c, INVALID_TOKEN, "there is no Authorization");
    TRY(verify_access(r->c, token, NULL, &access));
    const struct grant_facts *facts = &access.facts;
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
    };
    return ok();
}

const struct guard guard_bearer = { "bearer", ACCEPTS_BEARER, check_bearer };
