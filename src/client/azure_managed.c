/* SPDX-License-Identifier: Apache-2.0 */
#include "client/azure_managed.h"

#include "base/codec.h"
#include "base/json.h"
#include "base/random.h"
#include "client/token_expiry.h"
#include "net/url.h"

#include <string.h>

/* The first that is here is asked, and no other: entra.md 2.1. */
static const struct managed_place *const places[] = {
    &managed_fabric, &managed_app_service, &managed_ml, &managed_shell, &managed_arc, &managed_imds,
};

/* ---- asking ---- */

enum { WAIT_MAX_MS = 64000, GONE = 410 };

static const int plain_statuses[] = { 404, 408, 429, 500, 503, 504, 0 };
const struct managed_retry managed_retry_plain = { .statuses = plain_statuses,
                                                   .times = 3,
                                                   .first_ms = 1000 };

RESULT managed_header(struct ctx *c, struct managed_request *r, const char *header,
                      const char *variable, const char *value)
{
    must(r->headers_n < MANAGED_HEADERS_MAX);
    if (text_has_control(value))
        return fail(c, INVALID_REQUEST, "%s has control characters in it", variable);
    r->headers[r->headers_n++] = text_printf(c->arena, "%s: %s", header, value);
    return ok();
}

RESULT managed_url(struct ctx *c, const struct azure_platform *p, const char *variable,
                   const char *query, const char **out)
{
    struct url url;
    const char *value = azure_variable(p, variable);
    if (value == NULL || !url_parse(c->arena, bytes_of(value), &url) || url.host == NULL ||
        url.fragment != NULL ||
        !(text_equal(url.scheme, "http") || text_equal(url.scheme, "https")))
        return fail(c, INVALID_REQUEST, "%s is no URL that can be called", variable);
    const char *between = url.query == NULL ? "?" : "&";
    *out = query == NULL ? value : text_printf(c->arena, "%s%s%s", value, between, query);
    return ok();
}

RESULT managed_query(struct ctx *c, const char *api_version, const char *resource,
                     const struct managed_identity *id, const struct managed_names *names,
                     const char **out)
{
    struct {
        const char *name, *value;
    } const chosen[] = { { names->client_id, id->client_id },
                         { names->object_id, id->object_id },
                         { names->resource_id, id->resource_id } };
    struct text_buffer b = text_buffer(c->arena);
    text_addf(&b, "api-version=%s&resource=%s", api_version, percent_encode(c->arena, resource));
    for (size_t i = 0; i < sizeof chosen / sizeof chosen[0]; i++) {
        if (chosen[i].value == NULL)
            continue;
        if (chosen[i].name == NULL)
            return fail(c, INVALID_REQUEST,
                        "this place cannot choose an identity so: name none, or by client id");
        text_addf(&b, "&%s=%s", chosen[i].name, percent_encode(c->arena, chosen[i].value));
    }
    *out = text_of(&b);
    return ok();
}

static bool is_retried(const struct managed_retry *retry, int status)
{
    if (status == GONE && retry->gone_first_ms != 0)
        return true;
    for (const int *at = retry->statuses; *at != 0; at++)
        if (*at == status || (*at == -1 && status >= 500))
            return true;
    return false;
}

static int64_t wait_of(struct ctx *c, const struct managed_retry *retry,
                       const struct http_answer *answer, unsigned tried)
{
    bool is_gone = answer->status == GONE && retry->gone_first_ms != 0;
    int64_t asked = oauth_retry_after(c, answer) * 1000;
    int64_t ms = is_gone ? retry->gone_first_ms : retry->first_ms;
    if (http_answer_header(answer, "retry-after") != NULL && asked < 1000)
        asked = 1000;
    if (retry->doubles)
        ms <<= tried;
    if (retry->doubles && !is_gone)
        ms = ms / 2 + random_below(c->random, (uint32_t)(ms / 2) + 1);
    return asked > ms ? asked : ms;
}

RESULT managed_ask(struct ctx *c, struct azure_credential *a, const struct managed_request *r,
                   struct http_answer *out)
{
    struct upstreams *u = NULL;
    struct bytes body = { 0 };
    TRY(upstreams_of(c, &u));
    if (r->body != NULL)
        body = bytes_of(r->body);
    const struct http_call call = { .method = r->method,
                                    .url = r->url,
                                    .origin = OUTBOUND_PLATFORM,
                                    .headers = r->headers,
                                    .headers_n = r->headers_n,
                                    .body = body,
                                    .pinned = r->pinned,
                                    .answer_max = MANAGED_ANSWER_MAX,
                                    .limit_ms = MANAGED_LIMIT_MS };
    for (unsigned tried = 0;; tried++) {
        TRY(http_call(c, u->resolver, &call, out));
        if (!is_retried(r->retry, out->status) || tried == r->retry->times)
            return ok();
        int64_t ms = wait_of(c, r->retry, out, tried);
        if (ms > WAIT_MAX_MS)
            return ok(); /* nobody waits that long here */
        azure_wait(&a->platform, ms);
    }
}

/* ---- answers ---- */

static const char *said_in(struct json *j, const char *name)
{
    struct json_value v;
    const char *found = NULL;
    bool inner = text_starts(name, "error.");
    for (const char *member; json_member(j, &member, &v);) {
        if (inner && v.kind == JSON_OBJECT && text_equal(member, "error"))
            found = said_in(j, name + strlen("error."));
        else if (text_equal(member, name) && (v.kind == JSON_TEXT || v.kind == JSON_NUMBER))
            found = v.text;
        if (!json_skip(j, &v))
            break;
    }
    return found;
}

const char *managed_said(struct ctx *c, struct bytes body, const char *name)
{
    struct json j = json_open(c->arena, body);
    struct json_value v;
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return NULL;
    const char *found = said_in(&j, name);
    return j.why == NULL ? found : NULL;
}

RESULT managed_refusal(struct ctx *c, const char *place, const struct http_answer *answer)
{
    static const char *const codes[] = { "error", "error.code" };
    static const char *const texts[] = { "error_description", "error.message", "message" };
    const char *code = NULL;
    const char *text = NULL;
    for (size_t i = 0; code == NULL && i < sizeof codes / sizeof codes[0]; i++)
        code = managed_said(c, answer->body, codes[i]);
    for (size_t i = 0; text == NULL && i < sizeof texts / sizeof texts[0]; i++)
        text = managed_said(c, answer->body, texts[i]);
    const char *why =
        text_printf(c->arena, "%s%s%.300s", code == NULL ? "" : code,
                    code != NULL && text != NULL ? ": " : "", text == NULL ? "" : text);
    if (*why == '\0' || text_has_control(why) || !text_is_utf8(bytes_of(why)))
        why = "(no reason that can be shown)";
    if (answer->status == 429 || answer->status >= 500) {
        err busy =
            fail(c, UNAVAILABLE, "%s answered with status %d: %s", place, answer->status, why);
        c->fault.retry_after = oauth_retry_after(c, answer);
        return busy;
    }
    return fail(c, UPSTREAM, "%s answered with status %d: %s", place, answer->status, why);
}

struct reading {
    const char *token;
    int64_t expires_on, expires_in, refresh_in;
    bool bad;
};

static void take(struct ctx *c, struct reading *r, const char *name, const struct json_value *v)
{
    if (text_equal(name, "access_token") && v->kind == JSON_TEXT)
        r->token = v->text;
    else if (v->kind == JSON_NULL || (v->kind == JSON_TEXT && *v->text == '\0'))
        return;
    else if (text_equal(name, "expires_on"))
        r->bad = r->bad || !token_expires_on(c->arena, v, &r->expires_on);
    else if (text_equal(name, "expires_in"))
        r->bad = r->bad || !token_expires_in(v, &r->expires_in);
    else if (text_equal(name, "refresh_in"))
        r->bad = r->bad || !token_expires_in(v, &r->refresh_in);
}

RESULT managed_token(struct ctx *c, const char *place, const struct http_answer *answer,
                     struct azure_token *out)
{
    struct reading r = { 0 };
    struct json j = json_open(c->arena, answer->body);
    struct json_value v;
    if (answer->status != 200)
        return managed_refusal(c, place, answer);
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return fail(c, UPSTREAM, "%s answered with no JSON object", place);
    for (const char *name; json_member(&j, &name, &v);) {
        take(c, &r, name, &v);
        if (!json_skip(&j, &v))
            break;
    }
    if (!json_done(&j) || r.token == NULL || *r.token == '\0' || text_has_control(r.token))
        return fail(c, UPSTREAM, "%s answered without a token", place);
    if (r.bad || (r.expires_on == 0 && r.expires_in == 0))
        return fail(c, UPSTREAM, "%s does not say in a known form when its token ends", place);
    *out = (struct azure_token){ .token = r.token,
                                 .expires_on =
                                     r.expires_on != 0 ? r.expires_on : c->now + r.expires_in,
                                 .refresh_on = r.refresh_in == 0 ? 0 : c->now + r.refresh_in };
    return ok();
}

/* ---- the source ---- */

static RESULT get(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                  struct azure_token *out)
{
    const struct azure_options *o = &a->options;
    struct managed_identity id = { o->client_id, o->object_id, o->resource_id };
    size_t i = 0;
    if (id.client_id == NULL && id.object_id == NULL && id.resource_id == NULL)
        id.client_id = azure_variable(&a->platform, "AZURE_CLIENT_ID");
    while (!places[i]->is_here(c, &a->platform))
        i++;
    return places[i]->get(c, a, wanted, &id, out);
}

const struct azure_source azure_managed = { "managed-identity", "ManagedIdentityCredential", false,
                                            get };
