/* SPDX-License-Identifier: Apache-2.0 */
#include "web/openapi.h"

#include "web/openapi_parts.h"

#include <string.h>

static const char description[] =
    "Made from the table of endpoints that the service itself runs by. `x-permission` names the "
    "permission that an operation needs, `x-rate-limit` the class of limits that counts it, "
    "`x-recent-sign-in` how many seconds ago the sign-in may be, and `x-audit-event` what a "
    "success "
    "is recorded as.";

const char *openapi_path(struct arena *a, const struct route *route)
{
    size_t n = strlen(route->path);
    if (!text_ends(route->path, "/*"))
        return route->path;
    return text_printf(a, "%.*s{path}", (int)(n - 1), route->path);
}

static void write_info(struct json_writer *w, const struct openapi_info *info)
{
    json_object(w, "info");
    json_text(w, "title", info->title);
    json_text(w, "version", OPENAPI_API_VERSION);
    json_text(w, "description", description);
    json_object_end(w);
    json_array(w, "servers");
    json_object(w, NULL);
    json_text(w, "url", info->server_url);
    json_object_end(w);
    json_array_end(w);
}

/* Under "*" each method that may have a meaning of its own; HEAD and OPTIONS follow from others. */
static void write_methods(struct json_writer *w, const struct route *route)
{
    static const char *const all[] = { "get", "put", "post", "delete", "patch" };
    if (!text_equal(route->method, "*")) {
        openapi_operation(w, route, text_lower(w->out.arena, route->method));
        return;
    }
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        openapi_operation(w, route, all[i]);
}

bool openapi_tells(const struct route *route)
{
    return (route->flags & HOSTED) == 0;
}

/* Whether row `i` is the first of its path that is told. */
static bool is_first(const struct route *rows, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (openapi_tells(&rows[k]) && text_equal(rows[k].path, rows[i].path))
            return false;
    return openapi_tells(&rows[i]);
}

static void write_paths(struct json_writer *w, const struct route *rows, size_t n)
{
    json_object(w, "paths");
    for (size_t i = 0; i < n; i++) {
        if (!is_first(rows, i))
            continue;
        json_object(w, openapi_path(w->out.arena, &rows[i]));
        for (size_t k = i; k < n; k++)
            if (openapi_tells(&rows[k]) && text_equal(rows[k].path, rows[i].path))
                write_methods(w, &rows[k]);
        json_object_end(w);
    }
    json_object_end(w);
}

static void write_scheme(struct json_writer *w, const char *name, const char *scheme,
                         const char *about)
{
    json_object(w, name);
    json_text(w, "type", "http");
    json_text(w, "scheme", scheme);
    json_text(w, "description", about);
    json_object_end(w);
}

static void write_security(struct json_writer *w, const struct openapi_info *info)
{
    json_object(w, "securitySchemes");
    write_scheme(w, "bearer", "bearer",
                 "An access token. Under /admin and at GET /auth/me also an API key.");
    write_scheme(w, "client", "basic",
                 "The client's own credentials; also in the body, or as a signed assertion.");
    write_scheme(w, "registration", "bearer",
                 "An initial access token, or the registration access token of the client (RFC "
                 "7591, RFC 7592).");
    json_object(w, "session");
    json_text(w, "type", "apiKey");
    json_text(w, "in", "cookie");
    json_text(w, "name", info->session_cookie);
    json_text(w, "description",
              "The cookie of a session. What changes something also needs X-CSRF-Token.");
    json_object_end(w);
    json_object_end(w);
}

const char *openapi_write(struct ctx *c, const struct openapi_info *info, const struct route *rows,
                          size_t n)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "openapi", "3.1.0");
    write_info(&w, info);
    write_paths(&w, rows, n);
    json_object(&w, "components");
    openapi_schemas(&w, rows, n);
    openapi_failures(&w, rows, n);
    write_security(&w, info);
    json_object_end(&w);
    json_object_end(&w);
    return json_written(&w);
}
