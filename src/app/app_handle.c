/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the server to the front door: where a request runs, the world that it runs in, and the words
 * of what the server itself refuses.
 */
#include "app/app.h"

#include "base/random.h"
#include "base/readings.h"
#include "base/text.h"
#include "base/time.h"
#include "token/issuer.h"
#include "web/access_log.h"
#include "web/reply.h"
#include "web/stages.h"
#include "web/trace.h"

#include <stdatomic.h>

/* The means of one thread. */
struct worker {
    struct node *node;
    struct db *db; /* NULL on an I/O thread */
    struct random *random;
    struct readings *readings; /* NULL on an I/O thread */
};

static RESULT open_worker(struct ctx *c, void *arg, enum http_cost cost, void **worker)
{
    struct node *node = arg;
    struct worker *made = ARENA_NEW(node->arena, struct worker);
    made->node = node;
    made->random = node->in_tests ? node->random : random_buffered(node->arena);
    if (cost != HTTP_INLINE) {
        made->readings = readings_new(node->arena);
        TRY(db_open(c, node->database, &made->db));
        if (cost == HTTP_HASH)
            db_lower(made->db);
    }
    *worker = made;
    return ok();
}

static void close_worker(void *arg, void *worker)
{
    (void)arg;
    struct worker *w = worker;
    if (w == NULL)
        return;
    readings_end(w->readings);
    db_close(w->db);
}

struct http_threads app_threads(struct node *node)
{
    return (struct http_threads){ .open_worker = open_worker,
                                  .close_worker = close_worker,
                                  .arg = node };
}

/* ---- where it runs ---- */

static enum http_cost cost_of(const struct route *route)
{
    switch ((enum route_cost)route->cost) {
    case PLAIN:
        return HTTP_PLAIN;
    case INLINE:
        return HTTP_INLINE;
    case HASH:
        return HTTP_HASH;
    case OUTBOUND:
        return HTTP_OUTBOUND;
    }
    must(false);
    return HTTP_PLAIN;
}

/* What no row answers is refused by what is in memory; its body is read, so that the refusal is
 * seen. */
static enum http_cost classify(void *it, const struct http_request *head, size_t *body_max)
{
    const struct app *app = it;
    struct issuer_place place = { .path = head->path };
    bool is_tenants = issuer_place_of(head->path, &place);
    struct route_match match;
    *body_max = ROUTE_BODY_MAX;
    if (head->listener == LISTENER_METRICS)
        return HTTP_PLAIN;
    router_find(app->door->router, head->method, place.path, &match);
    if (match.route == NULL || (is_tenants && !match.at_issuers))
        return HTTP_INLINE;
    *body_max = route_body_max(match.route);
    enum http_cost cost = cost_of(match.route);
    /* Whose issuer it is, the database knows. */
    return is_tenants && cost == HTTP_INLINE ? HTTP_PLAIN : cost;
}

/* ---- answering ---- */

static struct ctx ctx_of(const struct app *app, const struct http_work *work)
{
    const struct worker *worker = work->worker;
    struct ctx c = node_ctx(app->node, work->arena, app->config, worker->db);
    c.log = &app->log;
    c.random = worker->random;
    c.readings = worker->readings;
    c.given_up = work->given_up;
    return c;
}

static RESULT answer_metrics(struct ctx *c, const struct app *app,
                             const struct http_request *request, struct http_response *response)
{
    const char *text = NULL;
    if (!text_equal(request->path, "/metrics"))
        return fail(c, NOT_FOUND, "this listener has /metrics only");
    if (request->method != HTTP_GET && request->method != HTTP_HEAD)
        return fail(c, METHOD_NOT_ALLOWED, "metrics are read with GET");
    TRY(app_metrics(c, app, &text));
    http_response_header(response, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    http_response_header(response, "Cache-Control", "no-store");
    http_response_header(response, "X-Content-Type-Options", "nosniff");
    response->body = bytes_of(text);
    return ok();
}

static struct req write_failure(struct ctx *c, const struct app *app,
                                const struct http_request *request, err failed,
                                struct http_response *response)
{
    struct req r = { .c = c,
                     .door = app->door,
                     .http = request,
                     .reply = response,
                     .began_ms = time_monotonic_ms() };
    reply_failure(&r, failed);
    reply_security_headers(&r);
    return r;
}

static void handle_metrics(struct ctx *c, const struct app *app, const struct http_request *request,
                           struct http_response *response)
{
    c->request_id = trace_request_id(c);
    err answered = answer_metrics(c, app, request, response);
    if (answered.code != ERR_OK)
        (void)write_failure(c, app, request, answered, response);
}

/* Whoever is turned away for a while is told for how long, also where the failure itself does not
 * say: the disk is full, the database is away. */
static void tell_when(struct http_response *response)
{
    if (response->status != 503)
        return;
    for (size_t i = 0; i < response->headers_n; i++)
        if (text_equal_nocase(response->headers[i].name, "Retry-After"))
            return;
    http_response_header(response, "Retry-After", "5");
}

void app_handle(void *it, const struct http_work *work, struct http_response *response)
{
    const struct app *app = it;
    struct ctx c = ctx_of(app, work);
    if (work->request->listener == LISTENER_METRICS)
        handle_metrics(&c, app, work->request, response);
    else
        stages_walk(app->door, &c, work->request, response);
    tell_when(response);
}

/* ---- refusing ---- */

static enum err_code code_of_status(int status)
{
    for (int code = ERR_OK + 1; code < ERR_CODES; code++)
        if (err_row((enum err_code)code)->status == status)
            return (enum err_code)code;
    return status < 500 ? ERR_INVALID_REQUEST : ERR_UNAVAILABLE;
}

/* There is no request to look at: it could not be read.  What is refused because there is too much
 * to do leaves no line. */
static void refuse(void *it, const struct http_work *work, const struct http_refusal *refusal,
                   struct http_response *response)
{
    static const struct http_request unread = { .path = "/", .query = "", .host = "", .peer = "" };
    const struct app *app = it;
    struct ctx c = ctx_of(app, work);
    c.request_id = trace_request_id(&c);
    err failed = fault_because(
        &c, RULE_HTTP_SYNTAX, NULL, refusal->why,
        fail_at(&c, code_of_status(refusal->status), __FILE__, __LINE__, "%s", refusal->why));
    struct req r = write_failure(&c, app, &unread, failed, response);
    if (refusal->status < 500)
        access_log(&r, failed.code);
}

/* ---- the application ---- */

static void release(void *it)
{
    app_release(it);
}

struct http_application app_application(struct app *app)
{
    return (struct http_application){ .it = app,
                                      .classify = classify,
                                      .handle = app_handle,
                                      .refuse = refuse,
                                      .release = release,
                                      .tls = app->tls,
                                      .trusted = app->trusted,
                                      .proxy_protocol = app->config->proxy_protocol };
}
