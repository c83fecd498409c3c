/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/revoke.h"

#include "base/random.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "identity/audit.h"
#include "oauth/client.h"
#include "store/refresh_tokens.h"
#include "store/revocations.h"
#include "token/revoke.h"
#include "token/status_list.h"
#include "token/verify.h"
#include "web/reply.h"

#include <string.h>

/* RFC 7009 2.1: of another client, the request is refused. */
static RESULT check_own(struct req *r, const char *client_id)
{
    if (text_equal(client_id, client_of(r)->id))
        return ok();
    return because(r->c, TOKEN_OF_ANOTHER, client_id, client_of(r)->id,
                   fail(r->c, INVALID_GRANT, "client %s wants to revoke a token of %s",
                        client_of(r)->id, client_id));
}

/* The event of what is revoked, in its transaction. */
struct revoking {
    const char *authorization_id; /* behind the token; NULL: none */
    const char *jti;              /* of an access token; NULL: a refresh token */
    struct status_place place;    /* of an access token */
    const char *user_id, *tenant_id, *sid, *client_id;
    bool revoked;
};

static RESULT record(struct ctx *c, const struct revoking *v)
{
    const struct audit audit = {
        .event = AUDIT_TOKEN_REVOKED,
        .user_id = text_equal(v->user_id, v->client_id) ? NULL : v->user_id,
        .tenant_id = v->tenant_id,
        .session_id = v->sid,
        .details = { { "client_id", v->client_id },
                     { "authorization_id", v->authorization_id },
                     { "jti", v->jti } },
    };
    return audit_add(c, &audit);
}

/* The place in a status list is all tokens' of an authorization, or of a client: those that are
 * about lose it.  One that was exchanged has its own. */
static RESULT revoke_one(struct ctx *c, const struct revoking *v)
{
    TRY(revocation_add(c, REVOKED_TOKEN, v->jti));
    return status_place_spend(c, &v->place);
}

static RESULT revoke_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct revoking *v = arg;
    if (v->jti != NULL)
        TRY(revoke_one(c, v));
    else
        TRY(authorization_revoke(c, v->authorization_id, &v->revoked));
    return v->jti != NULL || v->revoked ? record(c, v) : ok();
}

/* This node knows at once, others within a second (decision 9). */
static RESULT carry_out(struct req *r, struct revoking *v)
{
    const char *kind = v->jti != NULL ? REVOKED_TOKEN : REVOKED_AUTHORIZATION;
    TRY(db_atomically(r->c, revoke_in, v));
    revocations_add(r->c, r->c->revoked, kind, v->jti != NULL ? v->jti : v->authorization_id,
                    revocation_expiry(r->c));
    return reply_text(r, 200, "application/json", "{}");
}

/* RFC 7009 2.2: the purpose is reached already. */
static RESULT nothing_to_do(struct req *r)
{
    return reply_text(r, 200, "application/json", "{}");
}

static RESULT revoke_refresh(struct req *r, const char *hash)
{
    const struct refresh_token_row *row = NULL;
    TRY(refresh_token_find(r->c, hash, &row));
    if (row == NULL)
        return nothing_to_do(r);
    const struct authorization_row *of = &row->authorization;
    TRY(check_own(r, of->client_id));
    struct revoking v = { .authorization_id = of->id,
                          .user_id = of->user_id,
                          .tenant_id = of->tenant_id,
                          .sid = of->session_id,
                          .client_id = of->client_id };
    return carry_out(r, &v);
}

static RESULT revoke_access_token(struct req *r, const char *token)
{
    struct access access = { 0 };
    err verified = verify_access_any(r->c, token, &access);
    if (verified.code == ERR_INVALID_TOKEN) {
        fault_note(r->c);
        return nothing_to_do(r);
    }
    TRY(verified);
    TRY(check_own(r, access.facts.client_id));
    struct revoking v = { .jti = access.jti,
                          .place = status_place_said(r->c, &access.status),
                          .authorization_id = access.facts.authorization_id,
                          .user_id = access.facts.user_id,
                          .tenant_id = access.facts.tenant_id,
                          .sid = access.facts.sid,
                          .client_id = access.facts.client_id };
    return carry_out(r, &v);
}

RESULT post_revoke(struct req *r)
{
    const struct revocation_request *in = REQ_IN(r, revocation_request);
    const char *refresh = refresh_token_hash(r->c->arena, in->token);
    return refresh != NULL ? revoke_refresh(r, refresh) : revoke_access_token(r, in->token);
}
