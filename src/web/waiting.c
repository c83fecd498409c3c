/* SPDX-License-Identifier: Apache-2.0 */
#include "web/waiting.h"

#include "base/codec.h"
#include "base/json.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "store/clients.h"
#include "web/browser.h"
#include "web/cookies.h"

#include <string.h>

bool waiting_is_handle(const char *text)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return text != NULL && strnlen(text, RANDOM_TOKEN_CHARS + 1) == RANDOM_TOKEN_CHARS &&
           text[strspn(text, letters)] == '\0';
}

const char *waiting_continue(struct arena *a, const char *handle)
{
    must(waiting_is_handle(handle));
    return text_printf(a, WAITING_CONTINUE "?request=%s", handle);
}

/* Whether the row waits in the browser that asks. */
static RESULT is_here(struct req *r, const struct authorization_request_row *row, bool *here)
{
    const char *binding = NULL;
    TRY(browser_binding_sent(r, &binding));
    const char *browser = binding == NULL ? "" : token_hash(r->c->arena, binding);
    *here = row->browser != NULL && ct_equal(bytes_of(browser), bytes_of(row->browser));
    return ok();
}

RESULT waiting_row(struct req *r, const char *handle, const struct authorization_request_row **out)
{
    const struct authorization_request_row *row = NULL;
    bool here = false;
    *out = NULL;
    if (!waiting_is_handle(handle))
        return ok();
    TRY(authorization_request_find(r->c, REQUEST_WAITING, token_hash(r->c->arena, handle), &row));
    if (row == NULL)
        return ok();
    TRY(is_here(r, row, &here));
    if (here)
        *out = row;
    return ok();
}

static bool asks_anew(const char *name, const struct json_value *v)
{
    return text_equal(name, "max_age") ||
           (text_equal(name, "prompt") && strstr(v->text, "login") != NULL);
}

/* Some members of the stored request, which was checked when it came. */
static void read_hints(struct req *r, const char *params, struct waiting *out)
{
    struct json j = json_open(r->c->arena, bytes_of(params));
    struct json_value v;
    const char *name = NULL;
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return;
    while (json_member(&j, &name, &v)) {
        if (v.kind == JSON_TEXT && text_equal(name, "login_hint"))
            out->login_hint = v.text;
        else if (v.kind == JSON_TEXT && text_equal(name, "ui_locales"))
            out->ui_locales = v.text;
        else if (v.kind == JSON_TEXT && asks_anew(name, &v))
            out->fresh = true;
        else if (!json_skip(&j, &v))
            return;
    }
}

RESULT waiting_find(struct req *r, const char *handle, struct waiting *out)
{
    const struct authorization_request_row *row = NULL;
    const struct client_row *client = NULL;
    *out = (struct waiting){ 0 };
    TRY(waiting_row(r, handle, &row));
    if (row == NULL)
        return ok();
    TRY(client_find(r->c, row->client_id, &client));
    if (client == NULL)
        return ok();
    out->handle = handle;
    out->tenant_id = client->tenant_id;
    out->client_name = client->name;
    read_hints(r, row->params, out);
    return ok();
}

void waiting_keep(struct req *r, const char *query)
{
    if (strlen(query) <= COOKIE_VALUE_MAX)
        cookie_set(r, COOKIE_WAITING, query, WAITING_SECONDS);
}

RESULT waiting_kept(struct req *r, const char **handle, const char **then)
{
    const char *query = NULL;
    struct form kept;
    *handle = NULL;
    *then = NULL;
    TRY(cookie_get(r, COOKIE_WAITING, &query));
    if (query == NULL || !form_decode(r->c->arena, bytes_of(query), &kept))
        return ok();
    if (!form_get(&kept, "request", handle))
        *handle = NULL;
    if (!form_get(&kept, "then", then))
        *then = NULL;
    return ok();
}

RESULT waiting_forget(struct req *r)
{
    const char *query = NULL;
    TRY(cookie_get(r, COOKIE_WAITING, &query));
    if (query != NULL)
        cookie_clear(r, COOKIE_WAITING);
    return ok();
}
