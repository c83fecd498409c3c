/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running server under pressure: deadlines, full queues, caps, clients that vanish.
 */
#include "http_world.h"

#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define H "Host: a.test\r\n"

/* Sends `text`, then one byte every 20 ms, until the server ends it; how long that took. */
static int64_t drip(int fd, const char *text)
{
    struct timespec pause = { 0, 20 * 1000 * 1000 };
    int64_t began = time_monotonic_ms();
    client_send(fd, text);
    for (int i = 0; i < 250; i++) {
        char c;
        if (send(fd, "a", 1, MSG_NOSIGNAL) < 0 || recv(fd, &c, 1, MSG_DONTWAIT | MSG_PEEK) >= 0)
            break;
        (void)nanosleep(&pause, NULL);
    }
    return time_monotonic_ms() - began;
}

/* DO-06: progress does not renew a deadline. */
static void slow_clients_are_cut_at_the_deadline_of_the_phase(void **state)
{
    struct world *w = *state;
    w->plan.deadlines =
        (struct http_deadlines){ .head = 300, .body = 300, .idle = 300, .linger = 50 };
    world_start(w);
    int head = client_connect(w);
    assert_in_range(drip(head, "GET / HTTP/1.1\r\nX: "), 250, 1500);
    assert_int_equal(client_read(w, head).status, 408);
    int body = client_connect(w);
    assert_in_range(drip(body, "POST /echo HTTP/1.1\r\n" H "Content-Length: 1000\r\n\r\n"), 250,
                    1500);
    assert_int_equal(client_read(w, body).status, 408);
    int chunks = client_connect(w);
    assert_in_range(
        drip(chunks, "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3e8\r\n"), 250,
        1500);
    assert_int_equal(client_read(w, chunks).status, 408);
    int silent = client_connect(w);
    assert_true(client_at_end(silent));
    int idle = client_connect(w);
    client_send(idle, "GET /inline HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(client_read(w, idle).status, 200);
    assert_true(client_at_end(idle));
    struct http_counters counters = world_counters(w);
    assert_int_equal(counters.timeouts[HTTP_PHASE_HEAD], 2);
    assert_int_equal(counters.timeouts[HTTP_PHASE_BODY], 2);
    assert_int_equal(counters.timeouts[HTTP_PHASE_IDLE], 1);
    int all[] = { head, body, chunks, silent, idle };
    for (int i = 0; i < 5; i++)
        (void)close(all[i]);
}

/* DO-06: a client that does not read its answer. */
static void slow_readers_are_cut_at_the_deadline(void **state)
{
    struct world *w = *state;
    w->plan.deadlines = (struct http_deadlines){ .write = 300 };
    world_start(w);
    int fd = client_connect(w);
    for (int i = 0; i < 8; i++)
        client_send(fd, "GET /big?4000000 HTTP/1.1\r\n" H "\r\n");
    for (int i = 0; i < 200 && world_counters(w).timeouts[HTTP_PHASE_WRITE] == 0; i++)
        (void)usleep(10000);
    assert_int_equal(world_counters(w).timeouts[HTTP_PHASE_WRITE], 1);
    /* It is counted first, and cut then. */
    for (int i = 0; i < 200 && world_counters(w).open > 0; i++)
        (void)usleep(10000);
    assert_int_equal(world_counters(w).open, 0);
    (void)close(fd);
}

/* Decision 26, DO-12, DO-15: what waits for one kind of work does not stop the others. */
static void a_queue_that_is_stuck_does_not_hold_up_the_others(void **state)
{
    struct world *w = *state;
    world_start(w);
    static const char *const held[] = { "/gate-hash", "/gate-outbound" };
    int fds[2];
    for (int i = 0; i < 2; i++) {
        fds[i] = client_connect(w);
        client_send(fds[i], text_printf(w->arena, "GET %s HTTP/1.1\r\n" H "\r\n", held[i]));
    }
    gate_wait(w, 2);
    assert_int_equal(world_counters(w).running[HTTP_HASH], 1);
    assert_int_equal(client_ask(w, "GET /x HTTP/1.1\r\n" H "\r\n").status, 200);
    assert_int_equal(client_ask(w, "GET /inline HTTP/1.1\r\n" H "\r\n").status, 200);
    gate_open(w);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(client_read(w, fds[i]).status, 200);
        (void)close(fds[i]);
    }
}

/* DO-01: a full queue answers at once, and says when to come back. */
static void a_full_queue_refuses_at_once(void **state)
{
    struct world *w = *state;
    enum { MORE = 4, ALL = 2 + 16 + MORE };
    world_start(w);
    int fds[ALL];
    for (int i = 0; i < ALL; i++) {
        fds[i] = client_connect(w);
        client_send(fds[i], "GET /gate HTTP/1.1\r\n" H "\r\n");
        if (i == 1)
            gate_wait(w, 2);
    }
    for (int i = 0; i < 500 && world_counters(w).overloaded < MORE; i++)
        (void)usleep(10000);
    assert_int_equal(world_counters(w).overloaded, MORE);
    assert_int_equal(world_counters(w).queued[HTTP_PLAIN], 16);
    gate_open(w);
    int refused = 0;
    for (int i = 0; i < ALL; i++) {
        struct answer a = client_read(w, fds[i]);
        refused += a.status == 503 && strstr(a.head, "\r\nRetry-After: ") != NULL;
        assert_true(a.status == 503 || a.status == 200);
        (void)close(fds[i]);
    }
    assert_int_equal(refused, MORE);
}

static void gate_shut(struct world *w)
{
    (void)pthread_mutex_lock(&w->gate.lock);
    w->gate.open = false;
    (void)pthread_mutex_unlock(&w->gate.lock);
}

/* DO-01: where the wait would be too long, the answer is no at once, though there is room. */
static void a_wait_that_would_be_too_long_is_refused_at_once(void **state)
{
    struct world *w = *state;
    static const char outbound[] = "GET /gate-outbound HTTP/1.1\r\n" H "\r\n";
    w->plan.deadlines = (struct http_deadlines){ .queue = 100 };
    world_start(w);
    int slow = client_connect(w);
    client_send(slow, outbound);
    gate_wait(w, 1);
    /* One call of a second makes the average an eighth of it. */
    (void)usleep(1000000);
    gate_open(w);
    assert_int_equal(client_read(w, slow).status, 200);
    gate_shut(w);
    client_send(slow, outbound);
    gate_wait(w, 1);
    int waits = client_connect(w);
    client_send(waits, outbound);
    for (int i = 0; i < 500 && world_counters(w).requests < 3; i++)
        (void)usleep(1000);
    struct answer a = client_ask(w, outbound);
    assert_int_equal(a.status, 503);
    assert_non_null(strstr(a.head, "\r\nRetry-After: 1\r\n"));
    assert_int_equal(world_counters(w).overloaded, 1);
    gate_open(w);
    assert_int_equal(client_read(w, slow).status, 200);
    (void)close(slow);
    (void)close(waits);
}

/* under a flood most of what waits is given up; that says nothing of how long a job takes. */
static void what_nobody_waits_for_any_more_does_not_shorten_the_expected_wait(void **state)
{
    struct world *w = *state;
    static const char outbound[] = "GET /gate-outbound HTTP/1.1\r\n" H "\r\n";
    enum { GONE = 10 };
    int gone[GONE];
    w->plan.deadlines = (struct http_deadlines){ .queue = 200 };
    world_start(w);
    int slow = client_connect(w);
    client_send(slow, outbound);
    gate_wait(w, 1);
    for (int i = 0; i < GONE; i++) {
        gone[i] = client_connect(w);
        client_send(gone[i], outbound);
    }
    /* One call of a second makes the average an eighth of it; by then the others were refused. */
    (void)usleep(1000000);
    gate_open(w);
    assert_int_equal(client_read(w, slow).status, 200);
    for (int i = 0; i < 500 && world_counters(w).queued[HTTP_OUTBOUND] > 0; i++)
        (void)usleep(1000);
    gate_shut(w);
    client_send(slow, outbound);
    gate_wait(w, 1);
    int waits = client_connect(w);
    client_send(waits, outbound);
    for (int i = 0; i < 500 && world_counters(w).queued[HTTP_OUTBOUND] < 1; i++)
        (void)usleep(1000);
    uint64_t before = world_counters(w).overloaded;
    assert_int_equal(client_ask(w, outbound).status, 503);
    assert_int_equal(world_counters(w).overloaded, before + 1);
    gate_open(w);
    assert_int_equal(client_read(w, slow).status, 200);
    for (int i = 0; i < GONE; i++)
        (void)close(gone[i]);
    (void)close(slow);
    (void)close(waits);
}

static void a_request_that_no_worker_takes_in_time_is_refused(void **state)
{
    struct world *w = *state;
    w->plan.deadlines = (struct http_deadlines){ .queue = 200, .handler = 30000 };
    world_start(w);
    int held[2];
    for (int i = 0; i < 2; i++) {
        held[i] = client_connect(w);
        client_send(held[i], "GET /gate HTTP/1.1\r\n" H "\r\n");
    }
    gate_wait(w, 2);
    struct answer late = client_ask(w, "GET /x HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(late.status, 503);
    assert_non_null(strstr(late.head, "\r\nRetry-After: 1\r\n"));
    /* Those that a worker had in time have the handler's deadline now. */
    (void)usleep(300000);
    gate_open(w);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(client_read(w, held[i]).status, 200);
        (void)close(held[i]);
    }
    assert_int_equal(client_ask(w, "GET /x HTTP/1.1\r\n" H "\r\n").status, 200);
}

/* ME-06: the worker's late reply finds neither the connection nor the one that has its place now.
 */
static void a_reply_after_the_deadline_is_dropped(void **state)
{
    struct world *w = *state;
    w->plan.io_threads = 1;
    w->plan.deadlines = (struct http_deadlines){ .queue = 100, .handler = 200, .linger = 50 };
    world_start(w);
    struct answer late = client_ask(w, "GET /gate HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(late.status, 503);
    for (int i = 0; i < 200 && world_counters(w).open > 0; i++)
        (void)usleep(10000);
    int fd = client_connect(w);
    client_send(fd, "GET /x HTTP/1.1\r\n" H "\r\n");
    assert_string_equal(client_read(w, fd).body, "GET /x?");
    gate_open(w);
    for (int i = 0; i < 200 && world_counters(w).dropped == 0; i++)
        (void)usleep(10000);
    assert_int_equal(world_counters(w).dropped, 1);
    client_send(fd, "GET /y HTTP/1.1\r\n" H "\r\n");
    assert_string_equal(client_read(w, fd).body, "GET /y?");
    (void)close(fd);
}

static void count_fds(int *out)
{
    *out = 0;
    for (int fd = 0; fd < 1024; fd++) {
        struct stat status;
        *out += fstat(fd, &status) == 0;
    }
}

/* HT-15, ME-06: the client resets at every byte of every kind of request; nothing leaks or breaks.
 */
static void resets_at_every_byte_do_no_harm(void **state)
{
    struct world *w = *state;
    world_start(w);
    static const char *const texts[] = {
        "GET /inline HTTP/1.1\r\n" H "\r\n",
        "GET /x HTTP/1.1\r\n" H "\r\nGET /y HTTP/1.1\r\n" H "\r\n",
        "POST /echo HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello",
        "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "GET /big?100000 HTTP/1.1\r\n" H "\r\n",
    };
    struct linger reset = { 1, 0 };
    int before = 0;
    int after = 0;
    int asked = client_connect(w);
    client_send(asked, "GET /inline HTTP/1.1\r\n" H "\r\n");
    (void)client_read(w, asked);
    count_fds(&before);
    uint64_t made = 1;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t n = 0; n <= strlen(texts[i]); n++, made++) {
            int fd = client_connect(w);
            client_send_bytes(fd, texts[i], n);
            (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            (void)close(fd);
        }
    /* The last ones may be on their way to be accepted, and have descriptors later. */
    for (int i = 0; i < 500 && world_counters(w).accepted < made; i++)
        (void)usleep(10000);
    assert_int_equal(world_counters(w).accepted, made);
    for (int i = 0; i < 500 && world_counters(w).open > 1; i++)
        (void)usleep(10000);
    assert_int_equal(world_counters(w).open, 1);
    count_fds(&after);
    assert_int_equal(after, before);
    client_send(asked, "GET /x HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(client_read(w, asked).status, 200);
    (void)close(asked);
}

/* DO-06: an address has its share of the connections, and all together have an end. */
static void connections_are_capped_per_address_and_in_total(void **state)
{
    struct world *w = *state;
    w->plan.connections_max = 8;
    w->plan.address_connections_max = 3;
    world_start(w);
    int fds[4];
    for (int i = 0; i < 4; i++) {
        fds[i] = client_connect(w);
        client_send(fds[i], "GET /inline HTTP/1.1\r\n" H "\r\n");
        assert_int_equal(client_read(w, fds[i]).status, i < 3 ? 200 : 0);
    }
    assert_int_equal(world_counters(w).rejected_address, 1);
    (void)close(fds[0]);
    for (int i = 0; i < 200 && world_counters(w).open > 2; i++)
        (void)usleep(10000);
    assert_int_equal(client_ask(w, "GET /inline HTTP/1.1\r\n" H "\r\n").status, 200);
    for (int i = 1; i < 4; i++)
        (void)close(fds[i]);
}

static void trusted_proxies_have_no_share_but_the_total_holds(void **state)
{
    struct world *w = *state;
    w->plan.connections_max = 4;
    w->plan.address_connections_max = 1;
    world_trust(w, "127.0.0.0/8");
    world_start(w);
    int fds[5];
    for (int i = 0; i < 5; i++) {
        fds[i] = client_connect(w);
        client_send(fds[i], "GET /inline HTTP/1.1\r\n" H "\r\n");
        assert_int_equal(client_read(w, fds[i]).status, i < 4 ? 200 : 0);
    }
    assert_int_equal(world_counters(w).rejected_total, 1);
    for (int i = 0; i < 5; i++)
        (void)close(fds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(slow_clients_are_cut_at_the_deadline_of_the_phase),
        WORLD_TEST(slow_readers_are_cut_at_the_deadline),
        WORLD_TEST(a_queue_that_is_stuck_does_not_hold_up_the_others),
        WORLD_TEST(a_full_queue_refuses_at_once),
        WORLD_TEST(a_wait_that_would_be_too_long_is_refused_at_once),
        WORLD_TEST(what_nobody_waits_for_any_more_does_not_shorten_the_expected_wait),
        WORLD_TEST(a_request_that_no_worker_takes_in_time_is_refused),
        WORLD_TEST(a_reply_after_the_deadline_is_dropped),
        WORLD_TEST(resets_at_every_byte_do_no_harm),
        WORLD_TEST(connections_are_capped_per_address_and_in_total),
        WORLD_TEST(trusted_proxies_have_no_share_but_the_total_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
