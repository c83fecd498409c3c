/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_message.h"
#include "web/guard.h"
#include "web/openapi_parts.h"

#include <string.h>

enum { STYLES = 4 };

struct style {
    const char *name; /* of its component responses: "Problem401" */
    const char *media;
    const char *schema; /* or NULL */
};

static const struct style styles[STYLES] = {
    [PROBLEM] = { "Problem", "application/problem+json", "#/components/schemas/problem_document" },
    [OAUTH] = { "OAuth", "application/json", "#/components/schemas/oauth_error_document" },
    [REDIRECT] = { "Page", "text/html", NULL },
    [PAGE] = { "Page", "text/html", NULL },
};

static bool knows_callers(const struct route *route)
{
    return route->guard->accepts != 0;
}

static bool takes_input(const struct route *route)
{
    return route->in != NULL || route->query != NULL || route_has_body(route) ||
           knows_callers(route);
}

/* A page of another site may not make a browser change anything; who needs a right may lack it. */
static bool may_forbid(const struct route *route)
{
    bool reads = text_equal(route->method, "GET") || (route->flags & READ_ONLY) != 0;
    return knows_callers(route) || (route->flags & CHALLENGE) != 0 ||
           (!reads && (route->flags & ANY_ORIGIN) == 0);
}

static bool names_a_thing(const struct route *route)
{
    return strchr(route->path, '{') != NULL;
}

static bool may_conflict(const struct route *route)
{
    return (route->flags & IDEMPOTENT) != 0;
}

static bool asks_for_match(const struct route *route)
{
    return (route->flags & IF_MATCH) != 0;
}

static bool is_limited(const struct route *route)
{
    return route->limit != NULL;
}

/* What is answered from memory has nothing that could be away. */
static bool needs_others(const struct route *route)
{
    return route->cost != INLINE;
}

struct failure {
    int status;
    bool (*happens)(const struct route *route);
    const char *header; /* that comes with it, or NULL */
    const char *about;
};

/* clang-format off */
static const struct failure failures[] = {
    { 400, takes_input,    NULL,               "" },
    { 401, knows_callers,  "WWW-Authenticate", "How callers prove who they are (RFC 6750 3, RFC 9470 3)." },
    { 403, may_forbid,     NULL,               "" },
    { 404, names_a_thing,  NULL,               "" },
    { 409, may_conflict,   NULL,               "" },
    { 412, asks_for_match, NULL,               "" },
    { 413, route_has_body, NULL,               "" },
    { 415, route_has_body, NULL,               "" },
    { 428, asks_for_match, NULL,               "" },
    { 429, is_limited,     "Retry-After",      "Seconds to wait." },
    { 503, needs_others,   "Retry-After",      "Seconds to wait, where that is known." },
};
enum { FAILURES = sizeof failures / sizeof failures[0] };
/* clang-format on */

static void write_ref(struct json_writer *w, const char *name, const char *target)
{
    json_object(w, name);
    json_text(w, "$ref", text_printf(w->out.arena, "#/components/responses/%s", target));
    json_object_end(w);
}

static void write_content(struct json_writer *w, const char *media, const char *schema)
{
    json_object(w, "content");
    json_object(w, media);
    if (schema != NULL) {
        json_object(w, "schema");
        json_text(w, "$ref", schema);
        json_object_end(w);
    }
    json_object_end(w);
    json_object_end(w);
}

static void write_success(struct json_writer *w, const struct route *route)
{
    struct arena *a = w->out.arena;
    int status = route_status(route);
    json_object(w, text_printf(a, "%d", status));
    json_text(w, "description", http_reason(status));
    if (route->out != NULL)
        write_content(w, "application/json",
                      text_printf(a, "#/components/schemas/%s", route->out->name));
    json_object_end(w);
}

void openapi_responses(struct json_writer *w, const struct route *route)
{
    struct arena *a = w->out.arena;
    const char *style = styles[route->errors].name;
    json_object(w, "responses");
    write_success(w, route);
    for (size_t i = 0; i < FAILURES; i++) {
        int status = failures[i].status;
        if (failures[i].happens(route))
            write_ref(w, text_printf(a, "%d", status), text_printf(a, "%s%d", style, status));
    }
    write_ref(w, "default", text_printf(a, "%sFailure", style));
    json_object_end(w);
}

/* "Unauthorized: invalid-token, invalid-session": the types that have the status. */
static const char *types_of(struct arena *a, int status)
{
    struct text_buffer b = text_buffer(a);
    const char *before = ": ";
    text_add(&b, http_reason(status));
    for (unsigned code = ERR_OK + 1; code < ERR_CODES; code++) {
        if (err_row((enum err_code)code)->status != status)
            continue;
        text_addf(&b, "%s%s", before, err_slug((enum err_code)code));
        before = ", ";
    }
    return text_of(&b);
}

static void write_header(struct json_writer *w, const struct failure *failure)
{
    json_object(w, "headers");
    json_object(w, failure->header);
    json_text(w, "description", failure->about);
    json_object(w, "schema");
    json_text(w, "type", "string");
    json_object_end(w);
    json_object_end(w);
    json_object_end(w);
}

static void write_failure(struct json_writer *w, const struct style *style,
                          const struct failure *failure)
{
    struct arena *a = w->out.arena;
    json_object(w, text_printf(a, "%s%d", style->name, failure->status));
    json_text(w, "description", types_of(a, failure->status));
    if (failure->header != NULL)
        write_header(w, failure);
    write_content(w, style->media, style->schema);
    json_object_end(w);
}

static void write_style(struct json_writer *w, const struct style *style)
{
    for (size_t i = 0; i < FAILURES; i++)
        write_failure(w, style, &failures[i]);
    json_object(w, text_printf(w->out.arena, "%sFailure", style->name));
    json_text(w, "description", "Any other failure; /problems explains each type.");
    write_content(w, style->media, style->schema);
    json_object_end(w);
}

static bool has_style(const struct route *rows, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (text_equal(styles[rows[i].errors].name, name))
            return true;
    return false;
}

void openapi_failures(struct json_writer *w, const struct route *rows, size_t n)
{
    static const enum route_errors distinct[] = { PROBLEM, OAUTH, PAGE };
    json_object(w, "responses");
    for (size_t i = 0; i < sizeof distinct / sizeof distinct[0]; i++)
        if (has_style(rows, n, styles[distinct[i]].name))
            write_style(w, &styles[distinct[i]]);
    json_object_end(w);
}
