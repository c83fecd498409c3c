/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_exchange.h"

#include "base/log.h"
#include "net/forwarded.h"
#include "net/http_accept.h"
#include "net/http_connection.h"

#include <event2/event.h>
#include <string.h>

static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

static const struct http_application *application_of(const struct http_connection *k)
{
    return &k->io->served->application;
}

static struct http_writer writer_of(struct http_io *io)
{
    return (struct http_writer){ &io->pool, io->arena, &io->date };
}

void http_exchange_recycle(struct http_io *io, struct http_job *job)
{
    buffer_give(&io->pool, job->input);
    tls_shown_free(job->shown);
    job->input = NULL;
    job->shown = NULL;
    if (io->spare != NULL || job->output != NULL || job->served != NULL) {
        http_job_free(job);
        return;
    }
    io->spare = job;
}

/* Gives up a job that waits, or, if it `may_run`, one that runs: its worker frees it. */
static bool abandon(struct http_job *job, bool may_run)
{
    int queued = HTTP_JOB_QUEUED, running = HTTP_JOB_RUNNING;
    /* First: when it is abandoned it is the worker's. */
    if (may_run)
        atomic_store(&job->given_up, true);
    return atomic_compare_exchange_strong(&job->state, &queued, HTTP_JOB_ABANDONED) ||
           (may_run && atomic_compare_exchange_strong(&job->state, &running, HTTP_JOB_ABANDONED));
}

static bool let_go(struct http_connection *k, bool may_run)
{
    struct http_job *job = k->job;
    if (job == NULL)
        return true;
    if (atomic_load(&job->state) == HTTP_JOB_OWNED)
        http_exchange_recycle(k->io, job);
    else if (!abandon(job, may_run))
        return false;
    k->job = NULL;
    return true;
}

bool http_exchange_forget(struct http_connection *k)
{
    return let_go(k, true);
}

/* Begins to write `response`; the job and the arena have done their part. */
static enum http_go reply(struct http_connection *k, const struct http_response *response,
                          struct http_reply_how how)
{
    struct http_io *io = k->io;
    struct http_writer writer = writer_of(io);
    how.close = how.close || response->close || atomic_load(&io->shared->draining);
    k->closes = how.close;
    k->out = http_reply_write(&writer, response, how);
    arena_reset(io->arena);
    (void)http_exchange_forget(k);
    if (k->out == NULL) {
        http_connection_close(k);
        return HTTP_GO_GONE;
    }
    http_count(&io->totals.responses[response->status / 100], 1);
    http_io_enter(k, HTTP_PHASE_WRITE);
    return HTTP_GO_ON;
}

static void log_refusal(struct http_connection *k, const struct http_refusal *refusal)
{
    char peer[ADDRESS_TEXT] = "unix";
    if (k->io->shared->log == NULL)
        return;
    if (k->is_ip)
        address_write(&k->address, peer);
    LOG_LINE(k->io->shared->log, NULL, LOG_INFO, "request refused by the server",
             { "peer", .text = peer }, { "status", .number = refusal->status },
             { "why", .text = refusal->why });
}

enum http_go http_exchange_refuse(struct http_connection *k, const struct http_refusal *refusal,
                                  int64_t retry_after)
{
    struct http_io *io = k->io;
    const struct http_application *application = application_of(k);
    struct http_response response = { .status = refusal->status };
    struct http_work work = { io->means, io->arena, NULL, NULL };
    /* The answer to HEAD has no body, also where it is refused. */
    struct http_reply_how how = { .head_only = k->job != NULL && k->job->head.method == HTTP_HEAD };
    /* Who is told that no worker took it may send it again: then none has. */
    if (!let_go(k, k->phase != HTTP_PHASE_QUEUE))
        return HTTP_GO_WAIT;
    log_refusal(k, refusal);
    buffer_give(&io->pool, k->in);
    buffer_give(&io->pool, k->out);
    k->in = NULL;
    k->out = NULL;
    k->lingers = true;
    if (application->refuse != NULL)
        application->refuse(application->it, &work, refusal, &response);
    else
        http_reply_problem(io->arena, refusal, &response);
    http_reply_refuse(io->arena, refusal->status, retry_after, &response);
    return reply(k, &response, how);
}

static enum http_go refuse_with(struct http_connection *k, int status, const char *why)
{
    struct http_refusal refusal = { status, why };
    http_count(&k->io->totals.refused, 1);
    return http_exchange_refuse(k, &refusal, 0);
}

/* Answers on this thread: `request` is in its arena. */
static enum http_go answer_here(struct http_connection *k, const struct http_request *request)
{
    const struct http_application *application = application_of(k);
    const struct http_head *head = &k->job->head;
    struct http_response response = { .status = 200 };
    struct http_work work = { k->io->means, k->io->arena, request, NULL };
    struct http_reply_how how = { .head_only = head->method == HTTP_HEAD,
                                  .close = !head->keep_alive,
                                  .keep_alive = !head->minor_1 };
    application->handle(application->it, &work, &response);
    return reply(k, &response, how);
}

/* Leaves in k->in only what follows `end`; what is before goes to the job. */
static bool split_input(struct http_connection *k, size_t end)
{
    struct buffer_pool *pool = &k->io->pool;
    struct buffer *rest = NULL;
    size_t left = k->in->n - end;
    if (left > 0) {
        rest = buffer_take(pool, left);
        if (rest == NULL)
            return false;
        buffer_add(rest, k->in->at + end, left);
    }
    k->job->input = k->in;
    k->in = rest;
    return true;
}

static enum http_go push(struct http_connection *k)
{
    struct http_io *io = k->io;
    struct http_job *job = k->job;
    job->io = io;
    job->connection = k;
    job->fd = event_get_fd(&k->event);
    job->ssl = k->ssl;
    job->sent = false;
    atomic_store(&job->given_up, false);
    job->tell = k->in != NULL || (k->readable && !k->drained);
    job->served = http_served_hold(io->served);
    http_io_enter(k, HTTP_PHASE_QUEUE);
    int64_t retry_after = http_queue_push(io->shared->queues[job->cost], job);
    if (retry_after == 0)
        return HTTP_GO_WAIT;
    struct http_refusal refusal = { 503, "too many requests are waiting" };
    http_count(&io->totals.overloaded, 1);
    return http_exchange_refuse(k, &refusal, retry_after);
}

enum http_go http_exchange_dispatch(struct http_connection *k, size_t end)
{
    if (!split_input(k, end)) {
        http_connection_close(k);
        return HTTP_GO_GONE;
    }
    if (k->job->cost != HTTP_INLINE)
        return push(k);
    return answer_here(k, http_job_request(k->io->arena, k->job));
}

/* Gets ready for the body: room for it, and word to a client that waits for it (RFC 9110 10.1.1).
 */
static enum http_go await_body(struct http_connection *k)
{
    struct http_job *job = k->job;
    struct buffer_pool *pool = &k->io->pool;
    size_t room = job->head_n + (job->head.chunked ? 0 : (size_t)job->head.length);
    bool ready = buffer_grow(pool, &k->in, room);
    if (ready && job->head.expects && k->in->n == job->head_n) {
        k->out = buffer_take(pool, sizeof go_on);
        ready = k->out != NULL;
        if (ready)
            buffer_add(k->out, go_on, sizeof go_on - 1);
    }
    if (!ready) {
        http_connection_close(k);
        return HTTP_GO_GONE;
    }
    k->in->from = job->head_n;
    http_io_enter(k, HTTP_PHASE_BODY);
    return HTTP_GO_ON;
}

/* Who calls, as far as proxies are to be believed. */
static bool identify(struct http_connection *k, struct http_request *request)
{
    struct forwarded_from from = { .address = k->is_ip ? &k->address : NULL,
                                   .tls = k->ssl != NULL || k->tls_at_proxy,
                                   .repeats = k->job->head.repeats_proxy,
                                   .trusted = application_of(k)->trusted };
    struct forwarded who;
    struct http_job *job = k->job;
    if (!forwarded_read(k->io->arena, &from, request, &who))
        return false;
    request->peer = who.peer;
    request->tls = who.tls;
    request->by_proxy = forwarded_is_trusted(&from);
    job->shown = k->ssl == NULL ? NULL : tls_shown(k->ssl);
    request->shown = tls_shown_bytes(k->io->arena, job->shown);
    request->listener = http_accept_number(k->io->shared->accept, k->listener);
    job->tls = request->tls;
    job->by_proxy = request->by_proxy;
    job->listener = request->listener;
    memcpy(job->peer, who.peer, strlen(who.peer) + 1);
    return true;
}

enum http_go http_exchange_begin(struct http_connection *k)
{
    struct http_job *job = k->job;
    struct arena *a = k->io->arena;
    const struct http_application *application = application_of(k);
    http_count_alone(&k->io->totals.requests, 1);
    struct http_request *request =
        http_request_new(a, &job->head, (struct bytes){ k->in->at, job->head_n });
    if (!identify(k, request))
        return refuse_with(k, 400, "the fields of proxies do not agree");
    job->body_max = 0;
    job->chunked = (struct http_chunked){ 0 };
    job->cost = application->classify(application->it, request, &job->body_max);
    if (job->head.length > job->body_max)
        return refuse_with(k, 413, "Content-Length is more than the body may be");
    job->body_n = (size_t)job->head.length;
    bool body = job->body_n > 0 || job->head.chunked;
    /* The short way: nothing is read twice. */
    if (!body && job->cost == HTTP_INLINE && split_input(k, job->head_n))
        return answer_here(k, request);
    arena_reset(a);
    return body ? await_body(k) : http_exchange_dispatch(k, job->head_n);
}
