/* SPDX-License-Identifier: Apache-2.0 */
#include "client/sign_in.h"

#include "base/random.h"
#include "base/shape.h"
#include "client/tenant_issuer.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "net/url.h"

#include <string.h>

enum { CODE_MAX = 8192, URI_BYTES_MAX = 512, TOKEN_CHARS = RANDOM_TOKEN_CHARS };

static const char kept_purpose[] = "sign-in at another server";

/* ---- what is kept while somebody is away ---- */

struct kept {
    const char *issuer, *client_id, *state, *nonce, *code_verifier, *redirect_uri;
    int64_t at, max_age;
    bool openid;
};
LOCAL_SHAPE(kept, FIELD(kept, issuer, REQUIRED, 1, URL_MAX, "Who was asked"),
            FIELD(kept, client_id, REQUIRED, 1, URL_MAX, "By whom"),
            FIELD(kept, state, REQUIRED | SECRET, TOKEN_CHARS, TOKEN_CHARS, "RFC 6749 4.1.1"),
            FIELD(kept, nonce, REQUIRED | SECRET, TOKEN_CHARS, TOKEN_CHARS, "Core 3.1.2.1"),
            FIELD(kept, code_verifier, REQUIRED | SECRET, TOKEN_CHARS, TOKEN_CHARS, "RFC 7636 4.1"),
            FIELD(kept, redirect_uri, REQUIRED, 1, URL_MAX, "Where to come back to"),
            FIELD(kept, at, REQUIRED, 0, INT64_MAX, "When"),
            FIELD(kept, max_age, REQUIRED, 0, INT32_MAX, "How old the sign-in may be there"),
            FIELD(kept, openid, REQUIRED, 0, 0, "Whether an ID token is due"));

static RESULT keep(struct ctx *c, const struct kept *kept, const char **out)
{
    struct json_writer w = json_writer(c->arena);
    shape_write(&w, NULL, &kept_shape, kept);
    struct bytes json = bytes_of(json_written(&w));
    if (c->seal != NULL)
        return seal_bytes(c, kept_purpose, kept->client_id, json, out);
    *out = base64url_encode(c->arena, json);
    return ok();
}

static RESULT not_kept(struct ctx *c)
{
    fault_clear(c);
    return fail(c, INVALID_REQUEST, "this is not what was kept of a request to sign in");
}

static RESULT recall(struct ctx *c, const struct issuer *issuer, const struct oauth_client *client,
                     const char *text, struct kept *out)
{
    struct bytes json = { 0 };
    bool opened = text != NULL;
    if (opened && c->seal != NULL)
        opened = seal_open(c, kept_purpose, client->client_id, text, &json).code == ERR_OK;
    else if (opened)
        opened = base64url_decode(c->arena, bytes_of(text), &json);
    if (!opened || shape_read_json(c, &kept_shape, json, out).code != ERR_OK)
        return not_kept(c);
    if (!text_equal(out->issuer, issuer->issuer) || !text_equal(out->client_id, client->client_id))
        return fail(c, INVALID_TOKEN, "an answer of %s is for a request to %.256s", issuer->issuer,
                    out->issuer);
    if (c->now > out->at + SIGN_IN_SECONDS || c->now < out->at - JWT_SKEW)
        return fail(c, INVALID_REQUEST, "signing in took too long");
    return ok();
}

/* ---- sending somebody there ---- */

/* What is made here is not to be said twice. */
static bool is_ours(const char *name)
{
    static const char *const ours[] = {
        "response_type",        "client_id", "redirect_uri", "state",         "nonce",
        "code_challenge",       "request",   "request_uri",  "response_mode", "scope",
        "code_challenge_method"
    };
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (text_equal(ours[i], name))
            return true;
    return false;
}

static RESULT fill(struct ctx *c, const struct oauth_client *client, const struct kept *kept,
                   const struct sign_in_wanted *wanted, struct oauth_form *form)
{
    const struct oauth_wanted also = { .scope = wanted->scope == NULL ? "openid" : wanted->scope,
                                       .resources = wanted->resources };
    oauth_form_add(form, "response_type", "code");
    oauth_form_add(form, "redirect_uri", kept->redirect_uri);
    oauth_form_add(form, "state", kept->state);
    oauth_form_add(form, "nonce", kept->nonce);
    oauth_form_add(form, "code_challenge", oauth_challenge(c->arena, kept->code_verifier));
    oauth_form_add(form, "code_challenge_method", "S256");
    oauth_form_add(form, "response_mode", wanted->response_mode);
    oauth_form_add(form, "prompt", wanted->prompt);
    oauth_form_add(form, "login_hint", wanted->login_hint);
    oauth_form_add(form, "acr_values", wanted->acr_values);
    oauth_form_add(form, "ui_locales", wanted->ui_locales);
    if (wanted->max_age > 0)
        oauth_form_add(form, "max_age", text_printf(c->arena, "%lld", (long long)wanted->max_age));
    /* RFC 9449 10: the code is bound to the key as well. */
    if (client->dpop != NULL)
        oauth_form_add(form, "dpop_jkt", dpop_key_thumbprint(c, client->dpop));
    if (wanted->more.n > OAUTH_FIELDS_MAX / 3)
        return fail(c, INVALID_REQUEST, "more parameters than a request has room for");
    for (size_t i = 0; i < wanted->more.n; i++) {
        if (is_ours(wanted->more.at[i].name))
            return fail(c, INVALID_REQUEST, "%s is not for the caller to say",
                        wanted->more.at[i].name);
        oauth_form_add(form, wanted->more.at[i].name, wanted->more.at[i].value);
    }
    return oauth_wanted_add(c, form, &also);
}

struct pushed {
    const char *request_uri;
};
LOCAL_SHAPE_OPEN(pushed, FIELD(pushed, request_uri, REQUIRED, 1, URI_BYTES_MAX, "RFC 9126 2.2"));

/* RFC 9126 2.1; what is left for the URL is in `form` then. */
static RESULT push(struct ctx *c, const struct issuer *issuer, const struct oauth_client *client,
                   struct oauth_form *form, struct oauth_answer *answer)
{
    struct oauth_endpoint endpoint;
    struct pushed in;
    TRY(issuer_endpoint(c, issuer, client, ISSUER_PUSHED, &endpoint));
    TRY(oauth_call_post(c, client, &endpoint, form, answer));
    if (answer->error != NULL || (answer->status != 201 && answer->status != 200))
        return fail(c, UPSTREAM, "%s refused a request with status %d: %s", endpoint.url,
                    answer->status, answer->error == NULL ? "(no reason)" : answer->error);
    if (shape_read_json(c, &pushed_shape, answer->body, &in).code != ERR_OK) {
        fault_clear(c);
        return fail(c, UPSTREAM, "%s gave no request_uri", endpoint.url);
    }
    *form = (struct oauth_form){ .n = 0 };
    oauth_form_add(form, "client_id", client->client_id);
    oauth_form_add(form, "request_uri", in.request_uri);
    return ok();
}

static bool asks_openid(struct ctx *c, const char *scope)
{
    return scope == NULL || texts_hold(text_split(c->arena, scope, ' '), "openid");
}

RESULT sign_in_begin(struct ctx *c, const struct issuer *issuer, const struct oauth_client *client,
                     const struct sign_in_wanted *wanted, struct sign_in_begun *out,
                     struct oauth_answer *answer)
{
    const struct metadata *m = issuer->m;
    struct oauth_form form = { .n = 0 };
    const struct kept kept = { .issuer = issuer->issuer,
                               .client_id = client->client_id,
                               .state = random_token(c),
                               .nonce = random_token(c),
                               .code_verifier = random_token(c),
                               .redirect_uri = wanted->redirect_uri,
                               .at = c->now,
                               .max_age = wanted->max_age,
                               .openid = asks_openid(c, wanted->scope) };
    *answer = (struct oauth_answer){ 0 };
    if (m->authorization_endpoint == NULL)
        return fail(c, NOT_IMPLEMENTED, "nobody signs in at %s", issuer->issuer);
    if (wanted->redirect_uri == NULL || wanted->max_age < 0)
        return fail(c, INVALID_REQUEST, "a request to sign in has a redirect_uri");
    TRY(fill(c, client, &kept, wanted, &form));
    if (wanted->pushed || m->must_push)
        TRY(push(c, issuer, client, &form, answer));
    else
        oauth_form_add(&form, "client_id", client->client_id);
    const struct form fields = { form.at, form.n };
    out->url = oauth_authorization_url(c->arena, m->authorization_endpoint, &fields);
    out->state = kept.state;
    return keep(c, &kept, &out->kept);
}

/* ---- somebody comes back ---- */

struct brought {
    const char *state, *iss, *code, *error, *error_description, *error_uri, *response;
};

static RESULT read_brought(struct ctx *c, struct bytes in, struct brought *out)
{
    struct form form;
    bool whole = in.n <= SIGN_IN_ANSWER_MAX && form_decode(c->arena, in, &form) &&
                 form_get(&form, "state", &out->state) && form_get(&form, "iss", &out->iss) &&
                 form_get(&form, "code", &out->code) && form_get(&form, "error", &out->error) &&
                 form_get(&form, "error_description", &out->error_description) &&
                 form_get(&form, "error_uri", &out->error_uri) &&
                 form_get(&form, "response", &out->response);
    if (!whole || out->response != NULL || (out->code != NULL && strlen(out->code) > CODE_MAX))
        return fail(c, INVALID_REQUEST, "a browser brought what is no answer to a request");
    return ok();
}

/* RFC 9207 2.4: of whom the answer is (mix-up).  An iss that was not promised is compared, too. */
static RESULT check_iss(struct ctx *c, const struct issuer *issuer, const struct brought *brought)
{
    if (brought->iss == NULL && issuer->m->says_iss)
        return fail(c, INVALID_TOKEN, "an answer of %s does not say whose it is", issuer->issuer);
    if (brought->iss != NULL && !text_equal(brought->iss, issuer->issuer))
        return fail(c, INVALID_TOKEN, "an answer for %s is of %.256s", issuer->issuer,
                    brought->iss);
    return ok();
}

static const char *harmless(const char *text)
{
    return text == NULL || text_has_control_but_lines(text) ? NULL : text;
}

static RESULT told(struct ctx *c, const struct issuer *issuer, const struct brought *brought,
                   struct oauth_answer *answer)
{
    answer->error = harmless(brought->error);
    answer->description = harmless(brought->error_description);
    answer->uri = harmless(brought->error_uri);
    if (text_equal(brought->error, "access_denied"))
        return fail(c, ACCESS_DENIED, "somebody did not sign in at %s", issuer->issuer);
    return fail(c, UPSTREAM, "%s answered with the error %.256s", issuer->issuer,
                answer->error == NULL ? "(not shown)" : answer->error);
}

/* What has been used up is refused for as long as it would be good. */
static RESULT use_up(struct ctx *c, struct replays *used, const struct kept *kept)
{
    bool first = true;
    if (used != NULL)
        TRY(replays_add(c, used, bytes_of(kept->state), kept->at + SIGN_IN_SECONDS, &first));
    return first ? ok() : fail(c, INVALID_REQUEST, "an answer came a second time");
}

static RESULT check_answer(struct ctx *c, const struct issuer *issuer, const struct kept *kept,
                           const struct sign_in_back *back, struct brought *brought)
{
    TRY(read_brought(c, back->answer, brought));
    if (brought->state == NULL || !ct_equal(bytes_of(brought->state), bytes_of(kept->state)))
        return fail(c, INVALID_REQUEST, "an answer is not to this request: its state differs");
    TRY(use_up(c, back->used, kept));
    return check_iss(c, issuer, brought);
}

/* ---- ID tokens ---- */

static RESULT check_id(struct ctx *c, const struct issuer *issuer, const char *id_token,
                       const struct id_token_due *due, struct jwt *out)
{
    const struct metadata *m = issuer->m;
    const struct upstream_keys *keys = NULL;
    if (m->jwks_uri == NULL)
        return fail(c, UPSTREAM, "%s has no keys", issuer->issuer);
    TRY(metadata_keys(c, &issuer->at, m->jwks_uri, id_token, &keys));
    TRY(id_token_check(c, id_token, &keys->set, due, out));
    return tenant_key_check(c, out, keys, m->cloud_instance_name);
}

/* Core 3.1.3.7, 13. */
static RESULT check_auth_time(struct ctx *c, const struct jwt *id, int64_t max_age)
{
    int64_t at = 0;
    TRY(jwt_int(c, id, "auth_time", &at));
    if (max_age > 0 && (at == 0 || at + max_age + ID_TOKEN_LEEWAY < c->now))
        return fail(c, INVALID_TOKEN, "an ID token does not say that the sign-in is recent enough");
    return ok();
}

RESULT sign_in_check(struct ctx *c, const struct issuer *issuer, const struct oauth_client *client,
                     const struct oauth_tokens *tokens, const char *sub, struct jwt *out)
{
    const struct id_token_due due = { .issuer = issuer->issuer,
                                      .client_id = client->client_id,
                                      .no_nonce = true,
                                      .sub = sub,
                                      .algs = issuer->m->algs,
                                      .access_token = tokens->access_token };
    if (tokens->id_token == NULL)
        return fail(c, UPSTREAM, "%s gave no ID token", issuer->issuer);
    return check_id(c, issuer, tokens->id_token, &due, out);
}

static RESULT identify(struct ctx *c, const struct issuer *issuer, const struct kept *kept,
                       struct sign_in_done *out)
{
    const struct id_token_due due = { .issuer = issuer->issuer,
                                      .client_id = kept->client_id,
                                      .nonce = kept->nonce,
                                      .algs = issuer->m->algs,
                                      .access_token = out->tokens.access_token };
    if (out->tokens.id_token == NULL)
        return kept->openid ? fail(c, UPSTREAM, "%s gave no ID token", issuer->issuer) : ok();
    TRY(check_id(c, issuer, out->tokens.id_token, &due, &out->id));
    TRY(check_auth_time(c, &out->id, kept->max_age));
    out->has_id = true;
    return ok();
}

RESULT sign_in_finish(struct ctx *c, const struct issuer *issuer, const struct oauth_client *client,
                      const struct sign_in_back *back, struct sign_in_done *out,
                      struct oauth_answer *answer)
{
    struct kept kept;
    struct brought brought = { 0 };
    struct oauth_endpoint endpoint;
    *out = (struct sign_in_done){ 0 };
    *answer = (struct oauth_answer){ 0 };
    TRY(recall(c, issuer, client, back->kept, &kept));
    TRY(check_answer(c, issuer, &kept, back, &brought));
    if (brought.error != NULL)
        return told(c, issuer, &brought, answer);
    if (brought.code == NULL)
        return fail(c, INVALID_REQUEST, "a browser brought neither a code nor an error");
    const struct code_exchange exchange = { .code = brought.code,
                                            .redirect_uri = kept.redirect_uri,
                                            .code_verifier = kept.code_verifier };
    TRY(issuer_endpoint(c, issuer, client, ISSUER_TOKEN, &endpoint));
    TRY(oauth_exchange_told(c, client, &endpoint, &exchange, &out->tokens, answer));
    return identify(c, issuer, &kept, out);
}

/* ---- signing out ---- */

RESULT sign_out_url(struct ctx *c, const struct issuer *issuer, const struct oauth_client *client,
                    const struct sign_out_wanted *wanted, const char **url)
{
    struct oauth_form form = { .n = 0 };
    if (issuer->m->end_session_endpoint == NULL)
        return fail(c, NOT_IMPLEMENTED, "nobody signs out at %s", issuer->issuer);
    oauth_form_add(&form, "id_token_hint", wanted->id_token_hint);
    oauth_form_add(&form, "client_id", client->client_id);
    oauth_form_add(&form, "post_logout_redirect_uri", wanted->post_logout_redirect_uri);
    oauth_form_add(&form, "state", wanted->state);
    oauth_form_add(&form, "logout_hint", wanted->logout_hint);
    const struct form fields = { form.at, form.n };
    *url = oauth_authorization_url(c->arena, issuer->m->end_session_endpoint, &fields);
    return ok();
}
