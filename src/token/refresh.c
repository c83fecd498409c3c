/* SPDX-License-Identifier: Apache-2.0 */
#include "token/refresh.h"

#include "base/config.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "db/db.h"
#include "identity/access.h"
#include "identity/audit.h"
#include "identity/impersonation.h"
#include "identity/login.h"
#include "identity/tenant_settings.h"
#include "store/clients.h"
#include "store/refresh_tokens.h"
#include "store/revocations.h"
#include "token/authorization_details.h"
#include "token/keyring.h"
#include "token/revoke.h"

#include <string.h>

enum { DAY = 86400 };

static const char purpose[] = "refresh successor";

/* ---- what the new access token may say ---- */

static RESULT too_wide(struct ctx *c, const struct authorization_row *authorization)
{
    /* RFC 6749 6: nothing that was not granted at first. */
    return because(c, REFRESH_SCOPE, text_join(c->arena, authorization->scopes, " "), NULL,
                   fail(c, INVALID_SCOPE, "a refresh asks for more than the authorization %s holds",
                        authorization->id));
}

static RESULT choose_scopes(struct ctx *c, const struct authorization_row *authorization,
                            const char *scope, struct texts permissions, struct texts *out)
{
    struct texts asked = { 0 };
    if (scope != NULL)
        TRY(scopes_read(c, scope, &asked));
    if (!scopes_hold(authorization->scopes, asked))
        return too_wide(c, authorization);
    struct texts chosen = scope == NULL ? authorization->scopes : asked;
    bool ours = text_equal(authorization->client_id, CLIENT_FIRST_PARTY);
    /* An empty list here is nothing; scopes_granted would take it for everything. */
    *out = ours && chosen.n > 0 ? scopes_granted(c->arena, chosen, permissions) : chosen;
    return ok();
}

/* Who acts as the user in the session behind it, if they still may. */
static RESULT find_actors(struct ctx *c, const struct authorization_row *authorization,
                          struct texts *actors)
{
    const char *actor = NULL;
    bool stands = true;
    if (authorization->actor_id == NULL)
        return ok();
    TRY(impersonation_stands_in(c, authorization->session_id, &actor, &stands));
    if (!stands)
        return because(c, REFRESH_ENDED, NULL, NULL,
                       fail(c, INVALID_GRANT, "user %s may not act by authorization %s any longer",
                            authorization->actor_id, authorization->id));
    *actors = text_split(c->arena, authorization->actor_id, ' ');
    return ok();
}

RESULT refresh_facts(struct ctx *c, const struct authorization_row *authorization,
                     const char *scope, struct grant_facts *out)
{
    struct rights rights = { 0 };
    struct grant_facts facts = { .user_id = authorization->user_id,
                                 .client_id = authorization->client_id,
                                 .audience = authorization->audience,
                                 .tenant_id = authorization->tenant_id,
                                 .sid = authorization->session_id,
                                 .authorization_id = authorization->id,
                                 .amr = authorization->amr,
                                 .acr = authorization->acr,
                                 .auth_time = authorization->auth_time,
                                 .status = authorization->status,
                                 .not_after = authorization->expires_at };
    TRY(find_actors(c, authorization, &facts.actors));
    TRY(tenant_policy(c, authorization->settings, &facts.policy));
    TRY(rights_of(c, facts.user_id, facts.tenant_id, &rights));
    TRY(choose_scopes(c, authorization, scope, rights.permissions, &facts.scopes));
    if (login_is_for_change(facts.acr)) {
        facts.scopes = (struct texts){ 0 };
        rights = (struct rights){ 0 };
    }
    /* Which roles somebody has is nothing that an application learns without having asked. */
    bool ours = text_equal(facts.client_id, CLIENT_FIRST_PARTY);
    if (ours || texts_hold(facts.scopes, "roles"))
        facts.roles = rights.roles;
    facts.permissions = permissions_within(c->arena, rights.permissions, facts.scopes);
    *out = facts;
    return ok();
}

/* ---- rotation ---- */

struct rotation {
    struct refresh_use_new use;
    const struct refresh_asked *asked;
    struct refresh_use_found found;
    struct grant_facts facts; /* DONE and GRACE */
};

static RESULT record(struct ctx *c, const struct rotation *r, enum audit_event event)
{
    const struct authorization_row *authorization = r->found.authorization;
    const struct audit audit = {
        .event = event,
        .refused = r->found.how == REFRESH_REUSED,
        .user_id = authorization->user_id,
        .tenant_id = authorization->tenant_id,
        .session_id = authorization->session_id,
        .details = { { "authorization_id", authorization->id },
                     { "client_id", r->use.client_id },
                     { "repeated", r->found.how == REFRESH_GRACE ? "true" : NULL } },
    };
    return audit_add(c, &audit);
}

RESULT refresh_choose_audience(struct ctx *c, const struct authorization_row *authorization,
                               const char *resource, struct grant_facts *facts)
{
    if (resource == NULL)
        return ok();
    if (!texts_hold(authorization->resources, resource))
        return because(c, RESOURCE, text_join(c->arena, authorization->resources, " "), resource,
                       fail(c, INVALID_TARGET, "the resource asked for was not granted to %s",
                            authorization->id));
    facts->audience = resource;
    return ok();
}

/* What the token gets is read before it is used up: a scope that is too wide uses nothing. */
static RESULT spend(struct ctx *c, struct rotation *r)
{
    TRY(refresh_facts(c, r->found.authorization, r->asked->scope, &r->facts));
    TRY(refresh_choose_audience(c, r->found.authorization, r->asked->resource, &r->facts));
    TRY(details_choose(c,
                       &(struct details_choice){ r->found.authorization->details, r->asked->details,
                                                 r->facts.audience },
                       &r->facts.details));
    r->facts.jkt = r->asked->jkt;
    r->facts.x5t = r->asked->x5t;
    r->facts.style = r->asked->style;
    r->use.idle = r->facts.policy->refresh_token_days * DAY;
    TRY(refresh_token_spend(c, &r->use, &r->found));
    return record(c, r, AUDIT_TOKEN_REFRESHED);
}

/* One transaction: the rotation, or the revocation that a reuse causes, and the event of either. */
static RESULT rotate(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct rotation *r = arg;
    struct refresh_use_found *found = &r->found;
    TRY(refresh_token_look(c, &r->use, found));
    if (found->authorization == NULL)
        return ok();
    /* Another client changes nothing, also where the token is used already. */
    if (!text_equal(found->authorization->client_id, r->use.client_id))
        found->how = REFRESH_HOLDER;
    switch (found->how) {
    case REFRESH_DONE:
    case REFRESH_GRACE:
        return spend(c, r);
    case REFRESH_REUSED:
        TRY(refresh_token_spend(c, &r->use, found));
        return record(c, r, AUDIT_TOKEN_REUSED);
    case REFRESH_UNKNOWN:
    case REFRESH_EXPIRED:
    case REFRESH_HOLDER:
    case REFRESH_REVOKED:
        return ok();
    }
    must(false);
    return ok();
}

/* The refusal of every outcome but the two good ones. */
static RESULT refuse(struct ctx *c, const struct refresh_use_found *found)
{
    const char *id = found->authorization == NULL ? "(none)" : found->authorization->id;
    switch (found->how) {
    case REFRESH_REUSED:
        /* RFC 9700 4.14.2: the family is dead; this node knows before its next reading. */
        revocations_add(c, c->revoked, REVOKED_AUTHORIZATION, id, revocation_expiry(c));
        return because(
            c, REFRESH_USED, NULL, NULL,
            fail(c, INVALID_GRANT, "a refresh token was used again: %s has been revoked", id));
    case REFRESH_EXPIRED:
        return because(c, REFRESH_EXPIRED, NULL, NULL,
                       fail(c, INVALID_GRANT, "a refresh token of %s has expired", id));
    case REFRESH_HOLDER:
        return because(c, REFRESH_HOLDER, NULL, NULL,
                       fail(c, INVALID_GRANT, "a refresh token of %s is not the presenter's", id));
    case REFRESH_REVOKED:
        return because(c, REFRESH_ENDED, NULL, NULL,
                       fail(c, INVALID_GRANT, "the authorization %s is not live any more", id));
    case REFRESH_UNKNOWN:
    case REFRESH_DONE:
    case REFRESH_GRACE:
        break;
    }
    return because(c, REFRESH, NULL, NULL, fail(c, INVALID_GRANT, "the refresh token is unknown"));
}

/* Uses `token`; *successor is what its holder presents the next time. */
static RESULT exchange(struct ctx *c, const char *token, struct rotation *r, const char **successor)
{
    const char *next = r->use.keeps ? token : random_timed_token(c);
    struct bytes kept;
    r->use.grace = c->config->refresh_grace_seconds;
    if (!r->use.keeps) {
        r->use.next_hash = refresh_token_hash(c->arena, next);
        TRY(seal_under_token(c, token, purpose, bytes_of(next), &r->use.next_sealed));
    }
    TRY(db_atomically(c, rotate, r));
    if (r->found.how != REFRESH_DONE && r->found.how != REFRESH_GRACE)
        return refuse(c, &r->found);
    if (r->found.how == REFRESH_GRACE) {
        TRY(seal_open_with_token(c, token, purpose, r->found.sealed, &kept));
        next = text_copy(c->arena, (const char *)kept.at, kept.n);
    }
    *successor = next;
    return ok();
}

RESULT refresh_exchange(struct ctx *c, const struct refresh_asked *asked, struct tokens *out,
                        struct grant_facts *facts)
{
    struct rotation r = { .use = { .client_id = asked->client_id,
                                   .jkt = asked->jkt,
                                   .x5t = asked->x5t,
                                   .keeps = asked->keeps },
                          .asked = asked };
    struct tokens made = { 0 };
    const char *successor = NULL;
    r.use.hash = refresh_token_hash(c->arena, asked->token);
    if (r.use.hash == NULL)
        return because(c, REFRESH, NULL, NULL,
                       fail(c, INVALID_GRANT, "this does not have the form of a refresh token"));
    TRY(keyring_ready(c, c->keys));
    TRY(exchange(c, asked->token, &r, &successor));
    TRY(issue_access(c, &r.facts, &made));
    made.refresh_token = successor;
    *out = made;
    *facts = r.facts;
    return ok();
}

RESULT refresh_use(struct ctx *c, const char *token, const char *client_id, const char *scope,
                   struct tokens *out)
{
    const struct refresh_asked asked = { .token = token, .client_id = client_id, .scope = scope };
    struct grant_facts facts;
    return refresh_exchange(c, &asked, out, &facts);
}
