/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running server over real sockets: order, framing, deadlines, overload, drain and swap.
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

static void a_request_is_answered(void **state)
{
    struct world *w = *state;
    world_start(w);
    static const char *const requests[] = { "/inline", "/x?y=1" };
    static const char *const bodies[] = { "hello", "GET /x?y=1" };
    for (int i = 0; i < 2; i++) {
        struct answer a =
            client_ask(w, text_printf(w->arena, "GET %s HTTP/1.1\r\n" H "\r\n", requests[i]));
        assert_int_equal(a.status, 200);
        assert_string_equal(a.body, bodies[i]);
        assert_true(text_starts(a.head, "HTTP/1.1 200 OK\r\nDate: "));
        assert_non_null(strstr(a.head, " GMT\r\n"));
        assert_null(strstr(a.head, "Connection:"));
        /* SU-14: what it is and which version is nobody's business. */
        assert_null(strstr(a.head, "Server:"));
    }
    assert_int_equal(world_counters(w).responses[2], 2);
}

static void a_connection_is_kept_and_answers_come_in_order(void **state)
{
    struct world *w = *state;
    world_start(w);
    int fd = client_connect(w);
    struct text_buffer all = text_buffer(w->arena);
    for (int i = 0; i < 100; i++)
        text_addf(&all,
                  i % 3 == 0   ? "GET /inline?%d HTTP/1.1\r\n" H "\r\n"
                  : i % 3 == 1 ? "GET /x?%d HTTP/1.1\r\n" H "\r\n"
                               : "POST /echo HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\n%03d",
                  i);
    client_send(fd, text_of(&all));
    for (int i = 0; i < 100; i++) {
        struct answer a = client_read(w, fd);
        assert_int_equal(a.status, 200);
        const char *expected = i % 3 == 0   ? "hello"
                               : i % 3 == 1 ? text_printf(w->arena, "GET /x?%d", i)
                                            : text_printf(w->arena, "%03d", i);
        assert_string_equal(a.body, expected);
    }
    client_send(fd, "GET /inline HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
    struct answer last = client_read(w, fd);
    assert_non_null(strstr(last.head, "\r\nConnection: close\r\n"));
    assert_true(client_at_end(fd));
    (void)close(fd);
    assert_int_equal(world_counters(w).accepted, 1);
}

static void bodies_come_by_length_or_in_chunks_whole_or_in_pieces(void **state)
{
    struct world *w = *state;
    world_start(w);
    static const char *const paths[] = { "/echo", "/inline-echo" };
    for (int i = 0; i < 4; i++) {
        const char *framing = i < 2 ? "Content-Length: 11\r\n\r\nhello world"
                                    : "Transfer-Encoding: chunked\r\n\r\n"
                                      "5;x\r\nhello\r\n6\r\n world\r\n0\r\nT: x\r\n\r\n";
        const char *text =
            text_printf(w->arena, "POST %s HTTP/1.1\r\n" H "%s", paths[i % 2], framing);
        assert_string_equal(client_ask(w, text).body, "hello world");
        int fd = client_connect(w);
        for (const char *c = text; *c != '\0'; c++)
            client_send_bytes(fd, c, 1);
        client_send(fd, "GET /inline HTTP/1.1\r\n" H "\r\n");
        assert_string_equal(client_read(w, fd).body, "hello world");
        assert_string_equal(client_read(w, fd).body, "hello");
        (void)close(fd);
    }
}

static void head_has_the_length_but_no_body_and_204_has_neither(void **state)
{
    struct world *w = *state;
    world_start(w);
    int fd = client_connect(w);
    client_send(fd, "HEAD /inline HTTP/1.1\r\n" H "\r\nHEAD /x HTTP/1.1\r\n" H "\r\n"
                    "GET /no-content HTTP/1.1\r\n" H "\r\nGET /inline HTTP/1.1\r\n" H "\r\n");
    assert_non_null(strstr(client_read_head(w, fd).head, "\r\nContent-Length: 5\r\n"));
    assert_non_null(strstr(client_read_head(w, fd).head, "\r\nContent-Length: 8\r\n"));
    struct answer none = client_read(w, fd);
    assert_int_equal(none.status, 204);
    assert_null(strstr(none.head, "Content-Length"));
    assert_string_equal(client_read(w, fd).body, "hello");
    (void)close(fd);
}

static void http_1_0_is_closed_unless_it_asks(void **state)
{
    struct world *w = *state;
    world_start(w);
    int fd = client_connect(w);
    client_send(fd, "GET /inline HTTP/1.0\r\n" H "Connection: keep-alive\r\n\r\n");
    assert_non_null(strstr(client_read(w, fd).head, "\r\nConnection: keep-alive\r\n"));
    client_send(fd, "GET /inline HTTP/1.0\r\n" H "\r\n");
    assert_non_null(strstr(client_read(w, fd).head, "\r\nConnection: close\r\n"));
    assert_true(client_at_end(fd));
    (void)close(fd);
}

/* HT-01, lessons 2: what stands behind a refused head is never run as a request. */
static void a_refused_request_ends_the_connection(void **state)
{
    struct world *w = *state;
    world_start(w);
    static const char smuggled[] = "GET /x HTTP/1.1\r\n" H "\r\n";
    static const struct {
        int status;
        const char *text;
    } cases[] = {
        { 400, "POST /echo HTTP/1.1\r\n" H "Content-Length: 0\r\nContent-Length: 30\r\n\r\n" },
        { 400,
          "POST /echo HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { 400, "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n" },
        { 400, "POST /echo HTTP/1.1\r\n" H
               "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n" },
        { 400, "GET / HTTP/1.1\r\n\r\n" },
        { 413, "POST /echo HTTP/1.1\r\n" H "Content-Length: 1001\r\n\r\n" },
        { 413, "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" },
        { 413, "POST /echo HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n" },
        { 417, "POST /echo HTTP/1.1\r\n" H "Expect: x\r\nContent-Length: 1\r\n\r\n" },
        { 501, "BREW / HTTP/1.1\r\n" H "\r\n" },
        { 505, "GET / HTTP/3.0\r\n" H "\r\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int fd = client_connect(w);
        client_send(fd, text_printf(w->arena, "%s%s", cases[i].text, smuggled));
        struct answer a = client_read(w, fd);
        assert_int_equal(a.status, cases[i].status);
        assert_non_null(strstr(a.head, "\r\nConnection: close\r\n"));
        assert_non_null(strstr(a.head, "application/problem+json"));
        assert_true(client_at_end(fd));
        (void)close(fd);
    }
    assert_int_equal(world_counters(w).refused, sizeof cases / sizeof cases[0]);
    assert_non_null(
        strstr(client_ask(w, "TRACE / HTTP/1.1\r\n" H "\r\n").head, "\r\nAllow: GET, HEAD, POST"));
}

/* A client that writes on after a refusal still gets to read it. */
static void a_refusal_reaches_a_client_that_is_still_writing(void **state)
{
    struct world *w = *state;
    world_start(w);
    char *body = arena_alloc(w->arena, 100001);
    memset(body, 'a', 100000);
    int fd = client_connect(w);
    client_send(fd, "POST /echo HTTP/1.1\r\n" H "Content-Length: 100000\r\n\r\n");
    client_send(fd, body);
    assert_int_equal(client_read(w, fd).status, 413);
    (void)close(fd);
}

/* HT-09: the word to go on comes once, only when asked for, and not where the answer is known. */
static void a_client_that_expects_it_is_told_to_go_on(void **state)
{
    struct world *w = *state;
    world_start(w);
    int fd = client_connect(w);
    const char *head =
        "POST /echo HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    client_send(fd, head);
    struct answer first = client_read(w, fd);
    assert_string_equal(first.head, "HTTP/1.1 100 Continue\r\n\r\n");
    client_send(fd, "hello");
    assert_string_equal(client_read(w, fd).body, "hello");
    /* The body comes unasked: no word. */
    client_send(fd, text_printf(w->arena, "%sworld", head));
    assert_string_equal(client_read(w, fd).body, "world");
    client_send(fd, "POST /echo HTTP/1.1\r\n" H "Expect: 100-continue\r\n\r\n");
    assert_int_equal(client_read(w, fd).status, 200);
    (void)close(fd);
}

/* A client that shuts down its side after the request still gets the answer. */
static void half_closed_connections_are_answered(void **state)
{
    struct world *w = *state;
    world_start(w);
    static const char *const paths[] = { "/inline", "/x" };
    for (int i = 0; i < 2; i++) {
        int fd = client_connect(w);
        client_send(fd, text_printf(w->arena, "GET %s HTTP/1.1\r\n" H "\r\n", paths[i]));
        (void)shutdown(fd, SHUT_WR);
        assert_int_equal(client_read(w, fd).status, 200);
        assert_true(client_at_end(fd));
        (void)close(fd);
    }
}

static void a_large_answer_arrives_whole(void **state)
{
    struct world *w = *state;
    world_start(w);
    struct answer a = client_ask(w, "GET /big?3000000 HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(a.body_n, 3000000);
    for (size_t i = 0; i < a.body_n; i += 997)
        assert_int_equal(a.body[i], 0);
}

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
    assert_int_equal(world_counters(w).open, 0);
    (void)close(fd);
}

/* Decision 26, DO-12: what waits for one kind of work does not stop the others. */
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
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t n = 0; n <= strlen(texts[i]); n++) {
            int fd = client_connect(w);
            client_send_bytes(fd, texts[i], n);
            (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            (void)close(fd);
        }
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

static void *stop_server(void *arg)
{
    struct world *w = arg;
    http_server_stop(w->server, 5000);
    return NULL;
}

static void stopping_ends_requests_in_flight_first(void **state)
{
    struct world *w = *state;
    pthread_t stopper;
    world_start(w);
    int idle = client_connect(w);
    client_send(idle, "GET /inline HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(client_read(w, idle).status, 200);
    int busy = client_connect(w);
    client_send(busy, "GET /gate HTTP/1.1\r\n" H "\r\n");
    gate_wait(w, 1);
    assert_int_equal(pthread_create(&stopper, NULL, stop_server, w), 0);
    assert_true(client_at_end(idle));
    gate_open(w);
    struct answer a = client_read(w, busy);
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.head, "\r\nConnection: close\r\n"));
    assert_true(client_at_end(busy));
    (void)pthread_join(stopper, NULL);
    w->server = NULL;
    assert_int_equal(w->released, 1);
    assert_int_equal(w->opened, w->closed);
    (void)close(idle);
    (void)close(busy);
}

static void stopping_cuts_what_does_not_end(void **state)
{
    struct world *w = *state;
    world_start(w);
    int slow = client_connect(w);
    client_send(slow, "GET /x HTTP/1.1\r\n");
    client_send(slow, "X: ");
    for (int i = 0; i < 200 && world_counters(w).bytes_in < 20; i++)
        (void)usleep(10000);
    int64_t began = time_monotonic_ms();
    http_server_stop(w->server, 200);
    w->server = NULL;
    assert_in_range(time_monotonic_ms() - began, 150, 1500);
    assert_true(client_at_end(slow));
    (void)close(slow);
}

struct load {
    struct world *w;
    _Atomic bool ends;
    _Atomic int answers, serial;
};

static void *ask_on_and_on(void *arg)
{
    struct load *load = arg;
    char request[] = "GET /serial HTTP/1.1\r\n" H "\r\n";
    char got[1024];
    int fd = client_connect(load->w);
    while (!atomic_load(&load->ends)) {
        client_send(fd, request);
        ssize_t n = recv(fd, got, sizeof got - 1, 0);
        if (n <= 0)
            break;
        got[n] = '\0';
        const char *body = strstr(got, "\r\n\r\n");
        if (body == NULL || strncmp(got, "HTTP/1.1 200", 12) != 0)
            break;
        atomic_store(&load->serial, (int)strtol(body + 4, NULL, 10));
        (void)atomic_fetch_add(&load->answers, 1);
    }
    (void)close(fd);
    return NULL;
}

/* Decision 27: a thousand reloads under load; each application is released once, none too early. */
static void applications_are_swapped_under_load(void **state)
{
    struct world *w = *state;
    enum { SWAPS = 1000, CLIENTS = 4 };
    struct load load = { .w = w };
    pthread_t clients[CLIENTS];
    world_start(w);
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&clients[i], NULL, ask_on_and_on, &load), 0);
    for (int i = 2; i <= SWAPS + 1; i++) {
        struct http_application next = world_application(w, i);
        assert_int_equal(http_server_swap(&w->c, w->server, &next).code, ERR_OK);
    }
    for (int i = 0; i < 500 && atomic_load(&load.serial) != SWAPS + 1; i++)
        (void)usleep(10000);
    assert_int_equal(load.serial, SWAPS + 1);
    atomic_store(&load.ends, true);
    for (int i = 0; i < CLIENTS; i++)
        (void)pthread_join(clients[i], NULL);
    assert_true(load.answers > CLIENTS);
    world_stop(w);
    assert_int_equal(w->released, SWAPS + 1);
}

static void hash_workers_have_low_priority(void **state)
{
    struct world *w = *state;
    world_start(w);
    assert_string_equal(client_ask(w, "GET /nice HTTP/1.1\r\n" H "\r\n").body, "19");
}

static void a_socket_file_is_served_and_removed(void **state)
{
    struct world *w = *state;
    char folder[] = "/tmp/uauth-http-XXXXXX";
    struct stat status;
    assert_non_null(mkdtemp(folder));
    const char *path = text_printf(w->arena, "%s/s", folder);
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    memcpy(at.sun_path, path, strlen(path) + 1);
    /* One that nobody listens on is left over from before. */
    int stale = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(stale, (struct sockaddr *)&at, sizeof at), 0);
    (void)close(stale);
    w->listeners[1] =
        (struct http_listener){ .address = text_printf(w->arena, "unix:%s", path), .number = 9 };
    w->plan.listeners_n = 2;
    world_start(w);
    assert_string_equal(http_server_address(w->server, 1), w->listeners[1].address);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    client_send(fd, "GET /who HTTP/1.1\r\n" H "\r\n");
    assert_string_equal(client_read(w, fd).body, "unix http 9");
    struct http_server *second = NULL;
    assert_int_equal(http_server_start(&w->c, &w->plan, &second).code, ERR_UNAVAILABLE);
    fault_clear(&w->c);
    world_stop(w);
    assert_int_not_equal(lstat(path, &status), 0);
    (void)close(fd);
    (void)rmdir(folder);
}

static void addresses_that_cannot_be_listened_on_are_refused(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *address;
        enum err_code code;
    } cases[] = {
        { "nonsense", ERR_INVALID_FIELD },   { "127.0.0.1", ERR_INVALID_FIELD },
        { "unix:", ERR_INVALID_FIELD },      { "192.0.2.1:80", ERR_UNAVAILABLE },
        { "unix:/proc/x", ERR_UNAVAILABLE }, { "127.0.0.1:70000", ERR_INVALID_FIELD },
    };
    struct http_server *none = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        w->listeners[0].address = cases[i].address;
        assert_int_equal(http_server_start(&w->c, &w->plan, &none).code, cases[i].code);
        fault_clear(&w->c);
    }
    assert_null(none);
    assert_int_equal(w->opened, w->closed);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_request_is_answered),
        WORLD_TEST(a_connection_is_kept_and_answers_come_in_order),
        WORLD_TEST(bodies_come_by_length_or_in_chunks_whole_or_in_pieces),
        WORLD_TEST(head_has_the_length_but_no_body_and_204_has_neither),
        WORLD_TEST(http_1_0_is_closed_unless_it_asks),
        WORLD_TEST(a_refused_request_ends_the_connection),
        WORLD_TEST(a_refusal_reaches_a_client_that_is_still_writing),
        WORLD_TEST(a_client_that_expects_it_is_told_to_go_on),
        WORLD_TEST(half_closed_connections_are_answered),
        WORLD_TEST(a_large_answer_arrives_whole),
        WORLD_TEST(slow_clients_are_cut_at_the_deadline_of_the_phase),
        WORLD_TEST(slow_readers_are_cut_at_the_deadline),
        WORLD_TEST(a_queue_that_is_stuck_does_not_hold_up_the_others),
        WORLD_TEST(a_full_queue_refuses_at_once),
        WORLD_TEST(a_request_that_no_worker_takes_in_time_is_refused),
        WORLD_TEST(a_reply_after_the_deadline_is_dropped),
        WORLD_TEST(resets_at_every_byte_do_no_harm),
        WORLD_TEST(connections_are_capped_per_address_and_in_total),
        WORLD_TEST(trusted_proxies_have_no_share_but_the_total_holds),
        WORLD_TEST(stopping_ends_requests_in_flight_first),
        WORLD_TEST(stopping_cuts_what_does_not_end),
        WORLD_TEST(applications_are_swapped_under_load),
        WORLD_TEST(hash_workers_have_low_priority),
        WORLD_TEST(a_socket_file_is_served_and_removed),
        WORLD_TEST(addresses_that_cannot_be_listened_on_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
