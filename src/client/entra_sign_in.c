/* SPDX-License-Identifier: Apache-2.0 */
/* People at a browser (entra.md 1.9) and at a device (1.16). */
#include "client/entra_inside.h"

#include "base/json_writer.h"
#include "base/random.h"
#include "base/shape.h"
#include "client/oauth_client.h"
#include "client/token_expiry.h"
#include "crypto/digest.h"

#include <string.h>

enum { SIGN_IN_SECONDS = 600, ANSWER_MAX = 64 * 1024, DEVICE_SECONDS = 900, DEVICE_INTERVAL = 5 };
static const char oidc_scopes[] = "openid profile offline_access";

/* ---- there ---- */

/* What has to be known again when they come back. */
struct kept {
    const char *state, *nonce, *code_verifier, *redirect_uri, *scope, *tenant_id, *claims;
    int64_t until;
};
LOCAL_SHAPE(kept, FIELD(kept, state, REQUIRED, 1, 64, "State"),
            FIELD(kept, nonce, REQUIRED, 1, 64, "Nonce"),
            FIELD(kept, code_verifier, REQUIRED | SECRET, 1, 64, "PKCE"),
            FIELD(kept, redirect_uri, REQUIRED, 1, 2048, "Where they come back"),
            FIELD(kept, scope, REQUIRED, 1, 8192, "What was asked for"),
            FIELD(kept, tenant_id, OPTIONAL, 1, 256, "Where"),
            FIELD(kept, claims, OPTIONAL, 2, 32768, "Claims of a challenge"),
            FIELD(kept, until, REQUIRED, 0, INT64_MAX, "How long it is good"));

/* Who is to sign in, as Entra ID is told. */
struct hints {
    const char *login_hint, *sid;
};

/* What is kept of an account says so, too: its ID token by claims that are made for it. */
static struct hints hints_of_account(struct ctx *c, const struct entra_app *app,
                                     const struct entra_sign_in *wanted, bool quiet)
{
    struct token_query query = { .kind = TOKEN_ID,
                                 .home_account_id = wanted->home_account_id,
                                 .environments = app->authority.aliases,
                                 .client_id = app->options.client_id };
    struct token_entries ids = token_cache_find(c, app->cache, &query);
    const char *id = ids.n == 0 ? NULL : ids.at[0].secret;
    const char *claim = id == NULL ? NULL : jwt_unverified_text(c, id, "login_hint");
    const char *sid = id == NULL ? NULL : jwt_unverified_text(c, id, "sid");
    if (claim != NULL && wanted->domain_hint == NULL)
        return (struct hints){ .login_hint = claim };
    if (sid != NULL && quiet)
        return (struct hints){ .sid = sid };
    if (wanted->login_hint != NULL)
        return (struct hints){ .login_hint = wanted->login_hint };
    query.kind = TOKEN_ACCOUNT;
    query.client_id = NULL;
    struct token_entries accounts = token_cache_find(c, app->cache, &query);
    const char *name = accounts.n == 0 ? NULL : accounts.at[0].username;
    return (struct hints){ .login_hint = name == NULL || *name == '\0' ? NULL : name };
}

/* As MSAL chooses: the picker has no hint that would pass it by, a session is of use only without a
 * page, and what the account itself says goes before names. */
static struct hints hints_of(struct ctx *c, const struct entra_app *app,
                             const struct entra_sign_in *wanted)
{
    bool quiet = text_equal(wanted->prompt, "none");
    if (text_equal(wanted->prompt, "select_account"))
        return (struct hints){ NULL, NULL };
    if (wanted->sid != NULL && quiet)
        return (struct hints){ .sid = wanted->sid };
    if (wanted->home_account_id != NULL)
        return hints_of_account(c, app, wanted, quiet);
    return (struct hints){ .login_hint = wanted->login_hint };
}

static const char *authorize_url(struct ctx *c, const struct entra_app *app,
                                 const struct entra_place *place,
                                 const struct entra_sign_in *wanted, const struct kept *k)
{
    struct hints hints = hints_of(c, app, wanted);
    struct oauth_form form = { .n = 0 };
    oauth_form_add(&form, "client_id", app->options.client_id);
    oauth_form_add(&form, "response_type", "code");
    oauth_form_add(&form, "redirect_uri", k->redirect_uri);
    oauth_form_add(&form, "response_mode", wanted->form_post ? "form_post" : "query");
    oauth_form_add(&form, "scope", entra_scopes(c->arena, wanted->asked.scopes, oidc_scopes));
    oauth_form_add(&form, "state", k->state);
    oauth_form_add(&form, "nonce", k->nonce);
    oauth_form_add(&form, "code_challenge", oauth_challenge(c->arena, k->code_verifier));
    oauth_form_add(&form, "code_challenge_method", "S256");
    oauth_form_add(&form, "client_info", "1");
    oauth_form_add(&form, "prompt", wanted->prompt);
    oauth_form_add(&form, "login_hint", hints.login_hint);
    oauth_form_add(&form, "sid", hints.sid);
    oauth_form_add(&form, "domain_hint", wanted->domain_hint);
    oauth_form_add(&form, "claims", k->claims);
    const struct form parameters = { form.at, form.n };
    return oauth_authorization_url(c->arena, place->authorize, &parameters);
}

RESULT entra_sign_in_begin(struct ctx *c, struct entra_app *app, const struct entra_sign_in *wanted,
                           struct entra_begun *out)
{
    struct entra_place place;
    struct json_writer w = json_writer(c->arena);
    struct kept k = { .state = random_token(c),
                      .nonce = random_token(c),
                      .code_verifier = random_token(c),
                      .redirect_uri = wanted->redirect_uri,
                      .scope = text_join(c->arena, wanted->asked.scopes, " "),
                      .tenant_id = wanted->asked.tenant_id,
                      .until = c->now + SIGN_IN_SECONDS };
    if (wanted->redirect_uri == NULL || wanted->asked.scopes.n == 0)
        return fail(c, INVALID_REQUEST, "a sign-in has a redirect URI and a scope");
    TRY(entra_place(c, app, wanted->asked.tenant_id, &place));
    TRY(entra_claims_merge(c, app->options.capabilities, wanted->asked.claims, &k.claims));
    if (wanted->home_account_id != NULL)
        TRY(token_cache_sync(c, app->cache));
    shape_write(&w, NULL, &kept_shape, &k);
    *out = (struct entra_begun){ .url = authorize_url(c, app, &place, wanted, &k),
                                 .state = k.state,
                                 .kept = json_written(&w) };
    return ok();
}

/* ---- back ---- */

/* A parameter that stands once, or not at all. */
static RESULT take(struct ctx *c, const struct form *form, const char *name, const char **out)
{
    if (!form_get(form, name, out))
        return fail(c, INVALID_REQUEST, "what came back says %s twice", name);
    return ok();
}

/* Errors come before codes: `error` first, whatever else there is. */
static RESULT read_error(struct ctx *c, const struct form *form, struct entra_error *error)
{
    TRY(take(c, form, "error", &error->error));
    TRY(take(c, form, "error_description", &error->description));
    TRY(take(c, form, "error_subcode", &error->suberror));
    return error->error == NULL ? ok() : entra_error_fail(c, error);
}

static RESULT read_code(struct ctx *c, const struct kept *k, struct bytes answer,
                        struct entra_error *error, const char **code)
{
    struct form form;
    const char *state = NULL;
    if (answer.n > ANSWER_MAX || !form_decode(c->arena, answer, &form))
        return fail(c, INVALID_REQUEST, "what came back is no answer");
    TRY(take(c, &form, "state", &state));
    TRY(take(c, &form, "code", code));
    if (state == NULL || !ct_equal(bytes_of(state), bytes_of(k->state)))
        return fail(c, INVALID_REQUEST, "what came back is not for this sign-in");
    if (c->now > k->until)
        return fail(c, INVALID_REQUEST, "the sign-in took too long: start it again");
    TRY(read_error(c, &form, error));
    if (*code == NULL || **code == '\0' || text_has_control(*code))
        return fail(c, INVALID_REQUEST, "what came back has no code");
    return ok();
}

RESULT entra_sign_in_finish(struct ctx *c, struct entra_app *app, const char *kept,
                            struct bytes answer, struct entra_result *out,
                            struct entra_error *error)
{
    struct kept k;
    struct entra_place place;
    struct entra_tokens tokens;
    struct oauth_form form = { .n = 0 };
    const char *code = NULL;
    *error = (struct entra_error){ 0 };
    TRY(shape_read_json(c, &kept_shape, bytes_of(kept == NULL ? "" : kept), &k));
    TRY(read_code(c, &k, answer, error, &code));
    TRY(entra_place(c, app, k.tenant_id, &place));
    struct texts scopes = text_split(c->arena, k.scope, ' ');
    oauth_form_add(&form, "grant_type", "authorization_code");
    oauth_form_add(&form, "code", code);
    oauth_form_add(&form, "redirect_uri", k.redirect_uri);
    oauth_form_add(&form, "code_verifier", k.code_verifier);
    oauth_form_add(&form, "scope", entra_scopes(c->arena, scopes, oidc_scopes));
    oauth_form_add(&form, "client_info", "1");
    oauth_form_add(&form, "claims", k.claims);
    TRY(entra_ask(c, app, &place, &form, &tokens, error));
    /* openid was asked for: without an ID token nobody knows who it is. */
    if (tokens.id_token == NULL)
        return fail(c, INVALID_TOKEN, "Entra ID gave no ID token");
    const struct entra_grant grant = { .place = &place, .scopes = scopes, .nonce = k.nonce };
    return entra_keep(c, app, &grant, &tokens, out);
}

/* ---- a device ---- */

static void take_number(struct entra_device *d, const struct ctx *c, const char *name,
                        const struct json_value *v)
{
    int64_t seconds = 0;
    if (text_equal(name, "expires_in") && token_expires_in(v, &seconds))
        d->expires_at = c->now + seconds;
    else if (text_equal(name, "interval") && token_expires_in(v, &seconds))
        d->interval = seconds;
}

static void take_text(struct entra_device *d, const char *name, const char *text)
{
    struct {
        const char *name;
        const char **to;
    } const members[] = {
        { "user_code", &d->user_code },
        { "device_code", &d->device_code },
        { "verification_uri", &d->verification_uri },
        { "message", &d->message },
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (text_equal(members[i].name, name))
            *members[i].to = text;
}

static bool is_shown(const char *text)
{
    return text != NULL && *text != '\0' && !text_has_control(text);
}

static RESULT read_device(struct ctx *c, struct bytes body, struct entra_device *out)
{
    struct entra_device d = { .expires_at = c->now + DEVICE_SECONDS, .interval = DEVICE_INTERVAL };
    struct json j = json_open(c->arena, body);
    struct json_value v;
    bool is_object = json_value(&j, &v) && v.kind == JSON_OBJECT;
    for (const char *name; is_object && json_member(&j, &name, &v);) {
        if (v.kind == JSON_TEXT)
            take_text(&d, name, v.text);
        take_number(&d, c, name, &v);
        if (!json_skip(&j, &v))
            break;
    }
    if (!is_object || !json_done(&j) || d.device_code == NULL || !is_shown(d.user_code) ||
        !is_shown(d.verification_uri) || !text_starts(d.verification_uri, "http"))
        return fail(c, UPSTREAM, "the answer for a device is none");
    if (!is_shown(d.message))
        d.message =
            text_printf(c->arena, "Open %s and type the code %s.", d.verification_uri, d.user_code);
    *out = d;
    return ok();
}

RESULT entra_device_begin(struct ctx *c, struct entra_app *app, const struct entra_asked *asked,
                          struct entra_device *out, struct entra_error *error)
{
    struct entra_place place;
    struct bytes body = { 0 };
    struct oauth_form form = { .n = 0 };
    const char *claims = NULL;
    const struct oauth_client client = { .client_id = app->options.client_id };
    *error = (struct entra_error){ 0 };
    TRY(entra_place(c, app, asked->tenant_id, &place));
    if (place.device == NULL)
        return fail(c, INVALID_REQUEST, "this authority signs in no devices");
    TRY(entra_claims_merge(c, app->options.capabilities, asked->claims, &claims));
    oauth_form_add(&form, "scope", entra_scopes(c->arena, asked->scopes, oidc_scopes));
    oauth_form_add(&form, "claims", claims);
    const struct entra_endpoint at = { .url = place.device, .throttles = app->throttles };
    TRY(entra_post(c, &at, &client, &form, &body, error));
    return read_device(c, body, out);
}

RESULT entra_device_ask(struct ctx *c, struct entra_app *app, const struct entra_device *device,
                        const struct entra_asked *asked, struct entra_result *out,
                        struct entra_error *error)
{
    struct entra_place place;
    struct entra_tokens tokens;
    struct oauth_form form = { .n = 0 };
    *error = (struct entra_error){ 0 };
    if (c->now >= device->expires_at)
        return fail(c, EXPIRED_TOKEN, "the code of the device has expired");
    TRY(entra_place(c, app, asked->tenant_id, &place));
    oauth_form_add(&form, "grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    oauth_form_add(&form, "device_code", device->device_code);
    oauth_form_add(&form, "scope", entra_scopes(c->arena, asked->scopes, oidc_scopes));
    oauth_form_add(&form, "client_info", "1");
    TRY(entra_ask(c, app, &place, &form, &tokens, error));
    const struct entra_grant grant = { .place = &place, .scopes = asked->scopes };
    return entra_keep(c, app, &grant, &tokens, out);
}
