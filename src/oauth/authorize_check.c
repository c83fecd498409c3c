/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/authorize_request.h"

#include "base/codec.h"
#include "base/config.h"
#include "crypto/digest.h"
#include "identity/account.h"
#include "oauth/client_messages.h"
#include "oauth/fapi.h"
#include "oauth/pkce.h"
#include "oauth/resource.h"
#include "oauth/scope.h"
#include "oauth/uri_shown.h"
#include "oauth/user_claims.h"
#include "token/id_token.h"

struct checking {
    struct ctx *c;
    const struct client *client;
    const struct authorize_request *in;
    unsigned way;
    struct authorization *out;
};

static RESULT refuse(const struct checking *k, const char *name, const char *say)
{
    return fail_field(k->c, INVALID_REQUEST, name, say);
}

/* RFC 9101 10.5; what waits or was pushed has been looked at before. */
static RESULT check_signed(const struct checking *k)
{
    if (k->client->metadata.require_signed_request_object && (k->way & BY_OBJECT) == 0)
        return because(k->c, REQUEST_SIGNED, "request", NULL,
                       refuse(k, "request", "This client has to sign its requests (RFC 9101)."));
    return ok();
}

/* What was in an object or behind a reference stands in their place by now. */
static RESULT check_object(const struct checking *k)
{
    if (k->in->request != NULL)
        return because(k->c, REQUEST_OBJECT, NULL, "request",
                       fail(k->c, INVALID_REQUEST_OBJECT, "a request object that nobody has read"));
    /* RFC 9126 2.1. */
    if (k->in->request_uri != NULL)
        return because(
            k->c, REQUEST_URI_FOREIGN, NULL, "request_uri",
            refuse(k, "request_uri", "A request that is pushed has no request_uri itself."));
    return ok();
}

static RESULT check_pushed(const struct checking *k)
{
    const struct client_metadata *m = &k->client->metadata;
    if (m->require_pushed_authorization_requests || fapi_holds(m))
        return because(
            k->c, PUSH_REQUIRED, "request_uri", "the parameters themselves",
            refuse(k, "request_uri", "This client has to push its requests (RFC 9126)."));
    return ok();
}

static RESULT check_response_mode(const struct checking *k)
{
    const struct response_mode *mode = response_mode_find(k->in->response_mode);
    if (mode == NULL)
        return because(
            k->c, RESPONSE_MODE, "query, form_post, jwt, query.jwt, form_post.jwt",
            k->in->response_mode,
            refuse(k, "response_mode",
                   "The response modes are query, form_post, jwt, query.jwt and form_post.jwt."));
    /* FAPI 2.0 Message Signing 5.4. */
    if (fapi_signs(&k->client->metadata) && !mode->signed_)
        return because(
            k->c, RESPONSE_MODE, "jwt, query.jwt, form_post.jwt", k->in->response_mode,
            refuse(k, "response_mode",
                   "This client takes signed answers: jwt, query.jwt or form_post.jwt."));
    if (mode->signed_)
        TRY(client_message_ready(k->c, k->client, CLIENT_AUTHORIZATION));
    k->out->mode = mode;
    return ok();
}

static RESULT check_response_type(const struct checking *k)
{
    if (k->in->response_type == NULL)
        return because(k->c, RESPONSE_TYPE, "code", NULL,
                       refuse(k, "response_type", "This field is required."));
    if (!text_equal(k->in->response_type, "code"))
        return because(k->c, RESPONSE_TYPE, "code", k->in->response_type,
                       fail(k->c, UNSUPPORTED_RESPONSE_TYPE, "a response_type other than code"));
    if (!client_may(k->client, "authorization_code"))
        return because(k->c, CLIENT_GRANT, client_grants(k->c->arena, k->client),
                       "authorization_code",
                       fail(k->c, UNAUTHORIZED_CLIENT, "client %s is not registered for codes",
                            k->client->id));
    return ok();
}

/* RFC 9700 2.1.1. */
static bool needs_pkce(const struct checking *k)
{
    enum { ALL_CLIENTS = 0 };
    return k->c->config->require_pkce == ALL_CLIENTS || !k->client->confidential ||
           k->client->metadata.require_pkce || fapi_holds(&k->client->metadata);
}

static RESULT check_pkce(const struct checking *k)
{
    const char *challenge = k->in->code_challenge;
    if (challenge == NULL && k->in->code_challenge_method != NULL)
        return because(k->c, PKCE_MISSING, "code_challenge", "code_challenge_method alone",
                       refuse(k, "code_challenge", "There is a code_challenge_method without it."));
    if (challenge == NULL && needs_pkce(k))
        return because(k->c, PKCE_MISSING, "code_challenge", NULL,
                       refuse(k, "code_challenge", "PKCE is required (RFC 7636)."));
    if (challenge == NULL)
        return ok();
    /* RFC 7636 4.3: without a method, plain is meant, which is not offered. */
    if (!text_equal(k->in->code_challenge_method, "S256"))
        return because(k->c, PKCE_METHOD, "S256", k->in->code_challenge_method,
                       refuse(k, "code_challenge_method", "The only method is S256."));
    if (!pkce_is_challenge(challenge))
        return because(k->c, PKCE_CHALLENGE, "43 characters of base64url", challenge,
                       refuse(k, "code_challenge", "This is not a challenge of S256."));
    return ok();
}

/* RFC 9449 10. */
static RESULT check_dpop_jkt(const struct checking *k)
{
    struct bytes thumbprint;
    if (k->in->dpop_jkt == NULL)
        return ok();
    if (!base64url_decode(k->c->arena, bytes_of(k->in->dpop_jkt), &thumbprint) ||
        thumbprint.n != DIGEST_SHA256)
        return because(
            k->c, DPOP_THUMBPRINT, "43 characters of base64url", k->in->dpop_jkt,
            refuse(k, "dpop_jkt", "This is not the SHA-256 thumbprint of a key (RFC 7638)."));
    return ok();
}

static RESULT check_scope(const struct checking *k)
{
    TRY(scope_of_request(k->c, k->client, k->in->scope, &k->out->scopes));
    /* OpenID Connect Core 11: offline_access is for clients that can refresh, and else ignored. */
    if (!client_may(k->client, "refresh_token"))
        k->out->scopes = scope_without(k->c->arena, k->out->scopes, SCOPE_OFFLINE);
    return ok();
}

static RESULT check_resource(const struct checking *k)
{
    return resource_check(k->c, k->client, k->in->resource);
}

/* RFC 9396 2. */
static RESULT check_details(const struct checking *k)
{
    const struct client_metadata *m = &k->client->metadata;
    const struct details_asker asker = { k->client->id, m->authorization_details_types,
                                         k->in->resource, m->resources };
    k->out->resources = k->in->resource;
    if (k->in->authorization_details == NULL)
        return ok();
    TRY(details_read(k->c, k->in->authorization_details, &k->out->details));
    return details_check(k->c, &k->out->details, &asker, &k->out->resources);
}

static const struct {
    const char *name;
    enum prompt prompt;
    bool (*offered)(const struct config *config); /* NULL: always */
} prompts[] = {
    { "none", PROMPT_NONE, NULL },
    { "login", PROMPT_LOGIN, NULL },
    { "consent", PROMPT_CONSENT, NULL },
    { "select_account", PROMPT_SELECT_ACCOUNT, NULL },
    { "create", PROMPT_CREATE, account_anybody_may_register },
};
enum { PROMPTS = sizeof prompts / sizeof prompts[0] };

static bool is_offered(size_t row, const struct config *config)
{
    return prompts[row].offered == NULL || prompts[row].offered(config);
}

struct texts prompt_names(struct arena *a, const struct config *config)
{
    struct texts out = { ARENA_NEWS(a, const char *, PROMPTS), 0 };
    for (size_t i = 0; i < PROMPTS; i++)
        if (is_offered(i, config))
            out.at[out.n++] = prompts[i].name;
    return out;
}

static unsigned prompt_of(const struct config *config, const char *name)
{
    for (size_t i = 0; i < PROMPTS; i++)
        if (is_offered(i, config) && text_equal(prompts[i].name, name))
            return prompts[i].prompt;
    return 0;
}

static RESULT refuse_prompt(const struct checking *k, const char *name)
{
    struct arena *a = k->c->arena;
    const char *offered = text_join(a, prompt_names(a, k->c->config), ", ");
    return because(k->c, PROMPT, offered, name,
                   refuse(k, "prompt", text_printf(a, "The prompts are %s.", offered)));
}

static RESULT check_prompt(const struct checking *k)
{
    struct texts names = text_split(k->c->arena, k->in->prompt == NULL ? "" : k->in->prompt, ' ');
    for (size_t i = 0; i < names.n; i++) {
        unsigned prompt = prompt_of(k->c->config, names.at[i]);
        if (prompt == 0)
            return refuse_prompt(k, names.at[i]);
        k->out->prompts |= prompt;
    }
    /* OpenID Connect Core 3.1.2.1. */
    if ((k->out->prompts & PROMPT_NONE) != 0 && k->out->prompts != PROMPT_NONE)
        return because(k->c, PROMPT, "none alone", k->in->prompt,
                       refuse(k, "prompt", "With none there is no other prompt."));
    return ok();
}

static RESULT check_max_age(const struct checking *k)
{
    int64_t fallback = k->client->metadata.default_max_age;
    k->out->max_age = fallback > 0 ? fallback : NO_MAX_AGE;
    if (k->in->max_age != NULL && !text_int(k->in->max_age, 0, INT32_MAX, &k->out->max_age))
        return because(k->c, MAX_AGE, "a number of seconds", k->in->max_age,
                       refuse(k, "max_age", "This is a number of seconds."));
    return ok();
}

/* What is asked for claim by claim is what its scope would give: the client is registered for it,
 * and the user sees it (OpenID Connect Core 5.5). */
static RESULT add_scopes_of(const struct checking *k, struct texts claims)
{
    struct texts registered = text_split(k->c->arena, k->client->metadata.scope, ' ');
    struct texts implied = user_claims_scopes_of(k->c->arena, claims);
    struct texts *shown = &k->out->shown;
    const char **at = ARENA_NEWS(k->c->arena, const char *, shown->n + implied.n);
    struct texts all = { at, shown->n };
    for (size_t i = 0; i < shown->n; i++)
        at[i] = shown->at[i];
    for (size_t i = 0; i < implied.n; i++) {
        if (!texts_hold(registered, implied.at[i]))
            return because(k->c, SCOPE, k->client->metadata.scope, implied.at[i],
                           fail(k->c, INVALID_SCOPE, "client %s asks for claims of the scope %s",
                                k->client->id, implied.at[i]));
        if (!texts_hold(all, implied.at[i]))
            at[all.n++] = implied.at[i];
    }
    *shown = all;
    return ok();
}

static RESULT check_claims(const struct checking *k)
{
    struct authorization *out = k->out;
    TRY(claims_request_read(k->c, k->in->claims, &out->claims));
    out->shown = out->scopes;
    TRY(add_scopes_of(k, out->claims.userinfo));
    TRY(add_scopes_of(k, out->claims.id_token));
    out->sub = out->claims.sub;
    out->acr_values =
        out->claims.acr.n > 0
            ? out->claims.acr
            : text_split(k->c->arena, k->in->acr_values == NULL ? "" : k->in->acr_values, ' ');
    return ok();
}

static RESULT check_hint(const struct checking *k)
{
    struct id_token_hint hint;
    if (k->in->id_token_hint == NULL)
        return ok();
    TRY(id_token_read_hint(k->c, k->in->id_token_hint, k->client->id, &hint));
    if (k->out->sub != NULL && !text_equal(k->out->sub, hint.sub))
        return because(k->c, ID_TOKEN_HINT, k->out->sub, hint.sub,
                       refuse(k, "id_token_hint", "This and claims name different users."));
    k->out->sub = hint.sub;
    return ok();
}

/* RFC 6749 A.5: it comes back byte by byte, also by a form, which has line breaks of its own. */
static RESULT check_state(const struct checking *k)
{
    if (k->in->state != NULL && text_has_control(k->in->state))
        return refuse(k, "state", "This has no control characters.");
    if (k->in->nonce != NULL && text_has_control(k->in->nonce))
        return refuse(k, "nonce", "This has no control characters.");
    return ok();
}

enum { ALWAYS = BY_BROWSER | BY_PUSH | PUSHED | WAITED };

/* clang-format off */
/* First how the answer is delivered, so that what follows is told in that way. */
static const struct {
    unsigned ways;
    RESULT (*run)(const struct checking *k);
} checks[] = {
    { ALWAYS, check_response_mode },
    { ALWAYS, check_object },
    { ALWAYS, check_state },
    { BY_BROWSER | BY_PUSH, check_signed },
    { BY_BROWSER, check_pushed },
    { ALWAYS, check_response_type },
    { ALWAYS, check_pkce },
    { ALWAYS, check_dpop_jkt },
    { ALWAYS, check_scope },
    { ALWAYS, check_resource },
    { ALWAYS, check_details },
    { ALWAYS, check_prompt },
    { ALWAYS, check_max_age },
    { ALWAYS, check_claims },
    { ALWAYS, check_hint },
};
enum { CHECKS = sizeof checks / sizeof checks[0] };
/* clang-format on */

RESULT authorize_check(struct ctx *c, const struct client *client,
                       const struct authorize_request *in, unsigned way, struct authorization *out)
{
    const struct checking k = { c, client, in, way, out };
    out->client = client;
    out->in = in;
    for (size_t i = 0; i < CHECKS; i++)
        if ((checks[i].ways & way) != 0)
            /* cppcheck-suppress returnDanglingLifetime ; an err is a code */
            TRY(checks[i].run(&k));
    return ok();
}

/* What is registered and comes nearest, and in what the other differs. */
static RESULT refuse_redirect(struct ctx *c, const struct client *client, const char *uri)
{
    struct texts registered = client->metadata.redirect_uris;
    return because(c, REDIRECT_URI, uri_nearest(c->arena, registered, uri),
                   uri_difference(c->arena, registered, uri),
                   fail_field(c, INVALID_REQUEST, "redirect_uri",
                              "This address is not registered for the application."));
}

RESULT authorize_check_redirect(struct ctx *c, const struct client *client,
                                const struct authorize_request *in)
{
    /* OpenID Connect Core 3.1.2.1 asks for it always; so what the token endpoint compares is there.
     */
    if (in->redirect_uri == NULL)
        return because(c, REDIRECT_URI_MISSING,
                       uris_shown(c->arena, client->metadata.redirect_uris), NULL,
                       fail_field(c, INVALID_REQUEST, "redirect_uri", "This field is required."));
    if (!client_redirects_to(c->arena, client, in->redirect_uri))
        return refuse_redirect(c, client, in->redirect_uri);
    return ok();
}

const char *authorize_request_write(struct arena *a, const struct authorize_request *in)
{
    struct json_writer w = json_writer(a);
    shape_write(&w, NULL, &authorize_request_shape, in);
    return json_written(&w);
}

RESULT authorize_request_load(struct ctx *c, const char *json, const struct authorize_request **out)
{
    struct authorize_request *in = ARENA_NEW(c->arena, struct authorize_request);
    TRY(shape_read_json(c, &authorize_request_shape, bytes_of(json), in));
    *out = in;
    return ok();
}
