/* SPDX-License-Identifier: Apache-2.0 */
#include "client/entra_call.h"

#include "base/json.h"
#include "base/random.h"
#include "client/token_expiry.h"
#include "crypto/digest.h"

#include <string.h>

enum { TOO_MANY = 429, BAD_REQUEST = 400 };

/* ---- reading tokens ---- */

static bool take_text(struct entra_tokens *t, const char *name, const char *text)
{
    struct {
        const char *name;
        const char **to;
    } const members[] = {
        { "access_token", &t->access_token },
        { "token_type", &t->token_type },
        { "scope", &t->scope },
        { "id_token", &t->id_token },
        { "refresh_token", &t->refresh_token },
        { "client_info", &t->client_info },
        { "foci", &t->foci },
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (text_equal(members[i].name, name)) {
            *members[i].to = text;
            return true;
        }
    return false;
}

/* False: it is one of the times and cannot be read. */
static bool take_time(struct ctx *c, struct entra_tokens *t, const char *name,
                      const struct json_value *v)
{
    int64_t at = 0;
    if (v->kind == JSON_NULL)
        return true;
    if (text_equal(name, "expires_in"))
        return token_expires_in(v, &t->expires_in);
    if (text_equal(name, "ext_expires_in"))
        return token_expires_in(v, &t->ext_expires_in);
    if (text_equal(name, "refresh_in"))
        return token_expires_in(v, &t->refresh_in);
    if (!text_equal(name, "expires_on") || t->expires_in != 0)
        return true;
    if (!token_expires_on(c->arena, v, &at))
        return false;
    t->expires_in = at > c->now ? at - c->now : 0;
    return true;
}

RESULT entra_tokens_read(struct ctx *c, struct bytes body, struct entra_tokens *out)
{
    struct entra_tokens t = { 0 };
    struct json j = json_open(c->arena, body);
    struct json_value v;
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return fail(c, UPSTREAM, "the token endpoint answered with no JSON object");
    for (const char *name; json_member(&j, &name, &v);) {
        bool taken = v.kind == JSON_TEXT && take_text(&t, name, v.text);
        if (!taken && !take_time(c, &t, name, &v))
            return fail(c, UPSTREAM, "the token endpoint answered with a time that is none (%s)",
                        name);
        if (!json_skip(&j, &v))
            break;
    }
    if (!json_done(&j))
        return fail(c, UPSTREAM, "the token endpoint answered with JSON that is not well formed");
    if (t.access_token == NULL || *t.access_token == '\0')
        return fail(c, UPSTREAM, "the token endpoint gave no access token");
    *out = t;
    return ok();
}

/* ---- calling ---- */

/* What makes two requests the same: where and what; but for assertions, which are always fresh, and
 * what is only for the log. */
static struct bytes request_key(struct ctx *c, const struct entra_endpoint *at,
                                const struct oauth_client *client, const struct oauth_form *form)
{
    struct framed f = framed(c->arena);
    framed_add_text(&f, at->url);
    framed_add_text(&f, client->client_id);
    framed_add_text(&f, client->secret);
    for (size_t i = 0; i < form->n; i++) {
        framed_add_text(&f, form->at[i].name);
        framed_add_text(&f, form->at[i].value);
    }
    return framed_bytes(&f);
}

/* A device asks the same until its user has answered. */
static bool is_polling(const struct oauth_form *form)
{
    for (size_t i = 0; i < form->n; i++)
        if (text_equal(form->at[i].name, "device_code"))
            return true;
    return false;
}

static RESULT still_waits(struct ctx *c, const struct throttled *t, struct entra_error *error)
{
    entra_error_read(c, t->status, t->body, error);
    if (t->status == BAD_REQUEST) {
        err refused = entra_error_fail(c, error);
        c->fault.text =
            text_printf(c->arena, "%s (answered from memory: nothing has changed)", c->fault.text);
        return refused;
    }
    error->retry_after = t->left;
    err refused =
        fail(c, UNAVAILABLE, "Entra ID answered with status %d and is asked again in %lld s",
             t->status, (long long)t->left);
    c->fault.retry_after = t->left;
    return refused;
}

static void remember(struct ctx *c, const struct entra_endpoint *at, struct bytes key,
                     const struct oauth_answer *answer, bool polling)
{
    struct throttled kept = { .status = answer->status };
    bool in_trouble = answer->status == TOO_MANY || answer->status >= 500;
    int64_t none = at->confidential ? THROTTLE_CONFIDENTIAL : THROTTLE_DEFAULT;
    if (at->throttles == NULL)
        return;
    if (answer->status == 200)
        throttle_clear(at->throttles, key);
    else if (in_trouble || (answer->status != 0 && answer->retry_after > 0))
        throttle_put(c, at->throttles, key, &kept,
                     answer->retry_after > 0 ? answer->retry_after : none);
    else if (answer->status == BAD_REQUEST && !polling) {
        kept.body = answer->body;
        throttle_put(c, at->throttles, key, &kept, THROTTLE_REPLAY);
    }
}

RESULT entra_post(struct ctx *c, const struct entra_endpoint *at, const struct oauth_client *client,
                  const struct oauth_form *form, struct bytes *body, struct entra_error *error)
{
    struct bytes key = request_key(c, at, client, form);
    struct oauth_answer answer;
    /* The throttles are what is known of this server: more than how often it has failed. */
    const struct oauth_endpoint endpoint = { at->url, at->origin, NULL };
    struct oauth_form sent = *form;
    *error = (struct entra_error){ 0 };
    if (at->throttles != NULL) {
        struct throttled kept = throttle_find(c, at->throttles, key);
        if (kept.status != 0)
            return still_waits(c, &kept, error);
    }
    oauth_form_add(&sent, "x-client-SKU", "uauth");
    oauth_form_add(&sent, "x-ms-lib-capability", "retry-after, h429");
    oauth_form_add(&sent, "client-request-id", random_uuid(c));
    err called = oauth_call_post(c, client, &endpoint, &sent, &answer);
    remember(c, at, key, &answer, is_polling(form));
    entra_error_read(c, answer.status, answer.body, error);
    error->retry_after = answer.retry_after;
    TRY(called);
    if (error->error != NULL)
        return entra_error_fail(c, error);
    if (answer.status != 200)
        return fail(c, UPSTREAM, "%s answered with status %d and no proper JSON", at->url,
                    answer.status);
    *body = answer.body;
    return ok();
}

RESULT entra_call(struct ctx *c, const struct entra_endpoint *at, const struct oauth_client *client,
                  const struct oauth_form *form, struct entra_tokens *out,
                  struct entra_error *error)
{
    struct bytes body = { 0 };
    TRY(entra_post(c, at, client, form, &body, error));
    return entra_tokens_read(c, body, out);
}
