/* SPDX-License-Identifier: Apache-2.0 */
#include "client/logout_token.h"
#include "client/sign_in.h"
#include "lib/client.h"

#include <string.h>

struct uauth_sign_in {
    struct held held;
    struct sign_in_begun begun;
};

/* ---- there ---- */

enum { PARAMETERS_MAX = 16 };

static RESULT read_parameters(struct ctx *c, const char *const *from, struct form *out)
{
    struct form_field *at = ARENA_NEWS(c->arena, struct form_field, PARAMETERS_MAX);
    size_t n = 0;
    for (; from != NULL && from[0] != NULL; from += 2) {
        if (n == PARAMETERS_MAX || from[1] == NULL)
            return fail(c, INVALID_REQUEST, "parameters are up to %d pairs, and NULL",
                        PARAMETERS_MAX);
        at[n++] = (struct form_field){ from[0], from[1] };
    }
    *out = (struct form){ at, n };
    return ok();
}

static RESULT begin(struct call *k, const struct uauth_client *client,
                    const struct uauth_sign_in_options *options, struct sign_in_begun *out)
{
    struct ctx *c = &k->c;
    struct uauth_sign_in_options o;
    struct issuer issuer;
    struct oauth_answer answer = { 0 };
    TRY(options_read(c, options, &o, sizeof o));
    struct sign_in_wanted wanted = { .redirect_uri = o.redirect_uri,
                                     .scope = o.scope,
                                     .response_mode = o.response_mode,
                                     .prompt = o.prompt,
                                     .login_hint = o.login_hint,
                                     .acr_values = o.acr_values,
                                     .ui_locales = o.ui_locales,
                                     .max_age = o.max_age,
                                     .resources = lib_words(c->arena, o.resources),
                                     .pushed = o.pushed };
    TRY(read_parameters(c, o.parameters, &wanted.more));
    TRY(issuer_open(c, client->issuer, &issuer));
    err begun = sign_in_begin(c, &issuer, &client->client, &wanted, out, &answer);
    return client_told(k, begun, &answer);
}

enum uauth_result uauth_sign_in_begin(const struct uauth_client *client,
                                      const struct uauth_sign_in_options *options,
                                      struct uauth_sign_in **out, struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    struct uauth_sign_in *made = ARENA_NEW(k.c.arena, struct uauth_sign_in);
    err result = begin(&k, client, options, &made->begun);
    return CALL_CLOSE(&k, result, made, out, error);
}

const char *uauth_sign_in_url(const struct uauth_sign_in *sign_in)
{
    return sign_in->begun.url;
}

const char *uauth_sign_in_kept(const struct uauth_sign_in *sign_in)
{
    return sign_in->begun.kept;
}

void uauth_sign_in_free(struct uauth_sign_in *sign_in)
{
    if (sign_in != NULL)
        held_free(&sign_in->held);
}

/* ---- and back ---- */

/* The query of a URL, where that is what was given: nothing of a query stands before its '?'. */
static struct bytes query_of(const char *answer)
{
    const char *mark = strchr(answer, '?');
    bool is_url = mark != NULL && memchr(answer, '=', (size_t)(mark - answer)) == NULL;
    const char *from = is_url ? mark + 1 : answer;
    return (struct bytes){ (const uint8_t *)from, is_url ? strcspn(from, "#") : strlen(from) };
}

static RESULT finish(struct call *k, const struct uauth_client *client,
                     const struct sign_in_back *back, struct sign_in_done *done)
{
    struct issuer issuer;
    struct oauth_answer answer = { 0 };
    TRY(issuer_open(&k->c, client->issuer, &issuer));
    err finished = sign_in_finish(&k->c, &issuer, &client->client, back, done, &answer);
    /* It is not the program that has asked for what cannot be. */
    if (finished.code == ERR_INVALID_REQUEST)
        k->told.result = UAUTH_REFUSED;
    return client_told(k, finished, &answer);
}

enum uauth_result uauth_sign_in_finish(const struct uauth_client *client, const char *kept,
                                       const char *answer, struct uauth_tokens **out,
                                       struct uauth_error **error)
{
    struct call k;
    struct sign_in_done done = { .has_id = false };
    *out = NULL;
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    const struct sign_in_back back = { .kept = kept,
                                       .answer = query_of(answer == NULL ? "" : answer),
                                       .used = client->used };
    err result = finish(&k, client, &back, &done);
    const struct client_given given = { &done.tokens, done.has_id ? &done.id : NULL };
    return client_close(&k, result, &given, out, error);
}

static RESULT ask_userinfo(struct call *k, const struct uauth_client *client,
                           const char *access_token, const char *sub, struct uauth_token **out)
{
    struct issuer issuer;
    struct oauth_endpoint endpoint;
    struct bytes json;
    if (access_token == NULL || sub == NULL)
        return fail(&k->c, INVALID_REQUEST, "userinfo is asked for with a token, of somebody");
    TRY(client_place(k, client, ISSUER_USERINFO, &issuer, &endpoint));
    TRY(oauth_userinfo(&k->c, &client->client, &endpoint, access_token, sub, &json));
    return client_claims(k, json, out);
}

enum uauth_result uauth_userinfo(const struct uauth_client *client, const char *access_token,
                                 const char *sub, struct uauth_token **out,
                                 struct uauth_error **error)
{
    struct call k;
    struct uauth_token *made = NULL;
    *out = NULL;
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    err result = ask_userinfo(&k, client, access_token, sub, &made);
    if (result.code != ERR_OK)
        return call_close(&k, result, NULL, error);
    return CALL_CLOSE(&k, result, made, out, error);
}

/* ---- the end ---- */

static RESULT way_out(struct call *k, const struct uauth_client *client,
                      const struct uauth_sign_out_options *options, const char **out)
{
    struct uauth_sign_out_options o;
    struct issuer issuer;
    TRY(options_read(&k->c, options, &o, sizeof o));
    TRY(issuer_open(&k->c, client->issuer, &issuer));
    const struct sign_out_wanted wanted = { .id_token_hint = o.id_token_hint,
                                            .post_logout_redirect_uri = o.post_logout_redirect_uri,
                                            .state = o.state,
                                            .logout_hint = o.logout_hint };
    return sign_out_url(&k->c, &issuer, &client->client, &wanted, out);
}

enum uauth_result uauth_sign_out_url(const struct uauth_client *client,
                                     const struct uauth_sign_out_options *options,
                                     struct uauth_text **out, struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    struct uauth_text *made = ARENA_NEW(k.c.arena, struct uauth_text);
    err result = way_out(&k, client, options, &made->text);
    return CALL_CLOSE(&k, result, made, out, error);
}

static RESULT check_logout(struct call *k, const struct uauth_client *client, const char *token,
                           struct uauth_token **out)
{
    struct issuer issuer;
    struct logout_told told;
    if (token == NULL)
        return fail(&k->c, INVALID_TOKEN, "there is no logout token");
    TRY(issuer_open(&k->c, client->issuer, &issuer));
    TRY(logout_token_check(&k->c, &issuer, client->client.client_id, token, client->used, &told));
    *out = client_claims_of(k, &told.jwt);
    return ok();
}

enum uauth_result uauth_logout_token(const struct uauth_client *client, const char *token,
                                     struct uauth_token **out, struct uauth_error **error)
{
    struct call k;
    struct uauth_token *made = NULL;
    *out = NULL;
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    err result = check_logout(&k, client, token, &made);
    if (result.code != ERR_OK)
        return call_close(&k, result, NULL, error);
    return CALL_CLOSE(&k, result, made, out, error);
}
