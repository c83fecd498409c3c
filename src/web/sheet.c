/* SPDX-License-Identifier: Apache-2.0 */
#include "web/sheet.h"

#include "base/codec.h"
#include "base/config.h"
#include "net/url.h"
#include "web/acting.h"
#include "web/csrf.h"
#include "web/reply.h"
#include "web/reply_parts.h"
#include "web/tenant_brand.h"

#include <string.h>

enum { MINUTE = 60 };

struct sheet *sheet_new(struct req *r, const char *address)
{
    struct sheet *s = ARENA_NEW(r->c->arena, struct sheet);
    s->r = r;
    s->address = address;
    s->language = language_of(r);
    s->status = 200;
    s->carry = "";
    language_keep(r);
    return s;
}

const char *sheet_text(const struct sheet *s, enum message message)
{
    return message_text(s->language, message);
}

const char *sheet_count(const struct sheet *s, enum message message, int64_t n)
{
    struct arena *a = s->r->c->arena;
    return text_fill(a, sheet_text(s, message), "n", text_printf(a, "%lld", (long long)n));
}

const char *sheet_wait(const struct sheet *s, int64_t seconds)
{
    if (seconds > 2 * MINUTE)
        return sheet_count(s, MESSAGE_wait_minutes, (seconds + MINUTE - 1) / MINUTE);
    return sheet_count(s, MESSAGE_wait_seconds, seconds > 1 ? seconds : 2);
}

static void put(struct sheet *s, const struct page_value *value)
{
    must(s->n < SHEET_VALUES_MAX);
    s->values[s->n++] = *value;
}

void sheet_put(struct sheet *s, const char *name, const char *value)
{
    put(s, &(struct page_value){ .name = name, .value = value });
}

void sheet_put_rows(struct sheet *s, const char *name, const struct page_values *rows, size_t n)
{
    put(s, &(struct page_value){ .name = name, .rows = rows, .rows_n = n });
}

/* ---- what a password has to be ---- */

static const char *with_lengths(const struct sheet *s, enum message message)
{
    struct arena *a = s->r->c->arena;
    const struct config *config = s->r->c->config;
    const char *text = text_fill(a, sheet_text(s, message), "min",
                                 text_printf(a, "%lld", (long long)config->password_min_length));
    return text_fill(a, text, "max",
                     text_printf(a, "%lld", (long long)config->password_max_length));
}

void sheet_put_rules(struct sheet *s)
{
    struct arena *a = s->r->c->arena;
    const struct config *config = s->r->c->config;
    const struct {
        bool wanted;
        enum message message;
    } rules[] = {
        { true, MESSAGE_rule_length },
        { config->password_require_uppercase, MESSAGE_rule_upper },
        { config->password_require_lowercase, MESSAGE_rule_lower },
        { config->password_require_digit, MESSAGE_rule_digit },
        { config->password_require_special, MESSAGE_rule_special },
    };
    enum { RULES = sizeof rules / sizeof rules[0] };
    struct page_values *rows = ARENA_NEWS(a, struct page_values, RULES);
    size_t n = 0;
    for (size_t i = 0; i < RULES; i++) {
        if (!rules[i].wanted)
            continue;
        struct page_value *cell = ARENA_NEW(a, struct page_value);
        *cell = (struct page_value){ .name = "rule", .value = with_lengths(s, rules[i].message) };
        rows[n++] = (struct page_values){ cell, 1 };
    }
    sheet_put_rows(s, "rules", rows, n);
}

/* ---- what an application asks for ---- */

static const struct {
    const char *scope;
    enum message words;
} known[] = {
    { "openid", MESSAGE_scope_openid },
    { "profile", MESSAGE_scope_profile },
    { "email", MESSAGE_scope_email },
    { "offline_access", MESSAGE_scope_offline_access },
};

static const char *words_of(const struct sheet *s, const char *scope)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (text_equal(known[i].scope, scope))
            return sheet_text(s, known[i].words);
    return NULL;
}

const char *sheet_scope(const struct sheet *s, const char *scope)
{
    const char *words = words_of(s, scope);
    return words == NULL ? scope : words;
}

/* What is asked for: in words where there are some, else as the application writes it. */
void sheet_put_scopes(struct sheet *s, struct texts scopes)
{
    struct arena *a = s->r->c->arena;
    struct page_values *rows = ARENA_NEWS(a, struct page_values, scopes.n);
    for (size_t i = 0; i < scopes.n; i++) {
        const struct page_value cells[] = {
            { .name = "scope", .value = scopes.at[i] },
            { .name = "words", .value = words_of(s, scopes.at[i]) },
        };
        rows[i] = (struct page_values){ arena_copy(a, cells, sizeof cells), 2 };
    }
    sheet_put_rows(s, "scopes", rows, scopes.n);
}

/* ---- where to go afterwards ---- */

static const struct {
    const char *name, *path;
} places[] = {
    { "account", "/account" },       { "password", "/account/password" },
    { "email", "/account/email" },   { "factor", "/account/factor" },
    { "export", "/account/export" }, { "erase", "/account/erase" },
    { "device", "/device" },
};
enum { PLACES = sizeof places / sizeof places[0] };

const char *sheet_then_path(const char *then)
{
    for (size_t i = 0; i < PLACES; i++)
        if (text_equal(places[i].name, then))
            return places[i].path;
    return places[0].path;
}

const char *sheet_then_name(const char *path)
{
    /* What only takes forms leads back to the page that has them. */
    if (text_starts(path, "/account/recovery-codes"))
        return "factor";
    for (size_t i = PLACES; i > 0; i--)
        if (text_starts(path, places[i - 1].path))
            return places[i - 1].name;
    return NULL;
}

/* What the application asks for counts less than what the person has chosen. */
void sheet_speak(struct sheet *s, const char *ui_locales)
{
    enum language found;
    if (ui_locales == NULL || language_chosen(s->r, &found) ||
        !language_of_tags(s->r->c->arena, ui_locales, &found))
        return;
    s->language = found;
    s->r->c->origin.locale = language_row(found)->tag;
}

/* URI-12, URI-15: a host that the operator has named, read strictly, or nothing. */
static bool is_return(struct req *r, const char *url)
{
    const struct config *config = r->c->config;
    struct url parsed;
    if (config->return_hosts.n == 0 || !url_parse(r->c->arena, bytes_of(url), &parsed) ||
        parsed.host == NULL || parsed.fragment != NULL)
        return false;
    if (!url_is_private(&parsed))
        return false;
    for (size_t i = 0; i < config->return_hosts.n; i++)
        if (host_matches(parsed.host, config->return_hosts.at[i]))
            return true;
    return false;
}

static bool is_then(struct req *r, const char *then)
{
    return text_equal(sheet_then_name(sheet_then_path(then)), then) || is_return(r, then);
}

/* `path` and one more part of its query. */
static const char *with_query(struct arena *a, const char *path, const char *part)
{
    return text_printf(a, "%s%c%s", path, strchr(path, '?') == NULL ? '?' : '&', part);
}

const char *sheet_path(const struct sheet *s, const char *path, const char *more)
{
    struct arena *a = s->r->c->arena;
    if (s->carry[0] != '\0')
        path = with_query(a, path, s->carry + 1);
    return more == NULL ? path : with_query(a, path, more);
}

RESULT sheet_brand(struct sheet *s, const char *tenant_id)
{
    return tenant_brand_find(s->r->c, tenant_id, &s->brand);
}

RESULT sheet_carry(struct sheet *s, const char *request, const char *then)
{
    struct arena *a = s->r->c->arena;
    TRY(waiting_find(s->r, request, &s->waiting));
    if (s->waiting.handle != NULL) {
        sheet_speak(s, s->waiting.ui_locales);
        TRY(sheet_brand(s, s->waiting.tenant_id));
        sheet_put(s, "request", s->waiting.handle);
        sheet_put(s, "client_name", s->waiting.client_name);
        s->carry = text_printf(a, "?request=%s", s->waiting.handle);
    } else if (then != NULL && is_then(s->r, then)) {
        const struct form_field field = { "then", then };
        const struct form form = { &field, 1 };
        s->then = then;
        sheet_put(s, "then", then);
        s->carry = text_printf(a, "?%s", form_encode(a, &form));
    }
    sheet_put(s, "carry", s->carry);
    if (s->address != NULL && s->carry[0] != '\0')
        s->address = sheet_path(s, s->address, NULL);
    return ok();
}

RESULT sheet_carry_kept(struct sheet *s)
{
    const char *handle = NULL;
    const char *then = NULL;
    TRY(waiting_kept(s->r, &handle, &then));
    return sheet_carry(s, handle, then);
}

void sheet_keep(const struct sheet *s)
{
    if (s->carry[0] != '\0')
        waiting_keep(s->r, s->carry + 1);
}

const char *sheet_next(const struct sheet *s)
{
    if (s->waiting.handle != NULL)
        return waiting_continue(s->r->c->arena, s->waiting.handle);
    return s->then != NULL && is_return(s->r, s->then) ? s->then : sheet_then_path(s->then);
}

/* ---- mistakes ---- */

void sheet_mistake(struct sheet *s, const char *field, const char *text)
{
    struct arena *a = s->r->c->arena;
    if (!s->mistaken)
        sheet_put(s, text_printf(a, "focus_%s", field), "yes");
    sheet_put(s, text_printf(a, "%s_mistake", field), text);
    s->mistaken = true;
    if (s->status == 200)
        s->status = 422;
}

void sheet_trouble(struct sheet *s, const char *text, int status)
{
    s->mistaken = true;
    s->troubled = true;
    s->status = status;
    sheet_put(s, "trouble", text);
}

bool sheet_needs(struct sheet *s, const char *field, const char *value)
{
    if (value == NULL)
        sheet_mistake(s, field, sheet_text(s, MESSAGE_mistake_missing));
    return value != NULL;
}

/* What is said of a field, in the language of the sheet. */
static const char *said(const struct sheet *s, enum err_code code)
{
    const struct fault *fault = &s->r->c->fault;
    const char *text = fault->say == NULL ? NULL : message_translation(s->language, fault->say);
    if (text != NULL)
        return text;
    if (code == ERR_WEAK_PASSWORD || text_equal(fault->field, "password"))
        return with_lengths(s, MESSAGE_weak_length);
    return sheet_text(s, text_equal(fault->field, "email") ? MESSAGE_mistake_email
                                                           : MESSAGE_mistake_field);
}

static void explain_wait(struct sheet *s)
{
    int64_t wait = s->r->c->fault.retry_after;
    if (wait > 0)
        reply_put(s->r, "Retry-After", text_printf(s->r->c->arena, "%lld", (long long)wait));
    sheet_trouble(s, sheet_wait(s, wait), 429);
}

static void explain_wrong(struct sheet *s, enum message wrong, const char *field)
{
    if (field != NULL)
        sheet_mistake(s, field, sheet_text(s, wrong));
    else
        sheet_trouble(s, sheet_text(s, wrong), 422);
}

bool sheet_explains(struct sheet *s, err e, enum message wrong, const char *field)
{
    const struct fault *fault = &s->r->c->fault;
    if (fault->code != e.code)
        return false;
    if (fault->field != NULL)
        sheet_mistake(s, fault->field, said(s, e.code));
    else if (e.code == ERR_INVALID_CREDENTIALS)
        explain_wrong(s, wrong, field);
    else if (e.code == ERR_RATE_LIMITED)
        explain_wait(s);
    else if (fault->say != NULL && message_translation(s->language, fault->say) != NULL)
        sheet_trouble(s, said(s, e.code), 422);
    else
        return false;
    fault_note(s->r->c);
    return true;
}

/* ---- the answer ---- */

RESULT sheet_show(struct sheet *s, const char *name, enum message title)
{
    const struct html_page page = { .template = name,
                                    .title = sheet_text(s, title),
                                    .values = s->values,
                                    .n = s->n,
                                    .language = s->language,
                                    .address = s->address,
                                    .frames = s->frames,
                                    .brand = s->brand };
    if (!s->secret)
        reply_put(s->r, "Referrer-Policy", "same-origin");
    reply_header(s->r, "Vary", "Accept-Language, Cookie");
    return reply_page(s->r, s->status, &page, s->redirects);
}

RESULT sheet_reply(struct sheet *s, const char *name, enum message title)
{
    const char *token = NULL;
    TRY(acting_look(s->r));
    TRY(csrf_form_token(s->r, &token));
    /* What no application asks for is of the tenant in which the person acts. */
    if (s->brand == NULL && s->waiting.handle == NULL)
        TRY(sheet_brand(s, s->r->who.tenant_id));
    sheet_put(s, "csrf_token", token);
    if (s->mistaken)
        sheet_put(s, "mistaken", "yes");
    if (s->mistaken && !s->troubled)
        sheet_put(s, "trouble", sheet_text(s, MESSAGE_mistakes_found));
    return sheet_show(s, name, title);
}
