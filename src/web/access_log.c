/* SPDX-License-Identifier: Apache-2.0 */
#include "web/access_log.h"

#include "base/log.h"
#include "base/time.h"
#include "web/door.h"
#include "web/refusals.h"

struct fields {
    struct log_field at[LOG_FIELDS_MAX];
    size_t n;
};

static void add_text(struct fields *fields, const char *name, const char *text)
{
    if (text != NULL)
        fields->at[fields->n++] = (struct log_field){ .name = name, .text = text };
}

static void add_number(struct fields *fields, const char *name, int64_t number)
{
    fields->at[fields->n++] = (struct log_field){ .name = name, .number = number };
}

static enum log_level level_of(int status)
{
    return status >= 500 ? LOG_ERROR : LOG_INFO;
}

/* Why it was refused, also if that was answered with something ordinary; NULL: it was not. */
static const struct fault *why_of(const struct req *r, enum err_code code)
{
    const struct ctx *c = r->c;
    if (code != ERR_OK)
        return c->fault.code == code ? &c->fault : NULL;
    return c->noted.rule != RULE_NONE ? &c->noted : NULL;
}

static const char *client_of_line(const struct req *r)
{
    return r->who.client_id != NULL ? r->who.client_id : r->claims_client;
}

/* The text of the first failure is for us, not for the client (claim I7). */
static void add_failure(struct req *r, struct fields *fields, const struct fault *why)
{
    add_text(fields, "why", why->text);
    if (why->file != NULL)
        add_text(fields, "at", text_printf(r->c->arena, "%s:%d", why->file, why->line));
    if (why->rule != RULE_NONE)
        add_text(fields, "rule", rule_row(why->rule)->slug);
    add_text(fields, "expected", why->expected);
    add_text(fields, "got", why->got);
}

static void write_line(struct req *r, enum err_code code, int64_t took_ms)
{
    enum log_level level = level_of(r->reply->status);
    if (r->c->log == NULL || level < r->c->log->level)
        return;
    struct fields fields = { .n = 0 };
    const struct principal *who = &r->who;
    const struct fault *why = why_of(r, code);
    add_text(&fields, "method", http_method_name(r->http->method));
    add_text(&fields, "route", r->route == NULL ? "" : r->route->path);
    add_number(&fields, "status", r->reply->status);
    add_number(&fields, "took_ms", took_ms);
    add_text(&fields, "peer", r->http->peer);
    add_text(&fields, "user_id", who->user_id);
    add_text(&fields, "api_key_id", who->api_key_id);
    add_text(&fields, "client_id", client_of_line(r));
    add_text(&fields, "tenant_id", who->tenant_id);
    add_text(&fields, "trace_id", r->c->origin.correlation_id);
    if (code != ERR_OK)
        add_text(&fields, "error", err_slug(code));
    if (why != NULL)
        add_failure(r, &fields, why);
    if (code != ERR_OK || why != NULL)
        add_text(&fields, "config", r->door->config_version);
    log_line(r->c->log, r->c, level, "request", fields.at, fields.n);
}

/* For `uauth explain`; what the log would not show is not kept either. */
static void keep(struct req *r, enum err_code code)
{
    const struct fault *why = why_of(r, code);
    if (r->door->refusals == NULL || (code == ERR_OK && why == NULL))
        return;
    struct refusal refusal = { .at = r->c->now,
                               .method = http_method_name(r->http->method),
                               .route = r->route == NULL ? "" : r->route->path,
                               .status = r->reply->status,
                               .error = code,
                               .rule = why == NULL ? RULE_NONE : why->rule };
    REFUSAL_PUT(refusal.request_id, r->c->request_id);
    REFUSAL_PUT(refusal.config_version, r->door->config_version);
    REFUSAL_PUT(refusal.peer, r->http->peer);
    REFUSAL_PUT(refusal.client_id, client_of_line(r));
    REFUSAL_PUT(refusal.user_id, r->who.user_id);
    REFUSAL_PUT(refusal.tenant_id, r->who.tenant_id);
    REFUSAL_PUT(refusal.expected, why == NULL ? NULL : why->expected);
    REFUSAL_PUT(refusal.got, why == NULL ? NULL : why->got);
    REFUSAL_PUT(refusal.why, why == NULL ? NULL : why->text);
    const char *network = limit_address_key(r->c->arena, r->http->peer, false);
    refusals_add(r->door->refusals, network, &refusal);
}

void access_log(struct req *r, enum err_code code)
{
    size_t n = 0;
    const struct route *rows = router_rows(r->door->router, &n);
    size_t row = r->route == NULL ? n : (size_t)(r->route - rows);
    int64_t took_ms = time_monotonic_ms() - r->began_ms;
    metrics_count(r->door->metrics, row, r->reply->status, took_ms);
    if (code != ERR_OK)
        metrics_count_error(r->door->metrics, code);
    bool quiet = r->route != NULL && (r->route->flags & QUIET) != 0;
    if (!quiet || code != ERR_OK)
        write_line(r, code, took_ms);
    keep(r, code);
}
