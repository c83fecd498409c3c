/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_io.h"

#include "base/time.h"
#include "net/http_accept.h"
#include "net/http_connection.h"
#include "net/http_exchange.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CALLBACKS_MAX = 256 };

static struct http_connection *place(struct http_io *io, int32_t i)
{
    return &io->places[i];
}

static int32_t place_of(const struct http_connection *k)
{
    return (int32_t)(k - k->io->places);
}

/* Sets the timer, unless it will ring before `at_ms` anyway. */
static void arm(struct http_io *io, int64_t at_ms)
{
    if (io->armed_ms != 0 && io->armed_ms <= at_ms)
        return;
    int64_t wait = at_ms > io->now_ms ? at_ms - io->now_ms : 0;
    struct timeval tv = { (time_t)(wait / 1000), (suseconds_t)(wait % 1000 * 1000) };
    io->armed_ms = at_ms;
    (void)event_add(&io->timer, &tv);
}

void http_io_leave(struct http_connection *k)
{
    struct http_io *io = k->io;
    struct http_list *list = &io->lists[k->phase];
    if (k->earlier == HTTP_NOWHERE)
        list->first = k->later;
    else
        place(io, k->earlier)->later = k->later;
    if (k->later == HTTP_NOWHERE)
        list->last = k->earlier;
    else
        place(io, k->later)->earlier = k->earlier;
}

void http_io_join(struct http_connection *k, enum http_phase phase)
{
    struct http_io *io = k->io;
    struct http_list *list = &io->lists[phase];
    int32_t here = place_of(k);
    k->phase = (uint8_t)phase;
    k->deadline_ms = io->now_ms + io->shared->limits_ms[phase];
    k->earlier = list->last;
    k->later = HTTP_NOWHERE;
    if (list->last == HTTP_NOWHERE)
        list->first = here;
    else
        place(io, list->last)->later = here;
    list->last = here;
    arm(io, k->deadline_ms);
}

void http_io_enter(struct http_connection *k, enum http_phase phase)
{
    http_io_leave(k);
    http_io_join(k, phase);
}

/* Expires what is first in its list and over its time; whether there was one. */
static bool expire_first(struct http_io *io, enum http_phase phase)
{
    int32_t first = io->lists[phase].first;
    if (first == HTTP_NOWHERE || place(io, first)->deadline_ms > io->now_ms)
        return false;
    http_connection_expire(place(io, first));
    return true;
}

/* All but those that a worker is writing to. */
static void cut_all(struct http_io *io)
{
    for (int32_t i = 0; i < io->places_used; i++)
        if (place(io, i)->open && http_exchange_forget(place(io, i)))
            http_connection_close(place(io, i));
}

static void end_if_drained(struct http_io *io)
{
    if (io->drain_ms == 0)
        return;
    if (io->open == 0 || io->now_ms >= io->drain_ms)
        (void)event_base_loopbreak(io->base);
    else
        arm(io, io->drain_ms);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct http_io *io = arg;
    (void)fd;
    (void)what;
    io->now_ms = time_monotonic_ms();
    io->armed_ms = 0;
    /* What is answered already has no deadline to miss. */
    http_io_collect(io, NULL);
    for (int phase = 0; phase < HTTP_PHASES; phase++) {
        while (expire_first(io, (enum http_phase)phase))
            continue;
        int32_t first = io->lists[phase].first;
        if (first != HTTP_NOWHERE)
            arm(io, place(io, first)->deadline_ms);
    }
    end_if_drained(io);
}

/* A free place, or NULL. */
static struct http_connection *take_place(struct http_io *io)
{
    if (io->free_place != HTTP_NOWHERE) {
        struct http_connection *k = place(io, io->free_place);
        io->free_place = k->next_free;
        return k;
    }
    return io->places_used == io->places_n ? NULL : place(io, io->places_used++);
}

void http_io_vacate(struct http_connection *k)
{
    struct http_io *io = k->io;
    k->open = false;
    k->next_free = io->free_place;
    io->free_place = place_of(k);
    io->open--;
    (void)atomic_fetch_sub(&io->shared->open, 1);
    (void)atomic_fetch_sub(&io->load, 1);
    if (io->drain_ms != 0 && io->open == 0)
        (void)event_base_loopbreak(io->base);
}

static void refuse_arrival(struct http_io *io, const struct http_arrival *arrival)
{
    if (arrival->is_counted)
        http_peers_remove(io->shared->peers, &arrival->address);
    (void)atomic_fetch_sub(&io->shared->open, 1);
    (void)atomic_fetch_sub(&io->load, 1);
    http_count(&io->totals.rejected_total, 1);
    (void)close(arrival->fd);
}

static void welcome(struct http_io *io, const struct http_arrival *arrival)
{
    struct http_connection *k = io->drain_ms != 0 ? NULL : take_place(io);
    if (k == NULL) {
        refuse_arrival(io, arrival);
        return;
    }
    io->open++;
    http_count(&io->totals.accepted, 1);
    http_connection_open(io, k, arrival);
}

/* Gives back what is between requests, and what has sent nothing yet. */
static void begin_drain(struct http_io *io, int64_t stop_ms)
{
    io->drain_ms = stop_ms;
    if (io->shared->accept != NULL && io == &io->shared->ios[0])
        http_accept_stop(io->shared->accept);
    for (int32_t i = 0; i < io->places_used; i++) {
        struct http_connection *k = place(io, i);
        bool waits = k->phase == HTTP_PHASE_IDLE || (k->phase == HTTP_PHASE_HEAD && k->in == NULL);
        if (k->open && waits)
            http_connection_close(k);
    }
}

void http_io_collect(struct http_io *io, struct http_job *asked)
{
    struct http_inbox_found found = http_inbox_empty(&io->inbox, asked);
    if (found.served != NULL) {
        http_served_release(io->served);
        io->served = found.served;
    }
    for (size_t i = 0; i < found.arrivals_n; i++)
        welcome(io, &found.arrivals[i]);
    free(found.arrivals);
    while (found.done != NULL) {
        struct http_job *job = found.done;
        found.done = job->next;
        http_connection_reply(job->connection, job);
    }
    if (found.stop_ms != 0 && io->drain_ms == 0)
        begin_drain(io, found.stop_ms);
    end_if_drained(io);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct http_io *io = arg;
    uint64_t times = 0;
    (void)what;
    (void)!read(fd, &times, sizeof times);
    io->now_ms = time_monotonic_ms();
    http_io_collect(io, NULL);
}

void http_io_arrive(struct http_io *io, const struct http_arrival *arrival)
{
    if (!http_inbox_arrive(&io->inbox, arrival))
        refuse_arrival(io, arrival);
}

static struct event_base *new_base(void)
{
    struct event_config *config = event_config_new();
    if (config == NULL)
        return NULL;
    /* Each loop belongs to one thread; other threads only write to its eventfd. */
    (void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    (void)event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
    /* However much is ready, the sockets are asked again after this many callbacks. */
    (void)event_config_set_max_dispatch_interval(config, NULL, CALLBACKS_MAX, 0);
    (void)event_config_require_features(config, EV_FEATURE_ET | EV_FEATURE_O1);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

static bool prepare_events(struct http_io *io)
{
    bool inbox = http_inbox_prepare(&io->inbox);
    io->base = new_base();
    if (io->base == NULL || !inbox)
        return false;
    return event_assign(&io->timer, io->base, -1, 0, on_timer, io) == 0 &&
           event_assign(&io->wake, io->base, io->inbox.wake_fd, EV_READ | EV_PERSIST, on_wake,
                        io) == 0 &&
           event_add(&io->wake, NULL) == 0;
}

RESULT http_io_prepare(struct ctx *c, struct http_io *io, struct http_shared *shared, size_t places)
{
    io->shared = shared;
    io->free_place = HTTP_NOWHERE;
    io->places_n = (int32_t)places;
    io->now_ms = time_monotonic_ms();
    for (int phase = 0; phase < HTTP_PHASES; phase++)
        io->lists[phase] = (struct http_list){ HTTP_NOWHERE, HTTP_NOWHERE };
    /* Untouched places take no memory. */
    io->places = calloc(places, sizeof(struct http_connection));
    io->arena = arena_new(shared->arena_ceiling);
    bool events = prepare_events(io);
    if (io->places == NULL || io->arena == NULL || !events)
        return fail(c, UNAVAILABLE, "no memory or descriptors for an I/O thread");
    return ok();
}

static void *loop(void *arg)
{
    struct http_io *io = arg;
    (void)event_base_loop(io->base, 0);
    cut_all(io);
    return NULL;
}

RESULT http_io_start(struct ctx *c, struct http_io *io)
{
    int error = pthread_create(&io->thread, NULL, loop, io);
    if (error != 0)
        return fail(c, UNAVAILABLE, "no thread for the network: %s", strerrorname_np(error));
    io->runs = true;
    return ok();
}

/* What was put into the inbox and not taken out. */
static void drop_inbox(struct http_io *io)
{
    struct http_inbox_found found = http_inbox_empty(&io->inbox, NULL);
    for (size_t i = 0; i < found.arrivals_n; i++)
        refuse_arrival(io, &found.arrivals[i]);
    free(found.arrivals);
    while (found.done != NULL) {
        struct http_job *job = found.done;
        found.done = job->next;
        job->connection->job = NULL;
        http_job_free(job);
    }
    http_served_release(found.served);
}

void http_io_end(struct http_io *io)
{
    if (io->shared == NULL)
        return;
    drop_inbox(io);
    /* The workers have ended, so nobody writes to any. */
    cut_all(io);
    http_job_free(io->spare);
    http_served_release(io->served);
    buffer_pool_end(&io->pool);
    arena_end(io->arena);
    free(io->places);
    if (io->base != NULL)
        event_base_free(io->base);
    http_inbox_end(&io->inbox);
}
