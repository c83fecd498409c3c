/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_io.h"

#include "base/time.h"
#include "net/http_accept.h"
#include "net/http_connection.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { CALLBACKS_MAX = 256 };

static struct http_connection *place(struct http_io *io, int32_t i)
{
    return &io->places[i];
}

int32_t http_io_place(const struct http_connection *k)
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
    int32_t here = http_io_place(k);
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
    /* Whoever sees the end of the connection finds it counted. */
    http_count(&io->totals.timeouts[phase], 1);
    http_connection_expire(place(io, first));
    return true;
}

static void cut_all(struct http_io *io)
{
    for (int32_t i = 0; i < io->places_used; i++)
        if (place(io, i)->open)
            http_connection_close(place(io, i));
}

static void end_if_drained(struct http_io *io)
{
    if (io->drain_ms == 0)
        return;
    if (io->now_ms >= io->drain_ms)
        cut_all(io);
    if (io->open == 0)
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
    k->ticket++;
    k->next_free = io->free_place;
    io->free_place = http_io_place(k);
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

static void finish_job(struct http_io *io, struct http_job *job)
{
    struct http_connection *k = place(io, (int32_t)job->slot);
    if (k->open && k->ticket == job->ticket && k->job == job) {
        http_connection_reply(k, job);
        return;
    }
    http_count(&io->totals.dropped, 1);
    http_job_free(job);
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

/* What the inbox held. */
struct inbox {
    struct http_arrival *arrivals;
    size_t n;
    struct http_job *done;
    struct http_served *served;
    int64_t stop_ms;
};

static struct inbox empty_inbox(struct http_io *io)
{
    (void)pthread_mutex_lock(&io->lock);
    struct inbox inbox = { io->arrivals, io->arrivals_n, io->done, io->next_served, io->stop_ms };
    io->arrivals = NULL;
    io->arrivals_n = 0;
    io->arrivals_room = 0;
    io->done = NULL;
    io->next_served = NULL;
    (void)pthread_mutex_unlock(&io->lock);
    return inbox;
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct http_io *io = arg;
    uint64_t times = 0;
    (void)what;
    (void)!read(fd, &times, sizeof times);
    io->now_ms = time_monotonic_ms();
    struct inbox inbox = empty_inbox(io);
    if (inbox.served != NULL) {
        http_served_release(io->served);
        io->served = inbox.served;
    }
    for (size_t i = 0; i < inbox.n; i++)
        welcome(io, &inbox.arrivals[i]);
    free(inbox.arrivals);
    while (inbox.done != NULL) {
        struct http_job *job = inbox.done;
        inbox.done = job->next;
        finish_job(io, job);
    }
    if (inbox.stop_ms != 0 && io->drain_ms == 0)
        begin_drain(io, inbox.stop_ms);
    end_if_drained(io);
}

static void wake(const struct http_io *io)
{
    uint64_t once = 1;
    (void)!write(io->wake_fd, &once, sizeof once);
}

/* Room for one more arrival; under the lock. */
static bool make_room(struct http_io *io)
{
    if (io->arrivals_n < io->arrivals_room)
        return true;
    size_t room = io->arrivals_room == 0 ? 64 : 2 * io->arrivals_room;
    struct http_arrival *at = realloc(io->arrivals, room * sizeof *at);
    if (at == NULL)
        return false;
    io->arrivals = at;
    io->arrivals_room = room;
    return true;
}

void http_io_arrive(struct http_io *io, const struct http_arrival *arrival)
{
    (void)pthread_mutex_lock(&io->lock);
    bool taken = make_room(io);
    if (taken)
        io->arrivals[io->arrivals_n++] = *arrival;
    (void)pthread_mutex_unlock(&io->lock);
    if (taken)
        wake(io);
    else
        refuse_arrival(io, arrival);
}

void http_io_done(struct http_job *job)
{
    struct http_io *io = job->io;
    (void)pthread_mutex_lock(&io->lock);
    bool first = io->done == NULL;
    job->next = io->done;
    io->done = job;
    (void)pthread_mutex_unlock(&io->lock);
    if (first)
        wake(io);
}

void http_io_serve(struct http_io *io, struct http_served *served)
{
    (void)pthread_mutex_lock(&io->lock);
    struct http_served *never = io->next_served;
    io->next_served = served;
    (void)pthread_mutex_unlock(&io->lock);
    http_served_release(never);
    wake(io);
}

void http_io_stop(struct http_io *io, int64_t stop_ms)
{
    (void)pthread_mutex_lock(&io->lock);
    io->stop_ms = stop_ms;
    (void)pthread_mutex_unlock(&io->lock);
    wake(io);
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
    io->base = new_base();
    io->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (io->base == NULL || io->wake_fd < 0)
        return false;
    return event_assign(&io->timer, io->base, -1, 0, on_timer, io) == 0 &&
           event_assign(&io->wake, io->base, io->wake_fd, EV_READ | EV_PERSIST, on_wake, io) == 0 &&
           event_add(&io->wake, NULL) == 0;
}

RESULT http_io_prepare(struct ctx *c, struct http_io *io, struct http_shared *shared, size_t places)
{
    io->shared = shared;
    io->wake_fd = -1;
    io->free_place = HTTP_NOWHERE;
    io->places_n = (int32_t)places;
    io->now_ms = time_monotonic_ms();
    for (int phase = 0; phase < HTTP_PHASES; phase++)
        io->lists[phase] = (struct http_list){ HTTP_NOWHERE, HTTP_NOWHERE };
    (void)pthread_mutex_init(&io->lock, NULL);
    /* Untouched places take no memory. */
    io->places = calloc(places, sizeof(struct http_connection));
    io->arena = arena_new(shared->arena_ceiling);
    if (io->places == NULL || io->arena == NULL || !prepare_events(io))
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
    struct inbox inbox = empty_inbox(io);
    for (size_t i = 0; i < inbox.n; i++)
        refuse_arrival(io, &inbox.arrivals[i]);
    free(inbox.arrivals);
    while (inbox.done != NULL) {
        struct http_job *job = inbox.done;
        inbox.done = job->next;
        http_job_free(job);
    }
    http_served_release(inbox.served);
}

void http_io_end(struct http_io *io)
{
    if (io->shared == NULL)
        return;
    drop_inbox(io);
    http_job_free(io->spare);
    http_served_release(io->served);
    buffer_pool_end(&io->pool);
    arena_end(io->arena);
    free(io->places);
    if (io->base != NULL)
        event_base_free(io->base);
    if (io->wake_fd >= 0)
        (void)close(io->wake_fd);
    (void)pthread_mutex_destroy(&io->lock);
}
