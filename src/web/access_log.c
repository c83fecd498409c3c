/* SPDX-License-Identifier: Apache-2.0 */
#include "web/access_log.h"

#include "base/log.h"
#include "base/time.h"
#include "web/door.h"

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

/* Why it was refused: the text of the first failure is for us, not for the client (claim I7). */
static void add_failure(struct req *r, struct fields *fields, enum err_code code)
{
    const struct fault *fault = &r->c->fault;
    add_text(fields, "error", err_slug(code));
    if (fault->code != code)
        return;
    add_text(fields, "why", fault->text);
    add_text(fields, "at", text_printf(r->c->arena, "%s:%d", fault->file, fault->line));
}

static void write_line(struct req *r, enum err_code code, int64_t took_ms)
{
    struct fields fields = { .n = 0 };
    enum log_level level = level_of(r->reply->status);
    const struct principal *who = &r->who;
    if (r->c->log == NULL || level < r->c->log->level)
        return;
    add_text(&fields, "method", http_method_name(r->http->method));
    add_text(&fields, "route", r->route == NULL ? "" : r->route->path);
    add_number(&fields, "status", r->reply->status);
    add_number(&fields, "took_ms", took_ms);
    add_text(&fields, "peer", r->http->peer);
    add_text(&fields, "user_id", who->user_id);
    add_text(&fields, "client_id", who->client_id);
    add_text(&fields, "tenant_id", who->tenant_id);
    add_text(&fields, "trace_id", r->c->origin.correlation_id);
    if (code != ERR_OK)
        add_failure(r, &fields, code);
    log_line(r->c->log, r->c, level, "request", fields.at, fields.n);
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
}
