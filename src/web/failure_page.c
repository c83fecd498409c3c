/* SPDX-License-Identifier: Apache-2.0 */
#include "web/failure_page.h"

#include "web/reply.h"
#include "web/sheet.h"

/* ---- in words ---- */

struct words {
    bool known;
    enum message title, advice;
};

#define WORDS(name)                                                                                \
    {                                                                                              \
        true, MESSAGE_##name##_title, MESSAGE_##name##_advice                                      \
    }

/* What is not here is a request that a person can only begin anew. */
static const struct words words[ERR_CODES] = {
    [ERR_NOT_FOUND] = WORDS(missing),
    [ERR_METHOD_NOT_ALLOWED] = WORDS(missing),
    [ERR_CSRF_FAILED] = WORDS(foreign),
    [ERR_RATE_LIMITED] = WORDS(limit),
    [ERR_INVALID_TOKEN_LINK] = WORDS(link),
    [ERR_REGISTRATION_CLOSED] = WORDS(closed),
    [ERR_FORBIDDEN] = WORDS(forbidden),
    [ERR_INSUFFICIENT_SCOPE] = WORDS(forbidden),
    [ERR_CONFLICT] = WORDS(conflict),
    [ERR_PRECONDITION_FAILED] = WORDS(conflict),
    [ERR_UNAVAILABLE] = WORDS(busy),
    [ERR_OUT_OF_MEMORY] = WORDS(busy),
    [ERR_UPSTREAM] = WORDS(busy),
    [ERR_INTERNAL] = WORDS(internal),
    [ERR_NOT_IMPLEMENTED] = WORDS(internal),
    [ERR_WRONG_HOST] = WORDS(host),
};

static struct words words_of(enum err_code code)
{
    static const struct words any = WORDS(request);
    return words[code].known ? words[code] : any;
}

/* ---- the way on ---- */

struct way {
    const char *path;
    enum message text;
};

static struct way way_of(const struct req *r, enum err_code code)
{
    const char *path = r->route == NULL ? "" : r->route->path;
    if (code == ERR_INVALID_TOKEN_LINK && text_starts(path, "/reset-password"))
        return (struct way){ "/forgot-password", MESSAGE_forgot_title };
    if (code == ERR_INVALID_TOKEN_LINK && text_starts(path, "/verify-email"))
        return (struct way){ "/check-mail?about=verify", MESSAGE_send_again };
    if (r->who.kind == PRINCIPAL_SESSION)
        return (struct way){ "/account", MESSAGE_back_to_account };
    if (r->route != NULL && ((r->route->flags & HOSTED) != 0 || text_starts(path, "/auth/oauth/")))
        return (struct way){ "/sign-in", MESSAGE_back_to_sign_in };
    return (struct way){ NULL, MESSAGE_continue };
}

/* ---- the page ---- */

/* What was said is shown in their language, or else as it is, marked as English. */
static void put_said(struct sheet *s, const char *say, const char *field)
{
    const char *text = say == NULL ? NULL : message_translation(s->language, say);
    if (say == NULL)
        return;
    sheet_put(s, "say", text == NULL ? say : text);
    sheet_put(s, "say_lang", text == NULL ? "en" : NULL);
    sheet_put(s, "field", field);
}

static RESULT show(struct req *r, enum err_code code, const char *say, const char *field)
{
    struct sheet *s = sheet_new(r, NULL);
    struct words said = words_of(code);
    struct way way = way_of(r, code);
    int64_t wait = r->c->fault.code == code ? r->c->fault.retry_after : 0;
    s->status = err_row(code)->status;
    sheet_put(s, "heading", sheet_text(s, said.title));
    sheet_put(s, "advice", sheet_text(s, said.advice));
    sheet_put(s, "status", text_printf(r->c->arena, "%d", s->status));
    sheet_put(s, "slug", err_slug(code));
    sheet_put(s, "wait", wait > 0 ? sheet_wait(s, wait) : NULL);
    sheet_put(s, "way", sheet_text(s, way.text));
    sheet_put(s, "way_path", way.path);
    sheet_put(s, "request_id", r->c->request_id);
    put_said(s, say, field);
    return sheet_show(s, "failure", said.title);
}

/* The handle of the request that the page stood in the way of, from its query or form. */
static const char *handle_of(struct req *r)
{
    struct form form;
    const char *handle = req_query(r, "request");
    if (handle == NULL && form_decode(r->c->arena, r->http->body, &form))
        (void)form_get(&form, "request", &handle);
    return waiting_is_handle(handle) ? handle : NULL;
}

/* Where this can be mended, or NULL. */
static const char *detour(struct req *r, enum err_code code)
{
    const char *handle = handle_of(r);
    const char *then = sheet_then_name(r->route->path);
    const char *query = then == NULL ? "" : text_printf(r->c->arena, "?then=%s", then);
    if (handle != NULL)
        query = text_printf(r->c->arena, "?request=%s", handle);
    if (code == ERR_INVALID_SESSION)
        return text_printf(r->c->arena, "/sign-in%s", query);
    if (code == ERR_STEP_UP_REQUIRED)
        return text_printf(r->c->arena, "/account/confirm%s", query);
    if (code == ERR_PASSWORD_CHANGE_REQUIRED)
        return text_printf(r->c->arena, "/account/password%s", handle == NULL ? "" : query);
    return NULL;
}

void reply_failure_page(struct req *r, enum err_code code, const char *say, const char *field)
{
    bool hosted = r->route != NULL && (r->route->flags & HOSTED) != 0;
    const char *elsewhere = hosted ? detour(r, code) : NULL;
    err done = elsewhere != NULL ? reply_redirect(r, elsewhere) : show(r, code, say, field);
    must(done.code == ERR_OK);
}
