/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/exchange.h"

#include "identity/impersonation.h"
#include "identity/login.h"
#include "token/id_token.h"
#include "token/verify.h"

/* RFC 8693 2.2.2: whatever is wrong with a token is invalid_request. */
#define REFUSE(c, ...)                                                                             \
    because((c), EXCHANGE, NULL, NULL,                                                             \
            fail_say((c), INVALID_REQUEST, "This token cannot be exchanged by this client.",       \
                     __VA_ARGS__))

static bool is_access_type(const char *type)
{
    return text_equal(type, TOKEN_TYPE_ACCESS) || text_equal(type, TOKEN_TYPE_JWT);
}

static RESULT verify_shown(struct ctx *c, const char *token, struct access *out)
{
    err verified = verify_access_any(c, token, out);
    if (verified.code != ERR_INVALID_TOKEN)
        return verified;
    const char *why = c->fault.text;
    fault_clear(c);
    return REFUSE(c, "a token to be exchanged: %s", why);
}

/* ---- whom it is about ---- */

static RESULT read_access(struct ctx *c, const char *token, struct exchange_subject *out,
                          const char **authorization_id)
{
    struct access access = { 0 };
    TRY(verify_shown(c, token, &access));
    const struct grant_facts *facts = &access.facts;
    *authorization_id = facts->authorization_id;
    *out = (struct exchange_subject){ .client_id = facts->client_id,
                                      .audience = facts->audience,
                                      .jkt = facts->jkt,
                                      .x5t = facts->x5t,
                                      .may_act = facts->style.may_act,
                                      .scopes = facts->scopes,
                                      .actors = facts->actors,
                                      .expires_at = access.expires_at };
    return ok();
}

static RESULT read_id_token(struct ctx *c, const char *token, struct exchange_subject *out,
                            const char **authorization_id)
{
    struct id_token_read read;
    TRY(id_token_verify(c, token, &read));
    *authorization_id = read.authorization_id;
    *out = (struct exchange_subject){ .client_id = read.client_id, .expires_at = read.expires_at };
    return ok();
}

static RESULT read_token(struct ctx *c, const struct token_request *in,
                         struct exchange_subject *out, const char **authorization_id)
{
    if (in->subject_token == NULL)
        return fail_field(c, INVALID_REQUEST, "subject_token", "This field is required.");
    if (is_access_type(in->subject_token_type) &&
        !(text_equal(in->subject_token_type, TOKEN_TYPE_JWT) && token_is_opaque(in->subject_token)))
        return read_access(c, in->subject_token, out, authorization_id);
    if (text_equal(in->subject_token_type, TOKEN_TYPE_ID))
        return read_id_token(c, in->subject_token, out, authorization_id);
    return fail_field(c, INVALID_REQUEST, "subject_token_type",
                      "The types are access_token, jwt and id_token of RFC 8693 3.");
}

/* An ID token does not say of itself who acts as its user. */
static RESULT find_actor_behind(struct ctx *c, struct exchange_subject *s)
{
    const char *actor = NULL;
    bool stands = true;
    if (s->authorization->actor_id == NULL)
        return ok();
    TRY(impersonation_stands_in(c, s->authorization->session_id, &actor, &stands));
    if (!stands)
        return REFUSE(c, "user %s may not act as the user of it any longer", actor);
    if (s->actors.n == 0)
        s->actors = text_split(c->arena, actor, ' ');
    return ok();
}

/* What stands behind the token is looked at anew (C8), and is a user's. */
static RESULT find_authorization(struct ctx *c, const char *id, struct exchange_subject *s)
{
    const struct authorization_row *row = NULL;
    if (id == NULL)
        return REFUSE(c, "a token of client %s on its own behalf is about nobody", s->client_id);
    TRY(authorization_find_live(c, id, &row));
    if (row == NULL)
        return REFUSE(c, "the authorization %s is not live any more", id);
    if (login_is_for_change(row->acr))
        return REFUSE(c, "user %s has to change their password first", row->user_id);
    s->authorization = row;
    return find_actor_behind(c, s);
}

/* TX-01: whose token it is decides, and no token is taken because it is a good one. */
static RESULT check_policy(struct ctx *c, const struct client *client,
                           const struct exchange_subject *s)
{
    const struct client_metadata *m = &client->metadata;
    bool own = text_equal(s->client_id, client->id);
    bool served = s->audience != NULL && texts_hold(m->audiences, s->audience);
    bool named = texts_hold(m->token_exchange_subjects, s->client_id);
    if (!own && !served && !named && !text_equal(s->may_act, client->id))
        return REFUSE(c, "client %s may not exchange tokens of client %s", client->id,
                      s->client_id);
    /* TX-04. */
    if (client->tenant_id != NULL && !text_equal(client->tenant_id, s->authorization->tenant_id))
        return REFUSE(c, "client %s is of another tenant than the token", client->id);
    return ok();
}

/* A bound token never comes to one that anybody could use (RFC 9449 6). */
static RESULT check_key(struct ctx *c, const struct client *client, const struct token_request *in,
                        const struct exchange_subject *s)
{
    if (s->jkt == NULL)
        return ok();
    if (in->jkt == NULL)
        return because(c, DPOP_MISSING, "DPoP", NULL,
                       fail_say(c, INVALID_DPOP_PROOF,
                                "The token is bound to a key: send a DPoP proof of yours.",
                                "a bound token is exchanged without a proof"));
    if (text_equal(s->client_id, client->id) && !text_equal(s->jkt, in->jkt))
        return REFUSE(c, "a token of client %s is bound to another key than it has proven",
                      client->id);
    return ok();
}

/* The same of a certificate (RFC 8705 3). */
static RESULT check_certificate(struct ctx *c, const struct client *client,
                                const struct token_request *in, const struct exchange_subject *s)
{
    if (s->x5t == NULL)
        return ok();
    if (in->x5t == NULL && in->jkt == NULL)
        return because(
            c, CERTIFICATE, "a certificate or a proof", NULL,
            fail_say(c, INVALID_REQUEST,
                     "The token is bound to a certificate: bind yours to a certificate or a key.",
                     "a bound token is exchanged for one that is not"));
    if (text_equal(s->client_id, client->id) && !text_equal(s->x5t, in->x5t))
        return REFUSE(c, "a token of client %s is bound to another certificate than it shows",
                      client->id);
    return ok();
}

RESULT exchange_read_subject(struct ctx *c, const struct client *client,
                             const struct token_request *in, struct exchange_subject *out)
{
    struct exchange_subject subject = { 0 };
    const char *authorization_id = NULL;
    TRY(read_token(c, in, &subject, &authorization_id));
    TRY(find_authorization(c, authorization_id, &subject));
    /* An ID token says nothing of scopes: they are those of the sign-in that it tells of. */
    if (text_equal(in->subject_token_type, TOKEN_TYPE_ID))
        subject.scopes = subject.authorization->scopes;
    TRY(check_policy(c, client, &subject));
    TRY(check_key(c, client, in, &subject));
    TRY(check_certificate(c, client, in, &subject));
    *out = subject;
    return ok();
}

/* ---- who acts ---- */

static RESULT read_actor_token(struct ctx *c, const struct client *client,
                               const struct token_request *in, struct grant_facts *out)
{
    struct access access = { 0 };
    if (!is_access_type(in->actor_token_type))
        return fail_field(c, INVALID_REQUEST, "actor_token_type",
                          "The types are access_token and jwt of RFC 8693 3.");
    TRY(verify_shown(c, in->actor_token, &access));
    if (!text_equal(access.facts.client_id, client->id))
        return REFUSE(c, "client %s shows an actor_token of client %s", client->id,
                      access.facts.client_id);
    if (access.facts.actors.n > 0)
        return REFUSE(c, "the actor of an actor_token is acted for itself");
    if (access.facts.jkt != NULL && !text_equal(access.facts.jkt, in->jkt))
        return REFUSE(c, "the actor_token is bound to a key that was not proven");
    if (access.facts.x5t != NULL && !text_equal(access.facts.x5t, in->x5t))
        return REFUSE(c, "the actor_token is bound to a certificate that was not shown");
    *out = access.facts;
    return ok();
}

static RESULT find_actor(struct ctx *c, const struct client *client, const struct token_request *in,
                         const struct exchange_subject *subject, const char **out)
{
    struct grant_facts actor = { 0 };
    *out = client->id;
    /* RFC 8693 2.1: the type goes with the token. */
    if (in->actor_token == NULL)
        return in->actor_token_type == NULL
                   ? ok()
                   : fail_field(c, INVALID_REQUEST, "actor_token_type",
                                "This is for an actor_token, which is missing.");
    TRY(read_actor_token(c, client, in, &actor));
    /* TX-04. */
    if (actor.tenant_id != NULL && !text_equal(actor.tenant_id, subject->authorization->tenant_id))
        return REFUSE(c, "the actor is of another tenant than the subject");
    *out = actor.user_id;
    return ok();
}

RESULT exchange_read_actor(struct ctx *c, const struct client *client,
                           const struct token_request *in, const struct exchange_subject *subject,
                           const char **actor)
{
    const char *found = NULL;
    TRY(find_actor(c, client, in, subject, &found));
    /* RFC 8693 4.4. */
    if (subject->may_act != NULL && !text_equal(subject->may_act, found))
        return REFUSE(c, "the token says that %s may act, not %s", subject->may_act, found);
    *actor = found;
    return ok();
}
