/* SPDX-License-Identifier: Apache-2.0 */
#include "web/stages.h"
#include "web/idempotency.h"
#include "web/precondition.h"

#include "base/time.h"
#include "token/issuer.h"
#include "web/access_log.h"
#include "web/challenge.h"
#include "web/csrf.h"
#include "web/door.h"
#include "web/guard.h"
#include "web/language.h"
#include "web/principal.h"
#include "web/reply.h"
#include "web/trace.h"

#include <string.h>

enum { USER_AGENT_MAX = 256 };

/* ---- what came in ---- */

/* At most USER_AGENT_MAX bytes of whole characters: it is kept with sessions and events. */
static const char *user_agent(struct req *r)
{
    const char *given = req_header(r, "user-agent");
    if (given == NULL || !text_is_utf8(bytes_of(given)) || text_has_control(given))
        return NULL;
    size_t n = strlen(given);
    if (n <= USER_AGENT_MAX)
        return given;
    for (n = USER_AGENT_MAX; ((uint8_t)given[n] & 0xC0) == 0x80;)
        n--;
    return text_copy(r->c->arena, given, n);
}

static RESULT stage_request_id(struct req *r)
{
    r->c->request_id = trace_request_id(r->c);
    r->c->origin = (struct origin){
        .address = r->http->peer,
        .user_agent = user_agent(r),
        .correlation_id = trace_parent_id(r->c->arena, req_header(r, "traceparent")),
    };
    return ok();
}

/* Signs of life answer whatever the name and by plain HTTP, and say nothing about the service. */
static bool answers_anywhere(const struct req *r)
{
    struct route_match match;
    router_find(r->door->router, r->http->method, r->http->path, &match);
    return match.route != NULL && (match.route->flags & ANY_HOST) != 0;
}

static RESULT stage_host(struct req *r)
{
    const struct hosts *hosts = &r->door->hosts;
    bool named = hosts_serve(hosts, r->http->host);
    bool plain = hosts->https_only && !r->http->tls;
    if ((named && !plain) || answers_anywhere(r))
        return ok();
    if (named)
        return because(r->c, PLAIN_HTTP, "https", r->http->peer,
                       fail_say(r->c, WRONG_HOST, "This service is reached by https only.",
                                "plain HTTP from %s: a proxy that speaks TLS has to be named in "
                                "AUTH_TRUSTED_PROXIES and say so",
                                r->http->peer));
    return because(r->c, HOST, text_join(r->c->arena, hosts->names, " "), r->http->host,
                   fail(r->c, WRONG_HOST, "\"%s\" is not among AUTH_TRUSTED_HOSTS", r->http->host));
}

static RESULT stage_route(struct req *r)
{
    router_find(r->door->router, r->http->method, r->path, &r->match);
    if (r->issuer.n > 0 && !r->match.at_issuers)
        r->match = (struct route_match){ 0 };
    r->route = r->match.route;
    if (r->match.allow == NULL)
        return because(r->c, PATH, NULL, NULL, fail(r->c, NOT_FOUND, "no row has this path"));
    if (r->route == NULL && r->http->method != HTTP_OPTIONS)
        return because(r->c, METHOD, r->match.allow, http_method_name(r->http->method),
                       fail(r->c, METHOD_NOT_ALLOWED, "%s is not among %s",
                            http_method_name(r->http->method), r->match.allow));
    r->c->needed = r->route != NULL && r->route->cost != OUTBOUND;
    return ok();
}

/* Without a row it is OPTIONS, which ends here. */
static RESULT stage_cors(struct req *r)
{
    if (r->route == NULL)
        cors_preflight(r);
    return ok();
}

static RESULT stage_limit_address(struct req *r)
{
    TRY(limit_take_address(r));
    return challenge_demand(r);
}

/* After the limit, because it asks the database. */
static RESULT stage_issuer(struct req *r)
{
    if (r->issuer.n == 0)
        return ok();
    return issuer_enter_slug(r->c, text_copy(r->c->arena, (const char *)r->issuer.at, r->issuer.n));
}

/* A media type without parameters, or with charset=utf-8, which RFC 8259 11 has no need of. */
static bool is_media(const char *given, const char *media)
{
    size_t n = strlen(media);
    if (strncasecmp(given, media, n) != 0)
        return false;
    const char *rest = given + n + strspn(given + n, " \t");
    if (*rest == '\0')
        return true;
    if (*rest != ';')
        return false;
    rest += 1 + strspn(rest + 1, " \t");
    return text_equal_nocase(rest, "charset=utf-8") || text_equal_nocase(rest, "charset=\"utf-8\"");
}

static const char *bytes_said(struct req *r, size_t n)
{
    return text_printf(r->c->arena, "%zu bytes", n);
}

/* Only now, because a body whose type does not fit is nothing to be read by anybody (WB-05). */
static RESULT stage_body(struct req *r)
{
    const char *type = req_header(r, "content-type");
    bool form = (r->route->flags & FORM) != 0;
    const char *media = form ? "application/x-www-form-urlencoded" : "application/json";
    if (r->http->body.n > route_body_max(r->route))
        return because(r->c, BODY_SIZE, bytes_said(r, route_body_max(r->route)),
                       bytes_said(r, r->http->body.n),
                       fail(r->c, BODY_TOO_LARGE, "%zu bytes of body, %zu are taken",
                            r->http->body.n, route_body_max(r->route)));
    if (!route_has_body(r->route) || (type == NULL && r->http->body.n == 0))
        return ok();
    if (type == NULL || !is_media(type, media))
        return because(r->c, CONTENT_TYPE, media, type,
                       fail_say(r->c, UNSUPPORTED_MEDIA_TYPE,
                                text_printf(r->c->arena, "The body must be %s.", media),
                                "the body is not %s", media));
    return ok();
}

/* ---- who calls ---- */

static RESULT stage_guard(struct req *r)
{
    TRY(r->route->guard->check(r));
    r->c->origin.client_id = r->who.client_id;
    r->c->origin.api_key_id = r->who.api_key_id;
    r->c->origin.impersonator_id = r->who.actor_id;
    return ok();
}

/*
 * A browser adds cookies by itself, so who is known by one proves that a page of ours asked.  Who
 * is not known yet could be made to sign in as somebody else (WB-01).
 */
static RESULT stage_csrf(struct req *r)
{
    if (!req_changes(r))
        return ok();
    if ((r->route->flags & HOSTED) != 0)
        return csrf_check_form(r);
    switch (r->who.kind) {
    case PRINCIPAL_NONE:
        return (r->route->flags & ANY_ORIGIN) != 0 ? ok() : csrf_check_site(r);
    case PRINCIPAL_SESSION:
        TRY(csrf_check_site(r));
        return csrf_check(r, r->who.csrf_binding);
    case PRINCIPAL_BEARER:
    case PRINCIPAL_API_KEY:
    case PRINCIPAL_CLIENT:
        break;
    }
    return ok();
}

static RESULT stage_tenant(struct req *r)
{
    TRY(principal_choose_tenant(r));
    r->c->origin.tenant_id = r->who.tenant_id;
    return ok();
}

static RESULT stage_permission(struct req *r)
{
    TRY(principal_check(r));
    if (r->route->permission != NULL)
        r->c->origin.actor_id = r->who.user_id;
    return ok();
}

static RESULT stage_limit_principal(struct req *r)
{
    return limit_take_principal(r);
}

/* ---- what is asked for ---- */

static RESULT read_query(struct req *r, const struct shape *shape, const void **out)
{
    void *in = arena_alloc(r->c->arena, shape->size);
    TRY(shape_read_form(r->c, shape, bytes_of(r->http->query), in));
    *out = in;
    return ok();
}

/* CL-14: what the body takes is not taken from the query as well, where proxies would log it. */
static RESULT check_query(struct req *r)
{
    const struct shape *in = r->route->in;
    struct form query;
    if (in == NULL || !route_has_body(r->route) ||
        !form_decode(r->c->arena, bytes_of(r->http->query), &query))
        return ok();
    for (size_t i = 0; i < in->n; i++)
        if (form_has(&query, in->fields[i].name))
            return because(
                r->c, FIELD, "in the body", in->fields[i].name,
                fail_field(r->c, INVALID_REQUEST, in->fields[i].name, "This belongs in the body."));
    return ok();
}

static RESULT read_body(struct req *r, const struct shape *shape, const void **out)
{
    void *in = arena_alloc(r->c->arena, shape->size);
    struct bytes body = r->http->body;
    bool absent = body.n == 0 && req_header(r, "content-type") == NULL;
    if ((r->route->flags & FORM) != 0)
        TRY(shape_read_form(r->c, shape, body, in));
    else if (absent && (r->route->flags & BODY_OPTIONAL) != 0)
        TRY(shape_read_json(r->c, shape, bytes_of("{}"), in));
    else
        TRY(shape_read_json(r->c, shape, body, in));
    *out = in;
    return ok();
}

static RESULT stage_shape(struct req *r)
{
    const struct route *route = r->route;
    TRY(precondition_stage(r));
    if (route->query != NULL)
        TRY(read_query(r, route->query, &r->query));
    if (route->query != NULL && route->query->open)
        TRY(check_query(r));
    if (route->in == NULL || (route->flags & OWN_SHAPE) != 0)
        return ok();
    return route_has_body(route) ? read_body(r, route->in, &r->in)
                                 : read_query(r, route->in, &r->in);
}

static RESULT handle(struct req *r, void *unused)
{
    (void)unused;
    return r->route->handler(r);
}

static RESULT carry_out(struct req *r)
{
    if ((r->route->flags & IDEMPOTENT) != 0)
        return idempotency_run(r);
    if ((r->route->flags & MANY_ROWS) != 0)
        return req_with_room(r, ROUTE_ROWS_CEILING, handle, NULL);
    return r->route->handler(r);
}

static RESULT stage_handler(struct req *r)
{
    /* What needs memory only writes to nobody. */
    if (r->route->cost != INLINE)
        language_note(r);
    TRY(carry_out(r));
    if (r->reply->status == 0)
        return fail(r->c, INTERNAL, "the handler of %s %s has not answered", r->route->method,
                    r->route->path);
    return ok();
}

/* ---- the walk ---- */

/* Claim I3: what stands later cannot run before what stands earlier has let the request through. */
static stage *const stages[] = {
    stage_request_id,    stage_host,    stage_route,      stage_cors,
    stage_limit_address, stage_issuer,  stage_body,       stage_guard,
    stage_csrf,          stage_tenant,  stage_permission, stage_limit_principal,
    stage_shape,         stage_handler,
};
enum { STAGES = sizeof stages / sizeof *stages };

stage *const *stages_all(size_t *n)
{
    *n = STAGES;
    return stages;
}

/* Until a stage fails or has answered. */
static RESULT walk(struct req *r)
{
    for (size_t i = 0; i < STAGES && r->reply->status == 0; i++) {
        if (arena_over(r->c->arena))
            return ctx_check_memory(r->c);
        TRY(stages[i](r));
    }
    return ok();
}

static void take_path(struct req *r)
{
    struct issuer_place place = { .path = r->http->path };
    (void)issuer_place_of(r->http->path, &place);
    r->path = place.path;
    r->issuer = place.slug;
}

void stages_walk(const struct door *door, struct ctx *c, const struct http_request *http,
                 struct http_response *reply)
{
    struct req *r = ARENA_NEW(c->arena, struct req);
    /* Zeroed already; here 0 says that nothing has answered yet. */
    reply->status = 0;
    r->c = c;
    r->door = door;
    r->http = http;
    r->reply = reply;
    r->began_ms = time_monotonic_ms();
    take_path(r);
    err done = walk(r);
    if (done.code != ERR_OK)
        reply_failure(r, done);
    /* A preflight has said it already. */
    if (r->route != NULL || done.code != ERR_OK)
        cors_headers(r);
    limit_headers(r);
    reply_security_headers(r);
    access_log(r, done.code);
}
