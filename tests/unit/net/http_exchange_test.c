/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request whose time of waiting ends while a worker takes it.
 */
#include "http_world.h"

#include "net/http_exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define H "Host: a.test\r\n"

/* A client may send again what no worker took: one that has just taken it goes on, and is waited
 * for.  The connection is as it is at the end of the time of waiting. */
static void what_a_worker_has_begun_is_not_refused_as_waiting(void **state)
{
    struct world *w = *state;
    struct http_shared shared = { 0 };
    struct http_served served = { .references = 1 };
    struct http_io io = { .shared = &shared, .served = &served, .arena = w->arena };
    struct http_job *job = http_job_new();
    struct http_connection k = { .io = &io, .job = job, .phase = HTTP_PHASE_QUEUE };
    const struct http_refusal busy = { 503, "no worker took the request in time" };
    assert_non_null(job);
    atomic_store(&job->state, HTTP_JOB_RUNNING);
    assert_int_equal(http_exchange_refuse(&k, &busy, 1), HTTP_GO_WAIT);
    assert_int_equal(job->state, HTTP_JOB_RUNNING);
    assert_ptr_equal(k.job, job);
    assert_null(k.out);
    /* Its time with the worker has an end, too. */
    k.phase = HTTP_PHASE_HANDLER;
    assert_true(http_exchange_forget(&k));
    assert_int_equal(job->state, HTTP_JOB_ABANDONED);
    http_job_free(job);
}

struct crowd {
    struct world *w;
    _Atomic uint64_t good, late, lost;
};

static void *ask_at_the_deadline(void *arg)
{
    struct crowd *crowd = arg;
    for (unsigned i = 0; i < 300; i++) {
        char got[1024];
        int fd = client_connect(crowd->w);
        client_send(fd, "GET /slow?2000 HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
        ssize_t n = recv(fd, got, sizeof got, 0);
        bool good = n > 12 && memcmp(got, "HTTP/1.1 200", 12) == 0;
        bool late = n > 12 && memcmp(got, "HTTP/1.1 503", 12) == 0;
        (void)atomic_fetch_add(good ? &crowd->good : late ? &crowd->late : &crowd->lost, 1);
        (void)close(fd);
    }
    return NULL;
}

/* Workers take requests as their time of waiting ends: what was refused was never run. */
static void what_was_refused_as_waiting_was_never_run(void **state)
{
    struct world *w = *state;
    enum { MEMBERS = 6 };
    struct crowd crowd = { .w = w };
    pthread_t threads[MEMBERS];
    w->plan.deadlines = (struct http_deadlines){ .queue = 3, .linger = 50 };
    world_start(w);
    for (unsigned i = 0; i < MEMBERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_at_the_deadline, &crowd), 0);
    for (unsigned i = 0; i < MEMBERS; i++)
        (void)pthread_join(threads[i], NULL);
    for (int i = 0; i < 1000 && world_counters(w).open > 0; i++)
        (void)usleep(10000);
    struct http_counters counters = world_counters(w);
    assert_int_equal(crowd.lost, 0);
    assert_true(crowd.good > 0);
    assert_int_equal(counters.dropped, 0);
    assert_int_equal(counters.responses[2], crowd.good);
    assert_int_equal(counters.responses[5], crowd.late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_a_worker_has_begun_is_not_refused_as_waiting),
        WORLD_TEST(what_was_refused_as_waiting_was_never_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
