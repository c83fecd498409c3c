/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/userinfo.h"

#include "base/codec.h"
#include "oauth/claims_request.h"
#include "oauth/client_messages.h"
#include "oauth/client_sector.h"
#include "oauth/scope.h"
#include "oauth/user_claims.h"
#include "token/act.h"
#include "token/claims.h"
#include "web/reply.h"

/* The token of the form, or NULL. */
static RESULT form_token(struct req *r, const char **token)
{
    struct form form;
    *token = NULL;
    if (r->http->method != HTTP_POST)
        return ok();
    if (!form_decode(r->c->arena, r->http->body, &form) || !form_get(&form, "access_token", token))
        return fail_say(r->c, INVALID_REQUEST, "The form is not well formed.",
                        "a malformed form, or two tokens in it");
    return ok();
}

static RESULT find_token(struct req *r, struct token_shown *shown)
{
    const char *in_form = NULL;
    TRY(form_token(r, &in_form));
    TRY(guard_token(r, shown));
    /* RFC 6750 2: not more than one way. */
    if (shown->token != NULL && in_form != NULL)
        return fail_say(r->c, INVALID_REQUEST, "Send the access token one way only.",
                        "an access token in Authorization and in the form");
    if (in_form != NULL)
        shown->token = in_form;
    return ok();
}

static RESULT check_userinfo(struct req *r)
{
    struct token_shown shown;
    const struct client *client = NULL;
    TRY(find_token(r, &shown));
    TRY(guard_access_of(r, &shown));
    TRY(client_load(r->c, r->who.client_id, &client));
    if (client != NULL)
        client_admit(r, client);
    return ok();
}

const struct guard guard_userinfo = { "access_token", ACCEPTS_BEARER, check_userinfo };

/* The claims that the authorization request asked for one by one. */
static RESULT asked_for(struct req *r, struct texts *names)
{
    const char *claims = NULL;
    struct claims_request asked;
    *names = (struct texts){ 0 };
    if (r->who.authorization_id == NULL)
        return ok();
    TRY(authorization_claims(r->c, r->who.authorization_id, &claims));
    if (claims == NULL)
        return ok();
    TRY(claims_request_read(r->c, claims, &asked));
    *names = asked.userinfo;
    return ok();
}

struct told {
    const char *sub;   /* as the client knows them */
    const char *actor; /* who acts as the user; or NULL */
};

/* OpenID Connect Core 5.3.2: what is signed says by whom and for whom; without times and with its
 * own aud it is no ID token (JOSE-29). */
static void write_claims(struct req *r, struct json_writer *w, const struct user_claims *about,
                         const struct told *told, bool is_signed)
{
    const char *actor[] = { told->actor };
    json_object(w, NULL);
    json_text(w, "sub", told->sub);
    act_write(w, (struct texts){ actor, told->actor != NULL });
    if (is_signed) {
        json_text(w, "iss", token_issuer(r->c));
        json_text(w, "aud", r->who.client_id);
    }
    user_claims_write(w, about);
    json_object_end(w);
}

static RESULT answer(struct req *r, const struct user_claims *about)
{
    const struct client *client = r->client;
    bool is_signed = client != NULL && client->metadata.userinfo_signed_response_alg != NULL;
    struct json_writer w = json_writer(r->c->arena);
    const char *token = NULL;
    struct told told = { r->who.user_id, r->who.actor_id };
    if (client != NULL)
        TRY(client_subject(r->c, client, r->who.user_id, &told.sub));
    if (client != NULL && told.actor != NULL)
        TRY(client_subject(r->c, client, r->who.actor_id, &told.actor));
    write_claims(r, &w, about, &told, is_signed);
    if (!is_signed)
        return reply_text(r, 200, "application/json", json_written(&w));
    const struct client_message_text text = { "JWT", json_written(&w) };
    TRY(client_message_make(r->c, client, CLIENT_USERINFO, &text, &token));
    return reply_text(r, 200, "application/jwt", token);
}

RESULT get_userinfo(struct req *r)
{
    struct user_claims about;
    if (r->who.user_id == NULL || !texts_hold(r->who.scopes, SCOPE_OPENID))
        return because(
            r->c, OPENID_SCOPE, "openid", text_join(r->c->arena, r->who.scopes, " "),
            fail(r->c, INSUFFICIENT_SCOPE, "a token without the scope openid at userinfo"));
    TRY(user_claims_find(r->c, r->who.user_id, r->who.tenant_id, &about));
    if (about.user == NULL)
        return because(r->c, ACCOUNT_DISABLED, NULL, NULL,
                       fail(r->c, INVALID_TOKEN, "user %s is not active", r->who.user_id));
    about.scopes = r->who.scopes;
    TRY(asked_for(r, &about.names));
    return answer(r, &about);
}
