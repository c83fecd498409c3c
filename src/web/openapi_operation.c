/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"
#include "web/challenge.h"
#include "web/guard.h"
#include "web/idempotency.h"
#include "web/openapi_parts.h"
#include "web/router.h"

#include <string.h>

/* "get_auth_me_sessions_by_sid": the method, and the words of the path. */
static const char *operation_id(struct arena *a, const char *path, const char *method)
{
    struct text_buffer b = text_buffer(a);
    bool gap = true;
    text_add(&b, method);
    for (const char *at = path; *at != '\0'; at++) {
        bool word =
            (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9');
        if (word && gap)
            text_add(&b, at > path && at[-1] == '{' ? "_by_" : "_");
        if (word)
            text_add_bytes(&b, at, 1);
        gap = !word;
    }
    return text_of(&b);
}

/* The first segment where a literal one follows; else it is about the service as such. */
static const char *tag_of(struct arena *a, const char *path)
{
    struct texts segments = text_split(a, path, '/');
    if (segments.n < 2 || segments.at[1][0] == '{')
        return "service";
    return segments.at[0] + (segments.at[0][0] == '.' ? 1 : 0);
}

static void begin_parameter(struct json_writer *w, const char *in, const char *name, bool required)
{
    json_object(w, NULL);
    json_text(w, "name", name);
    json_text(w, "in", in);
    json_bool(w, "required", required);
}

static void write_text_schema(struct json_writer *w, int64_t max)
{
    json_object(w, "schema");
    json_text(w, "type", "string");
    json_number(w, "minLength", 1);
    json_number(w, "maxLength", max);
    json_object_end(w);
}

/* The names in braces. */
static void write_path_parameters(struct json_writer *w, const char *path)
{
    struct arena *a = w->out.arena;
    for (const char *at = strchr(path, '{'); at != NULL; at = strchr(at + 1, '{')) {
        const char *name = text_copy(a, at + 1, strcspn(at + 1, "}"));
        begin_parameter(w, "path", name, true);
        write_text_schema(w, PATH_PARAM_MAX);
        json_object_end(w);
    }
}

static void write_query(struct json_writer *w, const struct shape *shape)
{
    if (shape == NULL)
        return;
    for (size_t i = 0; i < shape->n; i++) {
        const struct shape_field *field = &shape->fields[i];
        begin_parameter(w, "query", field->name, (field->flags & REQUIRED) != 0);
        json_text(w, "description", field->summary);
        shape_field_schema(w, "schema", field);
        json_object_end(w);
    }
}

static void write_header_field(struct json_writer *w, const char *name, const char *about,
                               int64_t max)
{
    begin_parameter(w, "header", name, false);
    json_text(w, "description", about);
    write_text_schema(w, max);
    json_object_end(w);
}

static void write_required_field(struct json_writer *w, const char *name, const char *about,
                                 int64_t max)
{
    begin_parameter(w, "header", name, true);
    json_text(w, "description", about);
    write_text_schema(w, max);
    json_object_end(w);
}

static bool changes(const struct route *route, const char *method)
{
    return !text_equal(method, "get") && (route->flags & READ_ONLY) == 0;
}

static void write_headers(struct json_writer *w, const struct route *route, const char *method)
{
    enum { CSRF_CHARS = 43, TENANT_CHARS = 36, CHALLENGE_CHARS = 512, ETAG_CHARS = 255 };
    unsigned accepts = route->guard->accepts;
    if ((accepts & ACCEPTS_COOKIE) != 0 && changes(route, method))
        write_header_field(w, "X-CSRF-Token",
                           "The token that came with the session. Needed with its cookie only.",
                           CSRF_CHARS);
    if ((accepts & (ACCEPTS_COOKIE | ACCEPTS_BEARER)) != 0)
        write_header_field(w, "X-Tenant-Id",
                           "The tenant to act in, for callers who are not bound to one.",
                           TENANT_CHARS);
    if ((route->flags & IF_MATCH) != 0)
        write_required_field(w, "If-Match", "The ETag of the object as it was read.", ETAG_CHARS);
    if ((route->flags & IDEMPOTENT) != 0)
        write_header_field(w, "Idempotency-Key",
                           "A name for this request: sent again under it, it is answered again "
                           "and not carried out again.",
                           IDEMPOTENCY_KEY_MAX);
    if ((route->flags & CHALLENGE) != 0)
        write_header_field(w, "X-Challenge-Response",
                           "The solved proof of work, where a refusal has asked for one.",
                           CHALLENGE_CHARS);
}

static void write_parameters(struct json_writer *w, const struct route *route, const char *method)
{
    json_array(w, "parameters");
    write_path_parameters(w, openapi_path(w->out.arena, route));
    write_query(w, route_has_body(route) ? NULL : route->in);
    write_query(w, route->query);
    write_headers(w, route, method);
    json_array_end(w);
}

static void write_body(struct json_writer *w, const struct route *route)
{
    bool form = (route->flags & FORM) != 0;
    json_object(w, "requestBody");
    json_bool(w, "required", (route->flags & BODY_OPTIONAL) == 0);
    json_object(w, "content");
    json_object(w, form ? "application/x-www-form-urlencoded" : "application/json");
    json_object(w, "schema");
    if (route->in == NULL)
        json_text(w, "type", "object");
    else
        json_text(w, "$ref", text_printf(w->out.arena, "#/components/schemas/%s", route->in->name));
    json_object_end(w);
    json_object_end(w);
    json_object_end(w);
    json_object_end(w);
}

/* One of them is enough. */
static void write_security(struct json_writer *w, unsigned accepts)
{
    static const struct scheme {
        unsigned accepts;
        const char *name;
    } schemes[] = { { ACCEPTS_BEARER, "bearer" },
                    { ACCEPTS_COOKIE, "session" },
                    { ACCEPTS_CLIENT, "client" },
                    { ACCEPTS_REGISTRATION, "registration" } };
    json_array(w, "security");
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if ((accepts & schemes[i].accepts) == 0)
            continue;
        json_object(w, NULL);
        json_array(w, schemes[i].name);
        json_array_end(w);
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_extensions(struct json_writer *w, const struct route *route)
{
    if (route->permission != NULL)
        json_text(w, "x-permission", route->permission);
    json_text(w, "x-rate-limit", route->limit);
    if ((route->flags & RECENT) != 0)
        json_number(w, "x-recent-sign-in", RECENT_SECONDS);
    if (route->event != NULL)
        json_text(w, "x-audit-event", route->event);
    if (route->sunset != 0)
        json_text(w, "x-sunset", time_rfc3339(w->out.arena, route->sunset));
}

void openapi_operation(struct json_writer *w, const struct route *route, const char *method)
{
    struct arena *a = w->out.arena;
    const char *path = openapi_path(a, route);
    json_object(w, method);
    json_text(w, "operationId", operation_id(a, path, method));
    json_text(w, "summary", route->summary);
    json_array(w, "tags");
    json_text(w, NULL, tag_of(a, path));
    json_array_end(w);
    if (route->deprecated != 0)
        json_bool(w, "deprecated", true);
    write_parameters(w, route, method);
    if (route_has_body(route))
        write_body(w, route);
    openapi_responses(w, route);
    write_security(w, route->guard->accepts);
    write_extensions(w, route);
    json_object_end(w);
}
