/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_inbox.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Jobs that may lie here without a word: each keeps the memory of its request. */
enum { SILENT_MAX = 64 };

bool http_inbox_prepare(struct http_inbox *inbox)
{
    (void)pthread_mutex_init(&inbox->lock, NULL);
    inbox->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return inbox->wake_fd >= 0;
}

void http_inbox_end(struct http_inbox *inbox)
{
    if (inbox->wake_fd >= 0)
        (void)close(inbox->wake_fd);
    (void)pthread_mutex_destroy(&inbox->lock);
}

static void wake(const struct http_inbox *inbox)
{
    uint64_t once = 1;
    (void)!write(inbox->wake_fd, &once, sizeof once);
}

/* Under the lock: whether the caller has to wake the I/O thread afterwards. */
static bool call(struct http_inbox *inbox)
{
    bool first = !inbox->called;
    inbox->called = true;
    return first;
}

/* Room for one more arrival; under the lock. */
static bool make_room(struct http_inbox *inbox)
{
    if (inbox->arrivals_n < inbox->arrivals_room)
        return true;
    size_t room = inbox->arrivals_room == 0 ? 64 : 2 * inbox->arrivals_room;
    struct http_arrival *at = realloc(inbox->arrivals, room * sizeof *at);
    if (at == NULL)
        return false;
    inbox->arrivals = at;
    inbox->arrivals_room = room;
    return true;
}

bool http_inbox_arrive(struct http_inbox *inbox, const struct http_arrival *arrival)
{
    (void)pthread_mutex_lock(&inbox->lock);
    bool taken = make_room(inbox);
    if (taken)
        inbox->arrivals[inbox->arrivals_n++] = *arrival;
    bool wakes = taken && call(inbox);
    (void)pthread_mutex_unlock(&inbox->lock);
    if (wakes)
        wake(inbox);
    return taken;
}

void http_inbox_done(struct http_inbox *inbox, struct http_job *job, bool tell)
{
    (void)pthread_mutex_lock(&inbox->lock);
    job->next = inbox->done;
    inbox->done = job;
    inbox->done_n++;
    bool told = tell || job->tell || inbox->stop_ms != 0 || inbox->done_n >= SILENT_MAX;
    bool wakes = told && call(inbox);
    (void)pthread_mutex_unlock(&inbox->lock);
    if (wakes)
        wake(inbox);
}

void http_inbox_serve(struct http_inbox *inbox, struct http_served *served)
{
    (void)pthread_mutex_lock(&inbox->lock);
    struct http_served *never = inbox->next_served;
    inbox->next_served = served;
    bool wakes = call(inbox);
    (void)pthread_mutex_unlock(&inbox->lock);
    http_served_release(never);
    if (wakes)
        wake(inbox);
}

void http_inbox_stop(struct http_inbox *inbox, int64_t stop_ms)
{
    (void)pthread_mutex_lock(&inbox->lock);
    inbox->stop_ms = stop_ms;
    bool wakes = call(inbox);
    (void)pthread_mutex_unlock(&inbox->lock);
    if (wakes)
        wake(inbox);
}

struct http_inbox_found http_inbox_empty(struct http_inbox *inbox, struct http_job *asked)
{
    (void)pthread_mutex_lock(&inbox->lock);
    struct http_inbox_found found = { inbox->arrivals, inbox->arrivals_n, inbox->done,
                                      inbox->next_served, inbox->stop_ms };
    inbox->arrivals = NULL;
    inbox->arrivals_n = 0;
    inbox->arrivals_room = 0;
    inbox->done = NULL;
    inbox->done_n = 0;
    inbox->called = false;
    inbox->next_served = NULL;
    if (asked != NULL)
        asked->tell = true;
    (void)pthread_mutex_unlock(&inbox->lock);
    return found;
}
