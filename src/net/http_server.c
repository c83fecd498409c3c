/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_server.h"

#include "base/time.h"
#include "net/http_accept.h"
#include "net/http_handover.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct http_deadlines deadlines = {
    .tls = 10000, .head = 10000, .body = 15000, .queue = 5000, .handler = 30000, .write = 30000, .idle = 60000, .linger = 2000,
};
/* clang-format on */

enum { CONNECTIONS_MAX = 20000, QUEUE_MAX = 512 };

struct http_server {
    struct http_shared shared;
    struct http_threads threads;
    struct http_io ios[];
};

static int64_t or_else(int64_t value, int64_t fallback)
{
    return value > 0 ? value : fallback;
}

static void set_limits(int64_t limits[static HTTP_PHASES], const struct http_deadlines *given)
{
    limits[HTTP_PHASE_TLS] = or_else(given->tls, deadlines.tls);
    limits[HTTP_PHASE_HEAD] = or_else(given->head, deadlines.head);
    limits[HTTP_PHASE_BODY] = or_else(given->body, deadlines.body);
    limits[HTTP_PHASE_QUEUE] = or_else(given->queue, deadlines.queue);
    limits[HTTP_PHASE_HANDLER] = or_else(given->handler, deadlines.handler);
    limits[HTTP_PHASE_WRITE] = or_else(given->write, deadlines.write);
    limits[HTTP_PHASE_IDLE] = or_else(given->idle, deadlines.idle);
    limits[HTTP_PHASE_LINGER] = or_else(given->linger, deadlines.linger);
}

static RESULT start_queue(struct ctx *c, struct http_server *server, const struct http_plan *plan,
                          enum http_cost cost)
{
    const struct http_queue_plan queue = {
        .cost = cost,
        .workers = (unsigned)or_else(plan->workers[cost], 1),
        .max = (unsigned)or_else(plan->queue_max, QUEUE_MAX),
        .queue_ms = server->shared.limits_ms[HTTP_PHASE_QUEUE],
        .arena_ceiling = server->shared.arena_ceiling,
        .threads = &server->threads,
        .draining = &server->shared.draining,
        .done = http_handover,
    };
    return http_queue_start(c, &queue, &server->shared.queues[cost]);
}

static RESULT prepare_io(struct ctx *c, struct http_server *server, struct http_io *io,
                         struct http_served *served)
{
    const struct http_threads *threads = &server->threads;
    TRY(http_io_prepare(c, io, &server->shared, server->shared.connections_max));
    io->served = http_served_hold(served);
    if (threads->open_worker != NULL)
        TRY(threads->open_worker(c, threads->arg, HTTP_INLINE, &io->means));
    io->opened = true;
    return ok();
}

static RESULT prepare(struct ctx *c, struct http_server *server, const struct http_plan *plan,
                      struct http_served *served)
{
    struct http_shared *shared = &server->shared;
    shared->peers = http_peers_new(shared->connections_max);
    if (shared->peers == NULL)
        return fail(c, UNAVAILABLE, "no memory for %u connections", shared->connections_max);
    TRY(http_accept_new(c, shared, plan->listeners, plan->listeners_n, &shared->accept));
    for (unsigned i = 0; i < shared->ios_n; i++)
        TRY(prepare_io(c, server, &server->ios[i], served));
    TRY(http_accept_begin(c, shared->accept));
    for (int cost = 0; cost < HTTP_QUEUES; cost++)
        TRY(start_queue(c, server, plan, (enum http_cost)cost));
    for (unsigned i = 0; i < shared->ios_n; i++)
        TRY(http_io_start(c, &server->ios[i]));
    return ok();
}

static struct http_server *server_new(const struct http_plan *plan)
{
    unsigned ios_n = (unsigned)or_else(plan->io_threads, 1);
    struct http_server *server = calloc(1, sizeof *server + ios_n * sizeof server->ios[0]);
    if (server == NULL)
        return NULL;
    struct http_shared *shared = &server->shared;
    server->threads = plan->threads;
    shared->ios = server->ios;
    shared->ios_n = ios_n;
    shared->log = plan->log;
    shared->arena_ceiling = plan->arena_ceiling > 0 ? plan->arena_ceiling : ARENA_REQUEST_CEILING;
    shared->connections_max = (unsigned)or_else(plan->connections_max, CONNECTIONS_MAX);
    shared->address_connections_max =
        (unsigned)or_else(plan->address_connections_max, (shared->connections_max + 3) / 4);
    set_limits(shared->limits_ms, &plan->deadlines);
    return server;
}

/* Signals are for the thread that waits for them. */
static sigset_t block_all(void)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    return before;
}

RESULT http_server_start(struct ctx *c, const struct http_plan *plan, struct http_server **out)
{
    struct http_server *server = server_new(plan);
    struct http_served *served = http_served_new(&plan->application);
    if (server == NULL || served == NULL) {
        free(server);
        free(served);
        return fail(c, UNAVAILABLE, "no memory for the server");
    }
    sigset_t before = block_all();
    err prepared = prepare(c, server, plan, served);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (prepared.code != ERR_OK) {
        /* It stays the caller's. */
        served->application.release = NULL;
        http_server_stop(server, 0);
    }
    http_served_release(served);
    if (prepared.code == ERR_OK)
        *out = server;
    return prepared;
}

const char *http_server_address(const struct http_server *server, size_t i)
{
    return http_accept_name(server->shared.accept, i);
}

RESULT http_server_swap(struct ctx *c, struct http_server *server,
                        const struct http_application *application)
{
    struct http_served *served = http_served_new(application);
    if (served == NULL)
        return fail(c, UNAVAILABLE, "no memory for the new application");
    for (unsigned i = 0; i < server->shared.ios_n; i++)
        http_inbox_serve(&server->ios[i].inbox, http_served_hold(served));
    http_served_release(served);
    return ok();
}

static void stop_io(struct http_server *server, struct http_io *io)
{
    if (io->runs)
        (void)pthread_join(io->thread, NULL);
    if (io->opened && server->threads.close_worker != NULL)
        server->threads.close_worker(server->threads.arg, io->means);
}

void http_server_stop(struct http_server *server, int64_t limit_ms)
{
    struct http_shared *shared = &server->shared;
    atomic_store(&shared->draining, true);
    for (unsigned i = 0; i < shared->ios_n; i++)
        if (server->ios[i].runs)
            http_inbox_stop(&server->ios[i].inbox, time_monotonic_ms() + limit_ms);
    for (unsigned i = 0; i < shared->ios_n; i++)
        stop_io(server, &server->ios[i]);
    for (int cost = 0; cost < HTTP_QUEUES; cost++)
        http_queue_stop(shared->queues[cost]);
    http_accept_free(shared->accept);
    for (unsigned i = 0; i < shared->ios_n; i++)
        http_io_end(&server->ios[i]);
    http_peers_free(shared->peers);
    free(server);
}

static void signals_of_the_service(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGHUP);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGINT);
}

void http_server_block_signals(void)
{
    sigset_t set;
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    signals_of_the_service(&set);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

bool http_server_wait(void)
{
    sigset_t set;
    int signal = 0;
    signals_of_the_service(&set);
    while (sigwait(&set, &signal) != 0)
        continue;
    return signal == SIGHUP;
}

static uint64_t figure(const _Atomic uint64_t *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

static void add_totals(const struct http_totals *from, struct http_counters *out)
{
    out->accepted += figure(&from->accepted);
    out->rejected_total += figure(&from->rejected_total);
    out->rejected_address += figure(&from->rejected_address);
    out->requests += figure(&from->requests);
    out->refused += figure(&from->refused);
    out->overloaded += figure(&from->overloaded);
    out->dropped += figure(&from->dropped);
    out->bytes_in += figure(&from->bytes_in);
    out->bytes_out += figure(&from->bytes_out);
    out->tls_failures += figure(&from->tls_failures);
    for (int phase = 0; phase < HTTP_PHASES; phase++)
        out->timeouts[phase] += figure(&from->timeouts[phase]);
    for (int class = 0; class < 6; class ++)
        out->responses[class] += figure(&from->responses[class]);
}

void http_server_counters(const struct http_server *server, struct http_counters *out)
{
    const struct http_shared *shared = &server->shared;
    *out = (struct http_counters){ .open = atomic_load(&shared->open) };
    for (unsigned i = 0; i < shared->ios_n; i++)
        add_totals(&server->ios[i].totals, out);
    for (int cost = 0; cost < HTTP_QUEUES; cost++)
        http_queue_figures(shared->queues[cost], &out->queued[cost], &out->running[cost]);
}
