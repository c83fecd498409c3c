/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token exchange (RFC 8693).  A client of the policy (client_metadata.h) gets, for a token of a
 * user, ours or a provider's, an access token of its own by which it acts for that user: for fewer
 * things, for an audience of its policy, no longer than the token that it showed, and with its own
 * name in `act`.
 */
#include "oauth/exchange_federated.h"

#include "base/time.h"
#include "db/db.h"
#include "identity/access.h"
#include "identity/audit.h"
#include "oauth/client_sector.h"
#include "oauth/resource.h"
#include "oauth/scope.h"
#include "token/act.h"
#include "token/claims.h"
#include "token/status_list.h"

struct exchanging {
    const struct client *client;
    const struct token_request *in;
    struct exchange_subject subject;
    bool federated; /* the subject's token is a provider's, which is this: */
    struct shown shown;
    const char *actor;
    bool impersonates;
    const char *audience;
    struct texts scopes;
    struct texts actors;
    struct grant_facts *facts;
};

/* RFC 8693 2.2.1: a refresh token would outlive what was shown. */
static RESULT choose_type(struct ctx *c, const struct client *client,
                          const struct token_request *in, const char **out)
{
    const char *type = in->requested_token_type;
    if (text_equal(type, TOKEN_TYPE_JWT) && client_is_pairwise(&client->metadata))
        return fail_field(c, INVALID_REQUEST, "requested_token_type",
                          "A client with pairwise subjects gets opaque tokens.");
    if (type != NULL && !text_equal(type, TOKEN_TYPE_ACCESS) && !text_equal(type, TOKEN_TYPE_JWT))
        return fail_field(c, INVALID_REQUEST, "requested_token_type",
                          "The types are access_token and jwt of RFC 8693 3.");
    *out = type == NULL ? TOKEN_TYPE_ACCESS : type;
    return ok();
}

/* ---- for whom ---- */

/* The one that is asked for by either name, or NULL. */
static RESULT asked_audience(struct ctx *c, const struct token_request *in, const char **out)
{
    const struct texts lists[] = { in->resource, in->audience };
    const char *found = NULL;
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < lists[i].n; k++) {
            if (found != NULL && !text_equal(found, lists[i].at[k]))
                return because(c, RESOURCES, "1", "several",
                               fail_say(c, INVALID_TARGET, "Ask for one audience at a time.",
                                        "an exchange names several audiences"));
            found = lists[i].at[k];
        }
    *out = found;
    return ok();
}

static RESULT choose_audience(struct ctx *c, struct exchanging *e)
{
    struct texts allowed = e->client->metadata.token_exchange_audiences;
    TRY(asked_audience(c, e->in, &e->audience));
    if (e->audience == NULL && allowed.n == 1)
        e->audience = allowed.at[0];
    if (e->audience == NULL)
        return because(c, EXCHANGE, text_join(c->arena, allowed, " "), NULL,
                       fail_say(c, INVALID_TARGET, "Say for which audience or resource.",
                                "an exchange of client %s names no audience", e->client->id));
    if (!texts_hold(allowed, e->audience))
        return because(c, EXCHANGE, text_join(c->arena, allowed, " "), e->audience,
                       fail(c, INVALID_TARGET,
                            "client %s may not exchange tokens for this audience", e->client->id));
    return resource_check(c, e->client, e->in->resource);
}

/* ---- for what ---- */

/* Never more than the subject's token and the client's registration both have. */
static RESULT choose_scopes(struct ctx *c, struct exchanging *e)
{
    struct texts asked;
    TRY(scope_of_request(c, e->client, e->in->scope, &asked));
    struct texts both = { ARENA_NEWS(c->arena, const char *, asked.n), 0 };
    for (size_t i = 0; i < asked.n; i++)
        if (texts_hold(e->subject.scopes, asked.at[i]))
            both.at[both.n++] = asked.at[i];
    if (e->in->scope != NULL && both.n < asked.n)
        return because(c, EXCHANGE, text_join(c->arena, e->subject.scopes, " "), e->in->scope,
                       fail_say(c, INVALID_SCOPE,
                                "The subject_token does not have all of these scopes.",
                                "client %s asks for more than the token that it exchanges has",
                                e->client->id));
    /* There is no refresh token that could be used offline. */
    e->scopes = scope_without(c->arena, both, SCOPE_OFFLINE);
    return ok();
}

/* ---- who acts ---- */

/* TX-06: who acted before stays, and who acts now is added, unless the client may do without. */
static RESULT choose_actors(struct ctx *c, struct exchanging *e)
{
    struct texts before = e->subject.actors;
    const char **at = ARENA_NEWS(c->arena, const char *, before.n + 1);
    bool known = before.n > 0 && text_equal(before.at[0], e->actor);
    e->impersonates =
        e->in->actor_token == NULL && e->client->metadata.token_exchange_impersonation;
    e->actors = before;
    if (e->impersonates || known)
        return ok();
    if (before.n >= ACTORS_MAX)
        return because(c, EXCHANGE, NULL, NULL,
                       fail_say(c, INVALID_REQUEST,
                                "Too many act for this user one after the other.",
                                "a chain of more than %d actors", ACTORS_MAX));
    at[0] = e->actor;
    for (size_t i = 0; i < before.n; i++)
        at[i + 1] = before.at[i];
    e->actors = (struct texts){ at, before.n + 1 };
    return ok();
}

/* ---- giving ---- */

static RESULT record(struct ctx *c, const struct exchanging *e)
{
    const struct authorization_row *authorization = e->subject.authorization;
    const struct audit audit = {
        .event = AUDIT_TOKEN_EXCHANGED,
        .user_id = authorization->user_id,
        .actor_id = authorization->actor_id,
        .tenant_id = authorization->tenant_id,
        .session_id = authorization->session_id,
        .details = { { "authorization_id", authorization->id },
                     { "client_id", e->client->id },
                     { "subject_client_id", e->subject.client_id },
                     { "provider", e->shown.person.provider },
                     { "actor", e->actor },
                     { "audience", e->audience },
                     { "impersonation", e->impersonates ? "true" : NULL } },
    };
    return audit_add(c, &audit);
}

/* A place of its own, so that one that is revoked takes nobody's token along. */
static RESULT take_place(struct ctx *c, const struct exchanging *e, struct grant_facts *facts)
{
    int64_t end = time_add(c->now, token_life(c->config));
    if (!status_list_is_on(c) || facts->style.opaque)
        return ok();
    return status_place_take(c, facts->authorization_id, e->client->id, end, &facts->status);
}

/* Roles and permissions are those of now, within the scopes. */
static RESULT write_facts(struct ctx *c, const struct exchanging *e, struct grant_facts *out)
{
    const struct authorization_row *authorization = e->subject.authorization;
    struct rights rights = { 0 };
    TRY(rights_of(c, authorization->user_id, authorization->tenant_id, &rights));
    int64_t until = authorization->expires_at;
    *out = (struct grant_facts){
        .user_id = authorization->user_id,
        .client_id = e->client->id,
        .audience = e->audience,
        .tenant_id = authorization->tenant_id,
        .sid = authorization->session_id,
        .authorization_id = authorization->id,
        .grant_client_id =
            text_equal(authorization->client_id, e->client->id) ? NULL : authorization->client_id,
        .scopes = e->scopes,
        .permissions = permissions_within(c->arena, rights.permissions, e->scopes),
        .amr = authorization->amr,
        .acr = authorization->acr,
        .jkt = e->in->jkt,
        .x5t = e->in->x5t,
        .actors = e->actors,
        .style = client_style(e->client),
        .auth_time = authorization->auth_time,
        /* TX-05. */
        .not_after = e->subject.expires_at < until ? e->subject.expires_at : until,
    };
    if (texts_hold(e->scopes, "roles"))
        out->roles = rights.roles;
    return ok();
}

static RESULT read_subject(struct ctx *c, struct exchanging *e)
{
    e->federated = exchange_is_federated(c, e->in);
    if (e->federated)
        return exchange_read_federated(c, e->client, e->in, &e->shown, &e->subject);
    return exchange_read_subject(c, e->client, e->in, &e->subject);
}

static RESULT grant_it(struct ctx *c, struct exchanging *e)
{
    TRY(write_facts(c, e, e->facts));
    if (text_equal(e->in->requested_token_type, TOKEN_TYPE_JWT))
        e->facts->style.opaque = false;
    TRY(take_place(c, e, e->facts));
    return record(c, e);
}

/* A provider's token is used up if and only if something was granted for it. */
static RESULT grant_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct exchanging *e = arg;
    const struct exchange_standing standing = {
        .client = e->client, .shown = &e->shown, .scopes = e->scopes, .audience = e->audience
    };
    TRY(exchange_stand(c, &standing, &e->subject.authorization));
    return grant_it(c, e);
}

static RESULT give(struct req *r, const struct client *client, const struct token_request *in,
                   struct grant_given *out)
{
    struct exchanging e = { .client = client, .in = in, .facts = &out->facts };
    out->no_id_token = true;
    TRY(choose_type(r->c, client, in, &out->issued_token_type));
    TRY(read_subject(r->c, &e));
    TRY(exchange_read_actor(r->c, client, in, &e.subject, &e.actor));
    TRY(choose_audience(r->c, &e));
    TRY(choose_scopes(r->c, &e));
    TRY(choose_actors(r->c, &e));
    TRY(e.federated ? db_atomically(r->c, grant_in, &e) : grant_it(r->c, &e));
    return issue_access(r->c, &out->facts, &out->tokens);
}

const struct grant grant_token_exchange = { GRANT_TOKEN_EXCHANGE, give };
