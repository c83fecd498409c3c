/* SPDX-License-Identifier: Apache-2.0 */
#include "client/sign_in.h"
#include "lib/client.h"

#define ACCESS_TOKEN "urn:ietf:params:oauth:token-type:access_token"

/* ---- refresh ---- */

/* What a refresh has come to: tokens that are good, whatever their ID token is. */
struct refreshed {
    struct oauth_tokens tokens;
    struct jwt id;
    bool has_id;
    bool given; /* the server has given them */
};

static RESULT refresh(struct call *k, const struct uauth_client *client,
                      const struct uauth_refresh_options *options, struct refreshed *out)
{
    struct ctx *c = &k->c;
    struct uauth_refresh_options o;
    struct issuer issuer;
    struct oauth_endpoint endpoint;
    struct oauth_answer answer = { 0 };
    TRY(options_read(c, options, &o, sizeof o));
    if (o.refresh_token == NULL)
        return fail(c, INVALID_REQUEST, "there is no refresh token");
    const struct token_refresh wanted = {
        .refresh_token = o.refresh_token,
        .wanted = { o.scope, lib_words(c->arena, o.resources), lib_words(c->arena, o.audiences) },
    };
    TRY(client_place(k, client, ISSUER_TOKEN, &issuer, &endpoint));
    err got = oauth_refresh(c, &client->client, &endpoint, &wanted, &out->tokens, &answer);
    TRY(client_told(k, got, &answer));
    out->given = true;
    if (out->tokens.id_token == NULL)
        return ok();
    TRY(sign_in_check(c, &issuer, &client->client, &out->tokens, o.sub, &out->id));
    out->has_id = true;
    return ok();
}

/* A refusal takes the arena of its call along, so that what was given needs another one. */
static void hand_out_still(const struct uauth_client *client, const struct oauth_tokens *given,
                           struct uauth_tokens **out)
{
    struct call k;
    if (!client_call_open(&k, client, NULL))
        return;
    struct arena *a = k.c.arena;
    const struct oauth_tokens copy = { .access_token = text_keep(a, given->access_token),
                                       .token_type = text_keep(a, given->token_type),
                                       .refresh_token = text_keep(a, given->refresh_token),
                                       .scope = text_keep(a, given->scope),
                                       .expires_in = given->expires_in };
    (void)client_close(&k, ok(), &(struct client_given){ &copy, NULL }, out, NULL);
}

enum uauth_result uauth_refresh(const struct uauth_client *client,
                                const struct uauth_refresh_options *options,
                                struct uauth_tokens **out, struct uauth_error **error)
{
    struct call k;
    struct refreshed done = { .has_id = false };
    *out = NULL;
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    err result = refresh(&k, client, options, &done);
    const struct client_given given = { &done.tokens, done.has_id ? &done.id : NULL };
    if (result.code == ERR_OK || !done.given)
        return client_close(&k, result, &given, out, error);
    hand_out_still(client, &done.tokens, out);
    return call_close(&k, result, NULL, error);
}

/* ---- client credentials ---- */

struct making {
    struct call *k;
    const struct uauth_client *client;
    const struct oauth_wanted *wanted;
};

static RESULT make_own(struct ctx *c, void *arg, struct oauth_tokens *out)
{
    const struct making *m = arg;
    struct issuer issuer;
    struct oauth_endpoint endpoint;
    struct oauth_answer answer = { 0 };
    TRY(client_place(m->k, m->client, ISSUER_TOKEN, &issuer, &endpoint));
    err got = oauth_client_credentials(c, &m->client->client, &endpoint, m->wanted, out, &answer);
    return client_told(m->k, got, &answer);
}

/* All that a token depends on beside the client; no word has a line break in it. */
static const char *own_key(struct arena *a, const struct oauth_wanted *wanted)
{
    return text_printf(a, "%s\n%s\n%s", wanted->scope == NULL ? "" : wanted->scope,
                       text_join(a, wanted->resources, " "), text_join(a, wanted->audiences, " "));
}

static RESULT get_own(struct call *k, const struct uauth_client *client,
                      const struct uauth_wanted *wanted, struct oauth_tokens *out)
{
    struct oauth_wanted asked;
    TRY(client_wanted(&k->c, wanted, &asked));
    struct making making = { k, client, &asked };
    const struct own_token_maker maker = { make_own, &making };
    return own_token_get(&k->c, client->own, own_key(k->c.arena, &asked), &maker, out);
}

enum uauth_result uauth_client_credentials(const struct uauth_client *client,
                                           const struct uauth_wanted *wanted,
                                           struct uauth_tokens **out, struct uauth_error **error)
{
    struct call k;
    struct oauth_tokens given;
    *out = NULL;
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    err result = get_own(&k, client, wanted, &given);
    return client_close(&k, result, &(struct client_given){ &given, NULL }, out, error);
}

void uauth_client_credentials_forget(const struct uauth_client *client,
                                     const struct uauth_wanted *wanted, const char *access_token)
{
    struct call k;
    struct oauth_wanted asked;
    if (access_token == NULL || !client_call_open(&k, client, NULL))
        return;
    err read = client_wanted(&k.c, wanted, &asked);
    if (read.code == ERR_OK)
        own_token_forget(client->own, own_key(k.c.arena, &asked), access_token);
    (void)call_close(&k, ok(), NULL, NULL);
}

/* ---- exchange ---- */

static RESULT exchange(struct call *k, const struct uauth_client *client,
                       const struct uauth_exchange_options *options, struct oauth_tokens *out)
{
    struct ctx *c = &k->c;
    struct uauth_exchange_options o;
    struct issuer issuer;
    struct oauth_endpoint endpoint;
    struct oauth_answer answer = { 0 };
    TRY(options_read(c, options, &o, sizeof o));
    if (o.subject_token == NULL)
        return fail(c, INVALID_REQUEST, "there is no token to exchange");
    struct token_exchange wanted = {
        .subject_token = o.subject_token,
        .subject_token_type = o.subject_token_type != NULL ? o.subject_token_type : ACCESS_TOKEN,
        .requested_token_type = o.requested_token_type,
        .wanted = { o.scope, lib_words(c->arena, o.resources), lib_words(c->arena, o.audiences) },
    };
    if (o.actor_token != NULL) {
        wanted.actor_token = o.actor_token;
        wanted.actor_token_type = o.actor_token_type != NULL ? o.actor_token_type : ACCESS_TOKEN;
    }
    TRY(client_place(k, client, ISSUER_TOKEN, &issuer, &endpoint));
    err got = oauth_token_exchange(c, &client->client, &endpoint, &wanted, out, &answer);
    return client_told(k, got, &answer);
}

enum uauth_result uauth_exchange(const struct uauth_client *client,
                                 const struct uauth_exchange_options *options,
                                 struct uauth_tokens **out, struct uauth_error **error)
{
    struct call k;
    struct oauth_tokens given;
    *out = NULL;
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    err result = exchange(&k, client, options, &given);
    return client_close(&k, result, &(struct client_given){ &given, NULL }, out, error);
}

/* ---- about tokens ---- */

static RESULT revoke(struct call *k, const struct uauth_client *client,
                     const struct token_asked *asked)
{
    struct issuer issuer;
    struct oauth_endpoint endpoint;
    struct oauth_answer answer = { 0 };
    if (asked->token == NULL)
        return fail(&k->c, INVALID_REQUEST, "there is no token to revoke");
    TRY(client_place(k, client, ISSUER_REVOCATION, &issuer, &endpoint));
    err done = oauth_revoke(&k->c, &client->client, &endpoint, asked, &answer);
    return client_told(k, done, &answer);
}

enum uauth_result uauth_revoke(const struct uauth_client *client, const char *token,
                               const char *hint, struct uauth_error **error)
{
    struct call k;
    const struct token_asked asked = { token, hint };
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    return call_close(&k, revoke(&k, client, &asked), NULL, error);
}

static RESULT introspect(struct call *k, const struct uauth_client *client,
                         const struct token_asked *asked, struct uauth_token **out)
{
    struct issuer issuer;
    struct oauth_endpoint endpoint;
    struct oauth_answer answer = { 0 };
    bool active = false;
    if (asked->token == NULL)
        return fail(&k->c, INVALID_REQUEST, "there is no token to ask about");
    TRY(client_place(k, client, ISSUER_INTROSPECTION, &issuer, &endpoint));
    err done = oauth_introspect(&k->c, &client->client, &endpoint, asked, &active, &answer);
    TRY(client_told(k, done, &answer));
    return client_claims(k, answer.body, out);
}

enum uauth_result uauth_introspect(const struct uauth_client *client, const char *token,
                                   const char *hint, struct uauth_token **out,
                                   struct uauth_error **error)
{
    struct call k;
    struct uauth_token *made = NULL;
    const struct token_asked asked = { token, hint };
    *out = NULL;
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    err result = introspect(&k, client, &asked, &made);
    if (result.code != ERR_OK)
        return call_close(&k, result, NULL, error);
    return CALL_CLOSE(&k, result, made, out, error);
}
