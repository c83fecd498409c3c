/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/grant.h"

#include "base/random.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "identity/audit.h"
#include "oauth/logout_notify.h"
#include "oauth/pkce.h"
#include "oauth/uri_shown.h"
#include "store/codes.h"
#include "store/revocations.h"
#include "token/refresh.h"
#include "token/revoke.h"

#include <string.h>

/* One redemption. */
struct redeeming {
    const struct client *client;
    const struct token_request *in;
    const char *hash;
    enum code_outcome how;
    bool proven; /* DONE: by redirect URI and verifier */
    struct code_row row;
};

/* RFC 6749 4.1.3, RFC 7636 4.6: what was asked for by another is not given. */
static RESULT check_proof(struct ctx *c, const struct redeeming *r)
{
    if (!text_equal(r->in->redirect_uri, r->row.redirect_uri))
        return because(
            c, CODE_REDIRECT_URI, uri_shown(c->arena, r->row.redirect_uri),
            uri_shown(c->arena, r->in->redirect_uri),
            fail(c, INVALID_GRANT, "the redirect_uri is not that of the authorization request"));
    /* RFC 9449 10: a code that was asked for with a key is that key's. */
    if (r->row.jkt != NULL && !text_equal(r->row.jkt, r->in->jkt))
        return because(
            c, CODE_KEY, r->row.jkt, r->in->jkt,
            fail(c, INVALID_GRANT, "a code of the key %s comes without a proof of it", r->row.jkt));
    return pkce_check(c, r->row.code_challenge, r->in->code_verifier);
}

/* RFC 9449 5, RFC 8705 4: refresh tokens of public clients are bound to the key of the first proof,
 * and to the certificate; others are bound to their client by its credentials, and may change
 * both. */
static const char *holder_of_refresh(const struct client *client, const char *proven)
{
    return client->confidential ? NULL : proven;
}

static RESULT record(struct ctx *c, const struct redeeming *r, enum audit_event event, bool refused)
{
    const struct authorization_row *authorization = &r->row.authorization;
    const struct audit audit = {
        .event = event,
        .refused = refused,
        .user_id = authorization->user_id,
        .actor_id = authorization->actor_id,
        .tenant_id = authorization->tenant_id,
        .session_id = r->row.session_id,
        .details = { { "authorization_id", authorization->id }, { "client_id", r->client->id } },
    };
    return audit_add(c, &audit);
}

/* Whoever wants to hear of the end of the session is on its list from now on. */
static RESULT note_client(struct ctx *c, const struct redeeming *r)
{
    bool live = true;
    TRY(logout_note(c, r->client, r->row.session_id, &live));
    if (!live)
        return because(c, CODE_ENDED, NULL, NULL,
                       fail(c, INVALID_GRANT, "the session has ended in this moment"));
    return ok();
}

/* What of it a token for `resource` (NULL: as granted at first) says (RFC 9396). */
static RESULT choose_details(struct ctx *c, const struct redeeming *r, const char *resource,
                             struct grant_facts *facts)
{
    const struct authorization_row *granted = &r->row.authorization;
    const struct details_choice choice = { .granted = granted->details,
                                           .asked = r->in->authorization_details,
                                           .audience =
                                               resource != NULL ? resource : granted->audience };
    return details_choose(c, &choice, &facts->details);
}

/* The code is spent whoever has shown it: with a wrong proof it gives nothing, ever. */
static RESULT take(struct ctx *c, struct redeeming *r)
{
    bool revoked = false;
    const char *resource = NULL;
    struct grant_facts facts = { 0 };
    err proof = check_proof(c, r);
    r->proven = proof.code == ERR_OK;
    if (r->proven) {
        TRY(grant_resource(c, r->in, &resource));
        TRY(refresh_choose_audience(c, &r->row.authorization, resource, &facts));
        TRY(choose_details(c, r, resource, &facts));
        TRY(note_client(c, r));
        return record(c, r, AUDIT_CODE_REDEEMED, false);
    }
    if (proof.code != ERR_INVALID_GRANT)
        return proof;
    TRY(authorization_revoke(c, r->row.authorization.id, &revoked));
    return record(c, r, AUDIT_CODE_REFUSED, true);
}

static RESULT redeem(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct redeeming *r = arg;
    const struct code_use_new use = { .hash = r->hash,
                                      .client_id = r->client->id,
                                      .jkt = holder_of_refresh(r->client, r->in->jkt),
                                      .x5t = holder_of_refresh(r->client, r->in->x5t) };
    TRY(code_use(c, &use, &r->how, &r->row));
    if (r->how == CODE_DONE)
        return take(c, r);
    return r->how == CODE_REUSED ? record(c, r, AUDIT_CODE_REUSED, true) : ok();
}

/* The refusal of every outcome but the good one. */
static RESULT refuse(struct ctx *c, const struct redeeming *r)
{
    const char *id = r->row.authorization.id;
    switch (r->how) {
    case CODE_REUSED:
        /* This node refuses what it gave before its next reading. */
        revocations_add(c, c->revoked, REVOKED_AUTHORIZATION, id, revocation_expiry(c));
        return because(c, CODE_USED, NULL, NULL,
                       fail(c, INVALID_GRANT, "a code was used again: %s has been revoked", id));
    case CODE_EXPIRED:
        return because(c, CODE_EXPIRED, NULL, NULL, fail(c, INVALID_GRANT, "the code has expired"));
    case CODE_DEAD:
        return because(c, CODE_ENDED, NULL, NULL,
                       fail(c, INVALID_GRANT, "what the code stands for has ended"));
    case CODE_UNKNOWN:
    case CODE_DONE:
        break;
    }
    return because(c, CODE, NULL, NULL,
                   fail(c, INVALID_GRANT, "the code is unknown, or another client's"));
}

static RESULT spend(struct ctx *c, struct redeeming *r)
{
    if (r->in->code == NULL)
        return fail_field(c, INVALID_REQUEST, "code", "This field is required.");
    if (strnlen(r->in->code, RANDOM_TOKEN_CHARS + 1) != RANDOM_TOKEN_CHARS)
        return because(c, CODE, NULL, NULL,
                       fail(c, INVALID_GRANT, "this does not have the length of a code"));
    r->hash = token_hash(c->arena, r->in->code);
    TRY(db_atomically(c, redeem, r));
    if (r->how == CODE_DONE && !r->proven) {
        fault_clear(c);
        return check_proof(c, r);
    }
    return r->how == CODE_DONE ? ok() : refuse(c, r);
}

static RESULT give(struct req *r, const struct client *client, const struct token_request *in,
                   struct grant_given *out)
{
    struct redeeming redeeming = { .client = client, .in = in };
    const char *resource = NULL;
    TRY(spend(r->c, &redeeming));
    const struct authorization_row *authorization = &redeeming.row.authorization;
    TRY(refresh_facts(r->c, authorization, NULL, &out->facts));
    TRY(grant_resource(r->c, in, &resource));
    TRY(refresh_choose_audience(r->c, authorization, resource, &out->facts));
    TRY(choose_details(r->c, &redeeming, resource, &out->facts));
    out->facts.jkt = in->jkt;
    out->facts.x5t = in->x5t;
    out->facts.style = client_style(client);
    out->sid = redeeming.row.session_id;
    out->nonce = redeeming.row.nonce;
    out->claims = authorization->claims;
    /* Nothing renews what somebody does as another user. */
    bool renews = client_may(client, "refresh_token") && authorization->actor_id == NULL;
    return renews ? issue_pair(r->c, &out->facts, &out->tokens)
                  : issue_access(r->c, &out->facts, &out->tokens);
}

const struct grant grant_authorization_code = { "authorization_code", give, true };
