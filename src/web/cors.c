/* SPDX-License-Identifier: Apache-2.0 */
#include "web/cors.h"

#include "net/url.h"
#include "web/door.h"
#include "web/reply.h"

#include <string.h>

/* What a script of another origin may send, and what it may read beyond the safelisted fields. */
static const char request_fields[] =
    "Authorization, Content-Type, DPoP, If-Match, If-None-Match, Idempotency-Key, traceparent, "
    "X-Challenge-Response, X-CSRF-Token, X-Tenant-Id";
static const char response_fields[] = "Deprecation, DPoP-Nonce, ETag, Idempotency-Replayed, Link, "
                                      "Location, RateLimit, RateLimit-Policy, Retry-After, Sunset, "
                                      "WWW-Authenticate, X-Request-Id";

/* What nearly all answers have one of. */
static const struct http_header any_origin = HTTP_FIELD("Access-Control-Allow-Origin", "*");
static const struct http_header varies = HTTP_FIELD("Vary", "Origin");

/* How long a browser remembers a preflight. */
static const char preflight_seconds[] = "600";

const char *cors_origin(struct arena *a, const char *url)
{
    struct url parts;
    if (!url_parse(a, bytes_of(url), &parts) || strchr(parts.scheme, '.') != NULL)
        return NULL;
    return url_origin(a, &parts);
}

RESULT cors_new(struct ctx *c, const char *public_url, struct texts allowed, struct cors *out)
{
    struct cors made = { cors_origin(c->arena, public_url), allowed };
    if (made.own == NULL)
        return fail_field(c, INVALID_FIELD, "public_url",
                          "must be an address such as https://auth.example.com");
    for (size_t i = 0; i < allowed.n; i++) {
        /* As browsers write it: what is written otherwise would never be equal to anything. */
        if (!text_equal(cors_origin(c->arena, allowed.at[i]), allowed.at[i]))
            return fail_field(c, INVALID_FIELD, "allowed_origins",
                              text_printf(c->arena,
                                          "\"%s\" must be as a browser writes it, such as "
                                          "https://app.example.com or http://localhost:3000",
                                          allowed.at[i]));
    }
    *out = made;
    return ok();
}

bool cors_allows(const struct cors *cors, const char *origin)
{
    return text_equal(cors->own, origin) || texts_hold(cors->allowed, origin);
}

/* The row that the answer is about: of a preflight, the one that the browser means to call. */
static const struct route *row_of(const struct req *r)
{
    if (r->route != NULL)
        return r->route;
    const char *wanted = req_header(r, "access-control-request-method");
    if (wanted == NULL)
        return NULL;
    struct route_match match;
    for (unsigned i = 0; i < HTTP_METHODS; i++) {
        if (!text_equal(http_method_name((enum http_method)i), wanted))
            continue;
        router_find(r->door->router, (enum http_method)i, r->path, &match);
        return match.route;
    }
    return NULL;
}

/* The browser refuses, so nothing fails here; who looks for the reason finds it. */
static bool refuse_origin(struct req *r, const char *origin)
{
    if (origin != NULL)
        refuse_quietly(r->c, CORS_ORIGIN, r->door->cors.own, origin);
    return false;
}

/* A preflight does not say which client will call, and nothing is sent along by itself. */
static bool write_client_origin(struct req *r, const char *origin)
{
    bool preflight = r->route == NULL;
    http_response_field(r->reply, &varies);
    if (origin == NULL ||
        !(preflight || cors_allows(&r->door->cors, origin) || texts_hold(r->origins, origin)))
        return refuse_origin(r, origin);
    reply_header(r, "Access-Control-Allow-Origin", origin);
    return true;
}

/* Whether the answer says that scripts of the request's origin may read it. */
static bool write_origin(struct req *r)
{
    const struct route *row = row_of(r);
    const char *origin = req_header(r, "origin");
    unsigned flags = row == NULL ? 0 : row->flags;
    if ((flags & CORS_NEVER) != 0)
        return false;
    if ((flags & CORS_ANY) != 0) {
        http_response_field(r->reply, &any_origin);
        return origin != NULL;
    }
    if ((flags & CORS_CLIENT) != 0)
        return write_client_origin(r, origin);
    /* Also where no origin came: a cache must not give that answer to one that has (WB-16). */
    http_response_field(r->reply, &varies);
    if (origin == NULL || !cors_allows(&r->door->cors, origin))
        return refuse_origin(r, origin);
    reply_header(r, "Access-Control-Allow-Origin", origin);
    reply_header(r, "Access-Control-Allow-Credentials", "true");
    return true;
}

void cors_headers(struct req *r)
{
    if (write_origin(r))
        reply_header(r, "Access-Control-Expose-Headers", response_fields);
}

void cors_preflight(struct req *r)
{
    r->reply->status = 204;
    reply_header(r, "Allow", r->match.allow);
    bool preflight = req_header(r, "access-control-request-method") != NULL;
    if (!write_origin(r) || !preflight)
        return;
    reply_header(r, "Access-Control-Allow-Methods", r->match.allow);
    reply_header(r, "Access-Control-Allow-Headers", request_fields);
    reply_header(r, "Access-Control-Max-Age", preflight_seconds);
}
