/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_accept.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPTS_PER_EVENT = 64, PAUSE_MS = 100 };

struct listener {
    struct http_accept *accept;
    struct event event;
    struct http_listening listening;
    bool plain;
    unsigned number;
};

struct http_accept {
    struct http_shared *shared;
    struct event resume; /* when descriptors had run out */
    bool begun;
    size_t n;
    struct listener at[];
};

static struct http_io *least_loaded(struct http_shared *shared)
{
    struct http_io *best = &shared->ios[0];
    for (unsigned i = 1; i < shared->ios_n; i++)
        if (atomic_load(&shared->ios[i].load) < atomic_load(&best->load))
            best = &shared->ios[i];
    return best;
}

/* Whether the caps let the connection in; it is counted then. */
static bool admit(struct http_shared *shared, struct http_arrival *arrival)
{
    struct http_io *first = &shared->ios[0];
    struct cidrs trusted = first->served->application.trusted;
    if (atomic_load(&shared->open) >= shared->connections_max) {
        http_count(&first->totals.rejected_total, 1);
        return false;
    }
    arrival->is_counted = arrival->is_ip && !cidrs_hold(trusted, &arrival->address);
    if (arrival->is_counted &&
        !http_peers_add(shared->peers, &arrival->address, shared->address_connections_max)) {
        http_count(&first->totals.rejected_address, 1);
        return false;
    }
    return true;
}

/* Takes one connection; false if there is none, or it cannot be taken now. */
static bool accept_one(struct listener *l)
{
    struct http_shared *shared = l->accept->shared;
    struct sockaddr_storage from = { 0 };
    socklen_t size = sizeof from;
    int fd = accept4(event_get_fd(&l->event), (struct sockaddr *)&from, &size,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return errno == ECONNABORTED || errno == EINTR;
    struct http_arrival arrival = { .fd = fd,
                                    .plain = l->plain,
                                    .listener = (uint8_t)(l - l->accept->at) };
    arrival.is_ip = address_of_socket((const struct sockaddr *)&from, &arrival.address);
    if (!admit(shared, &arrival)) {
        (void)close(fd);
        return true;
    }
    struct http_io *io = least_loaded(shared);
    (void)atomic_fetch_add(&shared->open, 1);
    (void)atomic_fetch_add(&io->load, 1);
    http_io_arrive(io, &arrival);
    return true;
}

static void pause_all(struct http_accept *accept)
{
    struct timeval pause = { 0, PAUSE_MS * 1000 };
    for (size_t i = 0; i < accept->n; i++)
        (void)event_del(&accept->at[i].event);
    (void)event_add(&accept->resume, &pause);
}

static void on_connection(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;
    (void)fd;
    (void)what;
    for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
        errno = 0;
        if (accept_one(l))
            continue;
        /* Without descriptors or memory the listener would stay readable: wait a little. */
        if (errno != EAGAIN)
            pause_all(l->accept);
        return;
    }
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
    struct http_accept *accept = arg;
    (void)fd;
    (void)what;
    for (size_t i = 0; i < accept->n; i++)
        (void)event_add(&accept->at[i].event, NULL);
}

RESULT http_accept_new(struct ctx *c, struct http_shared *shared,
                       const struct http_listener *listeners, size_t n, struct http_accept **out)
{
    struct http_accept *accept = calloc(1, sizeof *accept + n * sizeof accept->at[0]);
    if (accept == NULL)
        return fail(c, UNAVAILABLE, "no memory for listeners");
    accept->shared = shared;
    for (size_t i = 0; i < n; i++) {
        struct listener *l = &accept->at[i];
        l->accept = accept;
        l->plain = listeners[i].plain;
        l->number = listeners[i].number;
        err listened = http_listen(c, &listeners[i], &l->listening);
        if (listened.code != ERR_OK) {
            http_accept_free(accept);
            return listened;
        }
        accept->n++;
    }
    *out = accept;
    return ok();
}

RESULT http_accept_begin(struct ctx *c, struct http_accept *accept)
{
    struct event_base *base = accept->shared->ios[0].base;
    accept->begun = true;
    bool good = event_assign(&accept->resume, base, -1, 0, on_resume, accept) == 0;
    for (size_t i = 0; i < accept->n; i++) {
        struct listener *l = &accept->at[i];
        good = event_assign(&l->event, base, l->listening.fd, EV_READ | EV_PERSIST, on_connection,
                            l) == 0 &&
               event_add(&l->event, NULL) == 0 && good;
    }
    return good ? ok() : fail(c, UNAVAILABLE, "no memory for listeners");
}

void http_accept_stop(struct http_accept *accept)
{
    for (size_t i = 0; i < accept->n; i++) {
        if (accept->begun)
            (void)event_del(&accept->at[i].event);
        http_listening_end(&accept->at[i].listening);
    }
    if (accept->begun)
        (void)event_del(&accept->resume);
    accept->begun = false;
}

void http_accept_free(struct http_accept *accept)
{
    if (accept == NULL)
        return;
    http_accept_stop(accept);
    free(accept);
}

const char *http_accept_name(const struct http_accept *accept, size_t i)
{
    must(i < accept->n);
    return accept->at[i].listening.name;
}

unsigned http_accept_number(const struct http_accept *accept, size_t i)
{
    must(i < accept->n);
    return accept->at[i].number;
}
