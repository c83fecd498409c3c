/* SPDX-License-Identifier: Apache-2.0 */
#include "client/oauth_client.h"

#include "base/json.h"
#include "base/shape.h"
#include "crypto/digest.h"

#include <string.h>

enum { TOKEN_MAX = 64 * 1024, EXPIRES_MAX = 10 * 365 * 86400, SUB_MAX = 255 };

const char *oauth_challenge(struct arena *a, const char *code_verifier)
{
    uint8_t digest[DIGEST_SHA256];
    sha256(bytes_of(code_verifier), digest);
    return base64url_encode(a, (struct bytes){ digest, sizeof digest });
}

const char *oauth_authorization_url(struct arena *a, const char *endpoint,
                                    const struct form *parameters)
{
    const char *between = strchr(endpoint, '?') == NULL ? "?" : "&";
    return text_printf(a, "%s%s%s", endpoint, between, form_encode(a, parameters));
}

/* ---- tokens ---- */

struct token_answer {
    const char *access_token, *token_type, *id_token, *refresh_token, *scope, *issued_token_type;
};
LOCAL_SHAPE_OPEN(token_answer,
                 FIELD(token_answer, access_token, SECRET, 0, TOKEN_MAX, "Access token"),
                 FIELD(token_answer, token_type, OPTIONAL, 0, 64, "Its type"),
                 FIELD(token_answer, id_token, SECRET, 0, TOKEN_MAX, "ID token"),
                 FIELD(token_answer, refresh_token, SECRET, 0, TOKEN_MAX, "Refresh token"),
                 FIELD(token_answer, scope, OPTIONAL, 0, TOKEN_MAX, "What was granted"),
                 FIELD(token_answer, issued_token_type, OPTIONAL, 0, 256, "What was issued"));

/* Some write the number as a text.  What is neither is as if it were not said. */
static int64_t expires_in(struct ctx *c, struct bytes body)
{
    struct json j = json_open(c->arena, body);
    struct json_value v;
    int64_t seconds = 0;
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return 0;
    for (const char *name; json_member(&j, &name, &v); (void)json_skip(&j, &v)) {
        if (!text_equal(name, "expires_in"))
            continue;
        if (v.kind == JSON_NUMBER)
            seconds = json_int_saturated(&v);
        else if (v.kind == JSON_TEXT && !text_int(v.text, 0, EXPIRES_MAX, &seconds))
            seconds = 0;
    }
    return seconds < 0 ? 0 : seconds > EXPIRES_MAX ? EXPIRES_MAX : seconds;
}

static RESULT no_proper_answer(struct ctx *c, const char *url, const struct oauth_answer *answer)
{
    fault_clear(c);
    return fail(c, UPSTREAM, "%s answered with status %d and no proper JSON", url, answer->status);
}

/* RFC 6749 5.1. */
RESULT oauth_tokens_read(struct ctx *c, const char *url, const struct oauth_answer *answer,
                         struct oauth_tokens *out)
{
    struct token_answer in;
    if (shape_read_json(c, &token_answer_shape, answer->body, &in).code != ERR_OK)
        return no_proper_answer(c, url, answer);
    TRY(oauth_answer_check(c, url, answer));
    if (in.access_token == NULL || *in.access_token == '\0')
        return fail(c, UPSTREAM, "%s gave no access token", url);
    *out = (struct oauth_tokens){ .access_token = in.access_token,
                                  .token_type = in.token_type,
                                  .id_token = in.id_token,
                                  .refresh_token = in.refresh_token,
                                  .scope = in.scope,
                                  .issued_token_type = in.issued_token_type,
                                  .expires_in = expires_in(c, answer->body) };
    return ok();
}

/* RFC 9449 5: a token that anybody could use is not what was asked for.  RFC 8693 2.2.1: what is no
 * access token has no type. */
static RESULT check_binding(struct ctx *c, const struct oauth_client *client, const char *url,
                            const struct oauth_tokens *tokens)
{
    if (client->dpop == NULL || text_equal_nocase(tokens->token_type, "DPoP") ||
        text_equal_nocase(tokens->token_type, "N_A"))
        return ok();
    return fail(c, UPSTREAM, "%s did not bind the token to our key", url);
}

RESULT oauth_grant(struct ctx *c, const struct oauth_client *client,
                   const struct oauth_endpoint *endpoint, const struct oauth_form *form,
                   struct oauth_tokens *out, struct oauth_answer *answer)
{
    struct oauth_tokens given;
    *out = (struct oauth_tokens){ 0 };
    TRY(oauth_call_post(c, client, endpoint, form, answer));
    TRY(oauth_tokens_read(c, endpoint->url, answer, &given));
    TRY(check_binding(c, client, endpoint->url, &given));
    *out = given;
    return ok();
}

RESULT oauth_exchange_told(struct ctx *c, const struct oauth_client *client,
                           const struct oauth_endpoint *endpoint,
                           const struct code_exchange *exchange, struct oauth_tokens *out,
                           struct oauth_answer *answer)
{
    struct oauth_form form = { .n = 0 };
    oauth_form_add(&form, "grant_type", "authorization_code");
    oauth_form_add(&form, "code", exchange->code);
    oauth_form_add(&form, "redirect_uri", exchange->redirect_uri);
    oauth_form_add(&form, "code_verifier", exchange->code_verifier);
    oauth_form_add(&form, "scope", exchange->scope);
    return oauth_grant(c, client, endpoint, &form, out, answer);
}

RESULT oauth_exchange_code(struct ctx *c, const struct oauth_client *client,
                           const struct oauth_endpoint *endpoint,
                           const struct code_exchange *exchange, struct oauth_tokens *out)
{
    struct oauth_answer answer;
    return oauth_exchange_told(c, client, endpoint, exchange, out, &answer);
}

/* ---- other grants ---- */

enum { LISTED_MAX = 16 };

RESULT oauth_wanted_add(struct ctx *c, struct oauth_form *form, const struct oauth_wanted *wanted)
{
    if (wanted->resources.n > LISTED_MAX || wanted->audiences.n > LISTED_MAX)
        return fail(c, INVALID_REQUEST, "more than %d resources or audiences", LISTED_MAX);
    oauth_form_add(form, "scope", wanted->scope);
    for (size_t i = 0; i < wanted->resources.n; i++)
        oauth_form_add(form, "resource", wanted->resources.at[i]);
    for (size_t i = 0; i < wanted->audiences.n; i++)
        oauth_form_add(form, "audience", wanted->audiences.at[i]);
    return ok();
}

RESULT oauth_client_credentials(struct ctx *c, const struct oauth_client *client,
                                const struct oauth_endpoint *endpoint,
                                const struct oauth_wanted *wanted, struct oauth_tokens *out,
                                struct oauth_answer *answer)
{
    struct oauth_form form = { .n = 0 };
    *answer = (struct oauth_answer){ 0 };
    oauth_form_add(&form, "grant_type", "client_credentials");
    TRY(oauth_wanted_add(c, &form, wanted));
    return oauth_grant(c, client, endpoint, &form, out, answer);
}

RESULT oauth_refresh(struct ctx *c, const struct oauth_client *client,
                     const struct oauth_endpoint *endpoint, const struct token_refresh *refresh,
                     struct oauth_tokens *out, struct oauth_answer *answer)
{
    struct oauth_form form = { .n = 0 };
    *answer = (struct oauth_answer){ 0 };
    oauth_form_add(&form, "grant_type", "refresh_token");
    oauth_form_add(&form, "refresh_token", refresh->refresh_token);
    TRY(oauth_wanted_add(c, &form, &refresh->wanted));
    err granted = oauth_grant(c, client, endpoint, &form, out, answer);
    if (granted.code == ERR_OK && out->refresh_token == NULL)
        out->refresh_token = refresh->refresh_token;
    return granted;
}

RESULT oauth_token_exchange(struct ctx *c, const struct oauth_client *client,
                            const struct oauth_endpoint *endpoint,
                            const struct token_exchange *exchange, struct oauth_tokens *out,
                            struct oauth_answer *answer)
{
    struct oauth_form form = { .n = 0 };
    *answer = (struct oauth_answer){ 0 };
    oauth_form_add(&form, "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
    oauth_form_add(&form, "subject_token", exchange->subject_token);
    oauth_form_add(&form, "subject_token_type", exchange->subject_token_type);
    oauth_form_add(&form, "actor_token", exchange->actor_token);
    oauth_form_add(&form, "actor_token_type", exchange->actor_token_type);
    oauth_form_add(&form, "requested_token_type", exchange->requested_token_type);
    TRY(oauth_wanted_add(c, &form, &exchange->wanted));
    return oauth_grant(c, client, endpoint, &form, out, answer);
}

/* ---- about tokens ---- */

static RESULT post_token(struct ctx *c, const struct oauth_client *client,
                         const struct oauth_endpoint *endpoint, const struct token_asked *shown,
                         struct oauth_answer *answer)
{
    struct oauth_form form = { .n = 0 };
    oauth_form_add(&form, "token", shown->token);
    oauth_form_add(&form, "token_type_hint", shown->hint);
    TRY(oauth_call_post(c, client, endpoint, &form, answer));
    return oauth_answer_check(c, endpoint->url, answer);
}

RESULT oauth_revoke(struct ctx *c, const struct oauth_client *client,
                    const struct oauth_endpoint *endpoint, const struct token_asked *shown,
                    struct oauth_answer *answer)
{
    return post_token(c, client, endpoint, shown, answer);
}

/* -1: it is not said. */
static int read_active(struct ctx *c, struct bytes body)
{
    struct json j = json_open(c->arena, body);
    struct json_value v;
    int active = -1;
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return -1;
    for (const char *name; json_member(&j, &name, &v); (void)json_skip(&j, &v))
        if (text_equal(name, "active") && v.kind == JSON_BOOL)
            active = v.truth;
    return json_done(&j) ? active : -1;
}

RESULT oauth_introspect(struct ctx *c, const struct oauth_client *client,
                        const struct oauth_endpoint *endpoint, const struct token_asked *shown,
                        bool *active, struct oauth_answer *answer)
{
    *active = false;
    TRY(post_token(c, client, endpoint, shown, answer));
    int said = read_active(c, answer->body);
    if (said < 0)
        return no_proper_answer(c, endpoint->url, answer);
    *active = said != 0;
    return ok();
}

struct about {
    const char *sub;
};
LOCAL_SHAPE_OPEN(about, FIELD(about, sub, REQUIRED, 1, SUB_MAX, "Who it is"));

RESULT oauth_userinfo(struct ctx *c, const struct oauth_client *client,
                      const struct oauth_endpoint *endpoint, const char *access_token,
                      const char *sub, struct bytes *json)
{
    struct about in;
    TRY(oauth_call_as(c, client, endpoint, access_token, NULL, json));
    if (shape_read_json(c, &about_shape, *json, &in).code != ERR_OK) {
        fault_clear(c);
        return fail(c, UPSTREAM, "%s did not answer with who it is", endpoint->url);
    }
    if (sub != NULL && !text_equal(in.sub, sub))
        return fail(c, INVALID_TOKEN, "the userinfo of %s is of somebody else", endpoint->url);
    return ok();
}
