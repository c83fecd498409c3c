/* SPDX-License-Identifier: Apache-2.0 */
#include "web/reply.h"

#include "base/shape.h"
#include "base/time.h"
#include "net/ascii.h"
#include "web/door.h"
#include "web/reply_parts.h"

#include <string.h>

/* What each reply has.  What is not a page needs nothing and may be shown in nothing; two years of
 * HTTPS are what browsers' preload lists ask. */
/* clang-format off */
#define DUE_FIELDS(FIELD)                                                                \
    FIELD(CACHE,      "Cache-Control",                "no-store")                        \
    FIELD(POLICY,     "Content-Security-Policy",      "default-src 'none'; base-uri 'none'; " \
                                                      "form-action 'none'; frame-ancestors 'none'") \
    FIELD(SNIFFING,   "X-Content-Type-Options",       "nosniff")                         \
    FIELD(FRAMES,     "X-Frame-Options",              "DENY")                            \
    FIELD(REFERRER,   "Referrer-Policy",              "no-referrer")                     \
    FIELD(OPENER,     "Cross-Origin-Opener-Policy",   "same-origin")                     \
    FIELD(READER,     "Cross-Origin-Resource-Policy", "same-origin")                     \
    FIELD(TRANSPORT,  "Strict-Transport-Security",    "max-age=63072000; includeSubDomains") \
    FIELD(REQUEST_ID, "X-Request-Id",                 "")
#define AS_PLACE(place, name, value)  place,
#define AS_FIELD(place, name, value)  [place] = HTTP_FIELD(name, value),
#define AS_LENGTH(place, name, value) | 1U << (sizeof name - 1)
/* clang-format on */

enum { DUE_FIELDS(AS_PLACE) DUE };
static const struct http_header due[DUE] = { DUE_FIELDS(AS_FIELD) };
/* One bit for each length of those names, of which most others have none. */
static const uint32_t due_lengths = 0 DUE_FIELDS(AS_LENGTH);
static const struct http_header for_all =
    HTTP_FIELD("Cross-Origin-Resource-Policy", "cross-origin");

/* One bit for each of them: those of which a handler may say something else. */
enum { THEIRS = 1U << CACHE | 1U << POLICY | 1U << REFERRER };

void reply_header(struct req *r, const char *name, const char *value)
{
    http_response_header(r->reply, name, value);
}

/* Most names differ in their length already, and those that do not are written alike. */
static bool is_named(const struct http_header *header, const char *name, size_t n)
{
    return header->name_n == n &&
           (memcmp(header->name, name, n) == 0 || text_equal_nocase(header->name, name));
}

void reply_put(struct req *r, const char *name, const char *value)
{
    struct http_response *reply = r->reply;
    size_t kept = 0, n = strlen(name);
    for (size_t i = 0; i < reply->headers_n; i++) {
        if (is_named(&reply->headers[i], name, n))
            continue;
        if (kept < i)
            reply->headers[kept] = reply->headers[i];
        kept++;
    }
    reply->headers_n = kept;
    http_response_header(reply, name, value);
}

void reply_body(struct req *r, int status, const char *media, struct bytes body)
{
    r->reply->status = status;
    r->reply->body = body;
    reply_put(r, "Content-Type", media);
}

/* Whether a Set-Cookie field takes its cookie away. */
static bool clears_cookie(struct arena *a, const char *value)
{
    struct texts parts = text_split(a, value, ';');
    for (size_t i = 1; i < parts.n; i++)
        if (text_equal_nocase(text_trim(a, parts.at[i]), "max-age=0"))
            return true;
    return false;
}

static bool outlives_failure(struct arena *a, const struct http_header *header)
{
    const char *name = text_lower(a, header->name);
    if (text_equal(name, "set-cookie"))
        return clears_cookie(a, header->value);
    return text_starts(name, "access-control-") || text_starts(name, "ratelimit") ||
           text_equal(name, "vary") || text_equal(name, "x-request-id");
}

void reply_start_over(struct req *r)
{
    struct http_response *reply = r->reply;
    size_t kept = 0;
    for (size_t i = 0; i < reply->headers_n; i++)
        if (outlives_failure(r->c->arena, &reply->headers[i]))
            reply->headers[kept++] = reply->headers[i];
    reply->headers_n = kept;
    reply->status = 0;
    reply->body = (struct bytes){ 0 };
}

RESULT reply_text(struct req *r, int status, const char *media, const char *text)
{
    reply_body(r, status, media, bytes_of(text));
    return ok();
}

RESULT reply_json(struct req *r, int status, const struct shape *shape, const void *value)
{
    struct json_writer w = json_writer(r->c->arena);
    shape_write(&w, NULL, shape, value);
    return reply_text(r, status, "application/json", json_written(&w));
}

RESULT reply(struct req *r, const void *value)
{
    must(r->route->out != NULL);
    return reply_json(r, route_status(r->route), r->route->out, value);
}

RESULT reply_no_content(struct req *r)
{
    r->reply->status = route_status(r->route);
    r->reply->body = (struct bytes){ 0 };
    return ok();
}

RESULT reply_html(struct req *r, int status, const char *html)
{
    return reply_text(r, status, "text/html; charset=utf-8", html);
}

/* A URL as a field may carry it: what is not visible ASCII is escaped (IN-04). */
static const char *field_url(struct arena *a, const char *url)
{
    struct text_buffer b = text_buffer(a);
    for (const char *at = url; *at != '\0'; at++) {
        if (*at > ' ' && *at < 0x7f)
            text_add_bytes(&b, at, 1);
        else
            text_addf(&b, "%%%02X", (unsigned char)*at);
    }
    return text_of(&b);
}

RESULT reply_redirect(struct req *r, const char *url)
{
    /* RFC 9700 4.12: 303, so that no browser posts a password again to where it is sent. */
    r->reply->status = 303;
    r->reply->body = (struct bytes){ 0 };
    reply_put(r, "Location", field_url(r->c->arena, url));
    return ok();
}

/* RFC 9745 2.1, RFC 8594 3. */
static void put_end_of_life(struct req *r)
{
    struct arena *a = r->c->arena;
    if (r->route == NULL)
        return;
    if (r->route->deprecated != 0)
        reply_put(r, "Deprecation", text_printf(a, "@%lld", (long long)r->route->deprecated));
    if (r->route->sunset != 0)
        reply_put(r, "Sunset", time_http(a, r->route->sunset));
}

/* Takes out what a handler has said of what is not `theirs`; which of `due` it has said. */
static unsigned settle(struct http_response *reply, unsigned theirs)
{
    size_t kept = 0;
    unsigned said = 0;
    for (size_t i = 0; i < reply->headers_n; i++) {
        uint32_t n = reply->headers[i].name_n;
        size_t at = n < 32 && (due_lengths >> n & 1) != 0 ? 0 : DUE;
        while (at < DUE && !is_named(&reply->headers[i], due[at].name, due[at].name_n))
            at++;
        unsigned which = at < DUE ? 1U << at : 0;
        said |= which & theirs;
        if ((which & ~theirs) != 0)
            continue;
        if (kept < i)
            reply->headers[kept] = reply->headers[i];
        kept++;
    }
    reply->headers_n = kept;
    return said;
}

void reply_security_headers(struct req *r)
{
    bool shared = r->route != NULL && (r->route->flags & CORS_ANY) != 0;
    const char *id = r->c->request_id;
    unsigned absent = (r->door->secure ? 0 : 1U << TRANSPORT) | (id == NULL ? 1U << REQUEST_ID : 0);
    unsigned said = settle(r->reply, THEIRS | absent) | absent;
    for (size_t at = 0; at < REQUEST_ID; at++)
        if ((said >> at & 1) == 0)
            http_response_field(r->reply, at == READER && shared ? &for_all : &due[at]);
    if (id != NULL)
        http_response_header(r->reply, due[REQUEST_ID].name, id);
    put_end_of_life(r);
}
