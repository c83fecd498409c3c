/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running server over real sockets: order, framing, refusals.
 */
#include "http_world.h"

#include "base/log.h"
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

static void refuse(void *it, const struct http_work *work, const struct http_refusal *refusal,
                   struct http_response *response)
{
    (void)it;
    assert_null(work->request);
    http_response_header(response, "X-Refused", "yes");
    response->status = 200;
    response->body = bytes_of(text_printf(work->arena, "%d", refusal->status));
}

/* The application writes the words of a refusal, never its status. */
static void the_application_writes_refusals(void **state)
{
    struct world *w = *state;
    world_start(w);
    struct http_application own = world_application(w, 2);
    own.refuse = refuse;
    assert_int_equal(http_server_swap(&w->c, w->server, &own).code, ERR_OK);
    struct answer a = { 0 };
    for (int i = 0; i < 100 && (a.head == NULL || strstr(a.head, "X-Refused: yes") == NULL); i++)
        a = client_ask(w, "GET / HTTP/1.1\r\n\r\n");
    assert_int_equal(a.status, 400);
    assert_string_equal(a.body, "400");
}

/* What was refused is in the log, with the reason and without what the client sent. */
static void refusals_are_logged(void **state)
{
    struct world *w = *state;
    int ends[2];
    char line[1024] = "";
    assert_int_equal(pipe(ends), 0);
    struct log log = { .fd = ends[1], .level = LOG_INFO };
    w->plan.log = &log;
    world_start(w);
    (void)client_ask(w, "GET /x HTTP/1.1\r\n" H "Cookie: tell-nobody\r\ncookie: x\r\n\r\n");
    assert_true(read(ends[0], line, sizeof line - 1) > 0);
    assert_non_null(strstr(line, "\"status\":400"));
    assert_non_null(strstr(line, "\"peer\":\"127.0.0.1\""));
    assert_non_null(strstr(line, "a field stands twice"));
    assert_null(strstr(line, "tell-nobody"));
    world_stop(w);
    (void)close(ends[0]);
    (void)close(ends[1]);
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
    /* An end, not a reset, which would take the answer away from some clients. */
    char c;
    (void)shutdown(fd, SHUT_WR);
    assert_int_equal(recv(fd, &c, 1, 0), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_request_is_answered),
        WORLD_TEST(a_connection_is_kept_and_answers_come_in_order),
        WORLD_TEST(bodies_come_by_length_or_in_chunks_whole_or_in_pieces),
        WORLD_TEST(head_has_the_length_but_no_body_and_204_has_neither),
        WORLD_TEST(http_1_0_is_closed_unless_it_asks),
        WORLD_TEST(a_refused_request_ends_the_connection),
        WORLD_TEST(the_application_writes_refusals),
        WORLD_TEST(refusals_are_logged),
        WORLD_TEST(a_refusal_reaches_a_client_that_is_still_writing),
        WORLD_TEST(a_client_that_expects_it_is_told_to_go_on),
        WORLD_TEST(half_closed_connections_are_answered),
        WORLD_TEST(a_large_answer_arrives_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
