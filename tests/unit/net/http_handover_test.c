/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workers send their replies themselves: what may happen to a connection meanwhile.
 */
#include "http_world.h"

#include "base/time.h"
#include "net/http_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define H "Host: a.test\r\n"

static void until_open(struct world *w, uint64_t n)
{
    for (int i = 0; i < 1000 && world_counters(w).open != n; i++)
        (void)usleep(10000);
    assert_int_equal(world_counters(w).open, n);
}

static int held_request(struct world *w)
{
    int fd = client_connect(w);
    client_send(fd, "GET /gate HTTP/1.1\r\n" H "\r\n");
    gate_wait(w, 1);
    return fd;
}

/* Whoever has an answer finds it counted, also while the I/O thread has not heard of it. */
static void what_a_worker_answers_is_counted_at_once(void **state)
{
    struct world *w = *state;
    world_start(w);
    int fd = client_connect(w);
    for (uint64_t i = 1; i <= 300; i++) {
        client_send(fd, "GET /x HTTP/1.1\r\n" H "\r\n");
        assert_string_equal(client_read(w, fd).body, "GET /x?");
        struct http_counters counters = world_counters(w);
        assert_int_equal(counters.responses[2], i);
        assert_int_equal(counters.requests, i);
    }
    assert_int_equal(world_counters(w).open, 1);
    (void)close(fd);
    until_open(w, 0);
}

/* DO-06: its deadline is that of a connection at rest, not that of a request. */
static void a_connection_that_was_answered_is_idle(void **state)
{
    struct world *w = *state;
    w->plan.deadlines = (struct http_deadlines){ .queue = 200, .handler = 200, .idle = 300 };
    world_start(w);
    int fd = client_connect(w);
    int64_t began = time_monotonic_ms();
    client_send(fd, "GET /x HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(client_read(w, fd).status, 200);
    assert_true(client_at_end(fd));
    assert_in_range(time_monotonic_ms() - began, 300, 3000);
    struct http_counters counters = world_counters(w);
    assert_int_equal(counters.timeouts[HTTP_PHASE_IDLE], 1);
    assert_int_equal(counters.timeouts[HTTP_PHASE_QUEUE], 0);
    assert_int_equal(counters.timeouts[HTTP_PHASE_HANDLER], 0);
    assert_int_equal(counters.responses[5], 0);
    (void)close(fd);
}

/* It is closed at once, though the I/O thread has not heard yet that it rests. */
static void stopping_does_not_wait_for_a_connection_that_was_answered(void **state)
{
    struct world *w = *state;
    world_start(w);
    int fd = client_connect(w);
    client_send(fd, "GET /x HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(client_read(w, fd).status, 200);
    int64_t began = time_monotonic_ms();
    http_server_stop(w->server, 20000);
    w->server = NULL;
    assert_true(time_monotonic_ms() - began < 10000);
    assert_true(client_at_end(fd));
    (void)close(fd);
}

/* RFC 9112 9.3.2: what comes while a worker has the request before is answered after it. */
static void what_comes_meanwhile_is_answered_next(void **state)
{
    struct world *w = *state;
    world_start(w);
    int fd = held_request(w);
    client_send(fd, "GET /y HTTP/1.1\r\n" H "\r\nGET /inline HTTP/1.1\r\n" H "\r\nGET /z HT");
    uint64_t before = world_counters(w).requests;
    gate_open(w);
    assert_string_equal(client_read(w, fd).body, "GET /gate?");
    assert_string_equal(client_read(w, fd).body, "GET /y?");
    assert_string_equal(client_read(w, fd).body, "hello");
    client_send(fd, "TP/1.1\r\n" H "\r\n");
    assert_string_equal(client_read(w, fd).body, "GET /z?");
    assert_int_equal(before, 1);
    (void)close(fd);
}

/* RFC 9112 9.6: who writes no more still reads; then the connection ends. */
static void who_closes_one_direction_gets_the_answer(void **state)
{
    struct world *w = *state;
    world_start(w);
    int fd = held_request(w);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    gate_open(w);
    assert_string_equal(client_read(w, fd).body, "GET /gate?");
    assert_true(client_at_end(fd));
    (void)close(fd);
    until_open(w, 0);
}

/* ME-06: one that vanishes while a worker has its request, or its reply half written, is closed. */
static void who_vanishes_meanwhile_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct linger reset = { 1, 0 };
    world_start(w);
    int gone[3];
    gone[0] = held_request(w);
    gone[1] = client_connect(w);
    client_send(gone[1], "GET /gate HTTP/1.1\r\n" H "\r\n");
    gate_wait(w, 2);
    (void)setsockopt(gone[0], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    (void)close(gone[0]);
    (void)close(gone[1]);
    gate_open(w);
    until_open(w, 0);
    gone[2] = client_connect(w);
    client_send(gone[2], "GET /big?4000000 HTTP/1.1\r\n" H "\r\n");
    for (int i = 0; i < 500 && world_counters(w).bytes_out == 0; i++)
        (void)usleep(10000);
    (void)setsockopt(gone[2], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    (void)close(gone[2]);
    until_open(w, 0);
}

/* What does not fit into the socket is written on by the I/O thread; then the next is answered. */
static void a_reply_that_does_not_fit_is_written_to_its_end(void **state)
{
    struct world *w = *state;
    world_start(w);
    int fd = client_connect(w);
    for (int i = 0; i < 3; i++) {
        client_send(fd, "GET /big?3900000 HTTP/1.1\r\n" H "\r\nGET /x HTTP/1.1\r\n" H "\r\n");
        (void)usleep(20000);
        assert_int_equal(client_read(w, fd).body_n, 3900000);
        assert_string_equal(client_read(w, fd).body, "GET /x?");
    }
    (void)close(fd);
}

struct crowd {
    struct world *w;
    _Atomic bool ends;
    _Atomic uint64_t good, late, lost, foreign;
};

struct member {
    struct crowd *crowd;
    unsigned number;
};

/* The body of what is in `got`, if it is an answer that is there as a whole. */
static const char *body_of(char *got, ssize_t n)
{
    got[n > 0 ? n : 0] = '\0';
    const char *end = strstr(got, "\r\n\r\n");
    return end == NULL ? NULL : end + 4;
}

/* One request that names itself, on a connection that may be closed at any time. */
static bool ask_once(struct member *m, int fd, unsigned i)
{
    struct crowd *crowd = m->crowd;
    char text[128], got[1024], expected[64];
    unsigned us = 1000 + (i * 7919 + m->number * 104729) % 3000;
    (void)snprintf(text, sizeof text, "GET /slow?%u HTTP/1.1\r\n" H "X-N: %u\r\n\r\n", us, i);
    (void)snprintf(expected, sizeof expected, "GET /slow?%u", us);
    client_send(fd, text);
    if (i % 5 == m->number % 5)
        return false;
    ssize_t n = recv(fd, got, sizeof got - 1, 0);
    const char *body = body_of(got, n);
    bool good = body != NULL && strncmp(got, "HTTP/1.1 200", 12) == 0;
    bool late = body != NULL && strncmp(got, "HTTP/1.1 503", 12) == 0;
    (void)atomic_fetch_add(good ? &crowd->good : late ? &crowd->late : &crowd->lost, 1);
    if (good && strcmp(body, expected) != 0)
        (void)atomic_fetch_add(&crowd->foreign, 1);
    return good;
}

static void *ask_and_vanish(void *arg)
{
    struct member *m = arg;
    int fd = -1;
    for (unsigned i = 0; !atomic_load(&m->crowd->ends) && i < 400; i++) {
        if (fd < 0)
            fd = client_connect(m->crowd->w);
        if (ask_once(m, fd, i))
            continue;
        (void)close(fd);
        fd = -1;
    }
    if (fd >= 0)
        (void)close(fd);
    return NULL;
}

/*
 * ME-06: requests that take about as long as they may, by clients half of which vanish: a worker
 * writes while the I/O thread gives up, closes, and gives the number of the descriptor to the next.
 * Each request has one answer or none, and nobody sees that of another.
 */
static void no_reply_goes_to_another_connection(void **state)
{
    struct world *w = *state;
    enum { MEMBERS = 8 };
    struct crowd crowd = { .w = w };
    struct member members[MEMBERS];
    pthread_t threads[MEMBERS];
    w->plan.workers[HTTP_PLAIN] = 6;
    w->plan.deadlines = (struct http_deadlines){ .queue = 2, .handler = 1, .linger = 50 };
    world_start(w);
    for (unsigned i = 0; i < MEMBERS; i++) {
        members[i] = (struct member){ &crowd, i };
        assert_int_equal(pthread_create(&threads[i], NULL, ask_and_vanish, &members[i]), 0);
    }
    for (unsigned i = 0; i < MEMBERS; i++)
        (void)pthread_join(threads[i], NULL);
    until_open(w, 0);
    for (int i = 0; i < 500 && world_counters(w).running[HTTP_PLAIN] > 0; i++)
        (void)usleep(10000);
    struct http_counters counters = world_counters(w);
    assert_int_equal(crowd.foreign, 0);
    assert_int_equal(crowd.lost, 0);
    assert_true(crowd.good + crowd.late > 0);
    assert_true(counters.responses[2] >= crowd.good);
    assert_true(counters.responses[5] >= crowd.late);
    assert_int_equal(counters.requests, counters.responses[2] + counters.responses[5]);
}

/* What went wrong with a connection is not what the worker's next failure is told to come from. */
static void a_broken_connection_leaves_no_error_to_the_worker(void **state)
{
    (void)state;
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    assert_non_null(tls);
    SSL *ssl = SSL_new(tls);
    assert_non_null(ssl);
    /* It has no handshake to do, which is an error that OpenSSL tells. */
    assert_true(SSL_write(ssl, "x", 1) < 0);
    assert_int_not_equal(ERR_peek_error(), 0);
    assert_int_equal(http_stream_put(ssl, -1, "x", 1), HTTP_STREAM_BROKEN);
    assert_int_equal(ERR_peek_error(), 0);
    SSL_free(ssl);
    SSL_CTX_free(tls);
}

static void *ask_until_refused(void *arg)
{
    struct crowd *crowd = arg;
    char got[4096];
    while (!atomic_load(&crowd->ends)) {
        int fd = client_connect(crowd->w);
        do {
            client_send(fd, "GET /x HTTP/1.1\r\n" H "\r\n");
        } while (recv(fd, got, sizeof got, 0) > 0 && !atomic_load(&crowd->ends));
        (void)close(fd);
    }
    return NULL;
}

static int open_fds(void)
{
    int n = 0;
    for (int fd = 0; fd < 1024; fd++) {
        struct stat status;
        n += fstat(fd, &status) == 0;
    }
    return n;
}

/* ME-06: cut in the middle of everything, again and again; nothing is written to or left open. */
static void stopping_while_workers_send_does_no_harm(void **state)
{
    struct world *w = *state;
    enum { ROUNDS = 20, CLIENTS = 4 };
    int before = open_fds();
    for (int round = 0; round < ROUNDS; round++) {
        struct crowd crowd = { .w = w };
        pthread_t clients[CLIENTS];
        world_start(w);
        for (int i = 0; i < CLIENTS; i++)
            assert_int_equal(pthread_create(&clients[i], NULL, ask_until_refused, &crowd), 0);
        for (int i = 0; i < 5000 && world_counters(w).responses[2] < 50; i++)
            (void)usleep(1000);
        assert_true(world_counters(w).responses[2] >= 50);
        /* No new connections, as nobody would be there to take them. */
        atomic_store(&crowd.ends, true);
        http_server_stop(w->server, round % 2 == 0 ? 0 : 1000);
        w->server = NULL;
        for (int i = 0; i < CLIENTS; i++)
            (void)pthread_join(clients[i], NULL);
    }
    assert_int_equal(open_fds(), before);
    assert_int_equal(w->opened, w->closed);
    assert_int_equal(w->released, ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_a_worker_answers_is_counted_at_once),
        WORLD_TEST(a_connection_that_was_answered_is_idle),
        WORLD_TEST(stopping_does_not_wait_for_a_connection_that_was_answered),
        WORLD_TEST(what_comes_meanwhile_is_answered_next),
        WORLD_TEST(who_closes_one_direction_gets_the_answer),
        WORLD_TEST(who_vanishes_meanwhile_leaves_nothing),
        WORLD_TEST(a_reply_that_does_not_fit_is_written_to_its_end),
        WORLD_TEST(no_reply_goes_to_another_connection),
        cmocka_unit_test(a_broken_connection_leaves_no_error_to_the_worker),
        WORLD_TEST(stopping_while_workers_send_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
