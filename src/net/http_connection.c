/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_connection.h"

#include "base/time.h"
#include "net/forwarded.h"
#include "net/http_transfer.h"
#include "net/proxy_protocol.h"

#include <event2/event.h>
#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

enum {
    TURNS_MAX = 32,          /* steps of one connection before others have their turn */
    LINGER_MAX = 256 * 1024, /* bytes read after a refusal */
    CHUNK_ROOM = 4 * 1024    /* least room for reading on in a chunked body */
};

/* The PROXY header, read to the byte: what follows belongs to TLS. */
static enum http_go step_proxy(struct http_connection *k)
{
    struct proxy_protocol said;
    size_t wanted = 0;
    if (k->in == NULL)
        k->in = buffer_take(&k->io->pool, BUFFER_ROOM);
    if (k->in == NULL)
        return http_transfer_close(k);
    enum http_step step =
        proxy_protocol_read((struct bytes){ k->in->at, k->in->n }, &said, &wanted);
    if (step == HTTP_REFUSED)
        return http_transfer_close(k);
    if (step == HTTP_MORE)
        return http_transfer_took(
            k, k->readable ? http_stream_read_raw(k, k->in->at + k->in->n, wanted - k->in->n)
                           : HTTP_STREAM_WAIT);
    if (said.has_address)
        k->address = said.address;
    k->is_ip = k->is_ip || said.has_address;
    k->tls_at_proxy = said.tls;
    k->awaits_proxy = false;
    buffer_give(&k->io->pool, k->in);
    k->in = NULL;
    return HTTP_GO_ON;
}

static enum http_go step_handshake(struct http_connection *k)
{
    ssize_t outcome = http_stream_handshake(k);
    if (outcome == HTTP_STREAM_WAIT)
        return HTTP_GO_WAIT;
    if (outcome == HTTP_STREAM_BROKEN) {
        http_count(&k->io->totals.tls_failures, 1);
        return http_transfer_close(k);
    }
    k->awaits_tls = false;
    return HTTP_GO_ON;
}

static enum http_go step_opening(struct http_connection *k)
{
    if (k->awaits_proxy)
        return step_proxy(k);
    if (k->awaits_tls)
        return step_handshake(k);
    http_io_enter(k, HTTP_PHASE_HEAD);
    return HTTP_GO_ON;
}

/* A job to read a request into; NULL without memory. */
static struct http_job *spare_job(struct http_io *io)
{
    if (io->spare == NULL)
        io->spare = http_job_new();
    return io->spare;
}

static enum http_go refuse(struct http_connection *k, const struct http_refusal *refusal)
{
    http_count(&k->io->totals.refused, 1);
    return http_exchange_refuse(k, refusal, 0);
}

static enum http_go step_head(struct http_connection *k)
{
    struct http_refusal refusal;
    struct http_job *job = spare_job(k->io);
    if (job == NULL)
        return http_transfer_close(k);
    if (k->in == NULL || k->scan.at == k->in->n)
        return http_transfer_fill(k, BUFFER_ROOM);
    enum http_step step = http_head_read(&k->scan, (struct bytes){ k->in->at, k->in->n },
                                         &job->head, &job->head_n, &refusal);
    if (step == HTTP_MORE && k->phase == HTTP_PHASE_IDLE)
        http_io_enter(k, HTTP_PHASE_HEAD);
    if (step == HTTP_MORE)
        return HTTP_GO_ON;
    k->scan = (struct http_scan){ 0 };
    if (step == HTTP_REFUSED)
        return refuse(k, &refusal);
    k->job = job;
    k->io->spare = NULL;
    /* No other thread knows of it yet. */
    atomic_store_explicit(&job->state, HTTP_JOB_OWNED, memory_order_relaxed);
    return http_exchange_begin(k);
}

/* Takes the data out of the chunks that are there and moves it behind the data so far. */
static enum http_step unchunk(struct http_connection *k, struct http_refusal *refusal)
{
    struct http_job *job = k->job;
    struct buffer *in = k->in;
    enum http_step step = HTTP_MORE;
    struct http_chunk_run run = { .used = 1 };
    while (step == HTTP_MORE && in->from < in->n) {
        struct bytes rest = { in->at + in->from, in->n - in->from };
        step = http_chunked_read(&job->chunked, rest, job->body_max, &run, refusal);
        if (step == HTTP_REFUSED)
            return step;
        memmove(in->at + job->head_n + job->body_n, run.data.at, run.data.n);
        job->body_n += run.data.n;
        in->from += run.used;
    }
    if (step == HTTP_MORE) {
        in->from = job->head_n + job->body_n;
        explicit_bzero(in->at + in->from, in->n - in->from);
        in->n = in->from;
    }
    return step;
}

static enum http_go step_chunked_body(struct http_connection *k)
{
    struct http_refusal refusal;
    enum http_step step = unchunk(k, &refusal);
    if (step == HTTP_REFUSED)
        return refuse(k, &refusal);
    if (step == HTTP_READY)
        return http_exchange_dispatch(k, k->in->from);
    if (k->in->room - k->in->n < CHUNK_ROOM && !buffer_grow(&k->io->pool, &k->in, 2 * k->in->room))
        return http_transfer_close(k);
    return http_transfer_fill(k, BUFFER_ROOM);
}

static enum http_go step_body(struct http_connection *k)
{
    struct http_job *job = k->job;
    enum http_go go = http_transfer_flush(k);
    if (go != HTTP_GO_ON)
        return go;
    if (job->head.chunked)
        return step_chunked_body(k);
    size_t end = job->head_n + job->body_n;
    return k->in->n >= end ? http_exchange_dispatch(k, end) : http_transfer_fill(k, end - k->in->n);
}

static enum http_go step_write(struct http_connection *k)
{
    enum http_go go = http_transfer_flush(k);
    if (go != HTTP_GO_ON)
        return go;
    if (!k->closes && !atomic_load(&k->io->shared->draining)) {
        http_io_enter(k, HTTP_PHASE_IDLE);
        return HTTP_GO_ON;
    }
    if (!k->lingers && k->in == NULL && (!k->readable || k->drained))
        return http_transfer_close(k);
    http_stream_finish(k);
    k->lingers = true;
    http_io_enter(k, HTTP_PHASE_LINGER);
    return HTTP_GO_ON;
}

/*
 * The client may still be writing, or have written what nobody reads.  Closing at once would make
 * the system throw the answer away (RFC 9112 9.6), so what comes is read and dropped for a while.
 */
static enum http_go step_linger(struct http_connection *k)
{
    char dropped[4096];
    if (!k->readable)
        return HTTP_GO_WAIT;
    ssize_t got = http_stream_read_raw(k, dropped, sizeof dropped);
    if (got == HTTP_STREAM_WAIT)
        return HTTP_GO_WAIT;
    k->lingered += got > 0 ? (uint32_t)got : 0;
    return got <= 0 || k->lingered > LINGER_MAX ? http_transfer_close(k) : HTTP_GO_ON;
}

static enum http_go step(struct http_connection *k)
{
    switch ((enum http_phase)k->phase) {
    case HTTP_PHASE_TLS:
        return step_opening(k);
    case HTTP_PHASE_HEAD:
    case HTTP_PHASE_IDLE:
        return step_head(k);
    case HTTP_PHASE_BODY:
        return step_body(k);
    case HTTP_PHASE_QUEUE:
    case HTTP_PHASE_HANDLER:
        return HTTP_GO_WAIT;
    case HTTP_PHASE_WRITE:
        return step_write(k);
    case HTTP_PHASE_LINGER:
        return step_linger(k);
    }
    return HTTP_GO_WAIT;
}

void http_connection_run(struct http_connection *k)
{
    enum http_go go = HTTP_GO_ON;
    for (int turn = 0; go == HTTP_GO_ON && turn < TURNS_MAX; turn++)
        go = step(k);
    if (go == HTTP_GO_ON)
        event_active(&k->event, EV_TIMEOUT, 0);
}

static void on_edge(evutil_socket_t fd, short what, void *arg)
{
    struct http_connection *k = arg;
    (void)fd;
    k->io->now_ms = time_monotonic_tick_ms();
    if ((what & EV_CLOSED) != 0)
        k->hung_up = true;
    if ((what & (EV_READ | EV_CLOSED)) != 0) {
        k->readable = true;
        k->drained = false;
    }
    if ((what & EV_WRITE) != 0)
        k->writable = true;
    if (k->phase == HTTP_PHASE_QUEUE || k->phase == HTTP_PHASE_HANDLER)
        http_io_collect(k->io, k->job);
    else
        http_connection_run(k);
}

static bool open_tls(struct http_connection *k, SSL_CTX *tls, int fd)
{
    k->ssl = SSL_new(tls);
    if (k->ssl == NULL || SSL_set_fd(k->ssl, fd) != 1)
        return false;
    SSL_set_accept_state(k->ssl);
    return true;
}

void http_connection_open(struct http_io *io, struct http_connection *k,
                          const struct http_arrival *arrival)
{
    const struct http_application *application = &io->served->application;
    struct forwarded_from from = { .address = arrival->is_ip ? &arrival->address : NULL,
                                   .trusted = application->trusted };
    *k = (struct http_connection){ .io = io,
                                   .address = arrival->address,
                                   .counted = arrival->address,
                                   .is_ip = arrival->is_ip,
                                   .is_counted = arrival->is_counted,
                                   .listener = arrival->listener,
                                   .open = true };
    k->awaits_proxy = application->proxy_protocol && forwarded_is_trusted(&from);
    k->awaits_tls = application->tls != NULL && !arrival->plain;
    bool opening = k->awaits_proxy || k->awaits_tls;
    http_io_join(k, opening ? HTTP_PHASE_TLS : HTTP_PHASE_HEAD);
    bool good = event_assign(&k->event, io->base, arrival->fd,
                             EV_READ | EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST, on_edge, k) == 0;
    if (good && k->awaits_tls)
        good = open_tls(k, application->tls, arrival->fd);
    if (!good || event_add(&k->event, NULL) != 0)
        http_connection_close(k);
}

void http_connection_close(struct http_connection *k)
{
    struct http_io *io = k->io;
    int fd = event_get_fd(&k->event);
    bool ours = http_exchange_forget(k);
    must(ours);
    if (k->ssl != NULL && !k->awaits_tls && !k->lingers)
        (void)SSL_shutdown(k->ssl);
    SSL_free(k->ssl);
    (void)event_del(&k->event);
    (void)close(fd);
    buffer_give(&io->pool, k->in);
    buffer_give(&io->pool, k->out);
    http_io_leave(k);
    if (k->is_counted)
        http_peers_remove(io->shared->peers, &k->counted);
    http_io_vacate(k);
}

/* The time of a request that is not with us, but waits for a worker or is with one. */
static enum http_go expire_in_flight(struct http_connection *k)
{
    struct http_refusal busy = { 503, "no worker took the request in time" };
    struct http_refusal slow = { 503, "the request took too long to answer" };
    enum http_phase phase = (enum http_phase)k->phase;
    struct http_io *io = k->io;
    enum http_go go = http_exchange_refuse(k, phase == HTTP_PHASE_QUEUE ? &busy : &slow, 1);
    /* A worker has taken it, or is answering it. */
    if (go == HTTP_GO_WAIT)
        http_io_enter(k, HTTP_PHASE_HANDLER);
    else
        http_count(&io->totals.timeouts[phase], 1);
    return go;
}

void http_connection_expire(struct http_connection *k)
{
    struct http_refusal late = { 408, "the request took too long to arrive" };
    enum http_go go = HTTP_GO_ON;
    bool in_flight = k->phase == HTTP_PHASE_QUEUE || k->phase == HTTP_PHASE_HANDLER;
    /* Whoever sees the end of the connection finds it counted. */
    if (!in_flight)
        http_count(&k->io->totals.timeouts[k->phase], 1);
    switch ((enum http_phase)k->phase) {
    case HTTP_PHASE_HEAD:
        go = k->in == NULL ? http_transfer_close(k) : refuse(k, &late);
        break;
    case HTTP_PHASE_BODY:
        go = refuse(k, &late);
        break;
    case HTTP_PHASE_QUEUE:
    case HTTP_PHASE_HANDLER:
        go = expire_in_flight(k);
        break;
    case HTTP_PHASE_TLS:
    case HTTP_PHASE_IDLE:
    case HTTP_PHASE_WRITE:
    case HTTP_PHASE_LINGER:
        go = http_transfer_close(k);
        break;
    }
    if (go == HTTP_GO_ON)
        http_connection_run(k);
}

void http_connection_reply(struct http_connection *k, struct http_job *job)
{
    bool lost = job->output == NULL && !job->sent;
    k->job = NULL;
    k->out = job->output;
    k->closes = job->close;
    job->output = NULL;
    http_exchange_recycle(k->io, job);
    if (lost) {
        http_connection_close(k);
        return;
    }
    http_io_enter(k, HTTP_PHASE_WRITE);
    http_connection_run(k);
}
