/* SPDX-License-Identifier: Apache-2.0 */
#include "http_world.h"

#include "base/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static enum http_cost classify(void *it, const struct http_request *head, size_t *body_max)
{
    (void)it;
    *body_max = ECHO_BODY_MAX;
    if (text_starts(head->path, "/inline"))
        return HTTP_INLINE;
    if (text_equal(head->path, "/gate-hash") || text_equal(head->path, "/nice"))
        return HTTP_HASH;
    return text_equal(head->path, "/gate-outbound") ? HTTP_OUTBOUND : HTTP_PLAIN;
}

static void gate_pass(struct gate *gate)
{
    (void)pthread_mutex_lock(&gate->lock);
    gate->waiting++;
    (void)pthread_cond_broadcast(&gate->opened);
    while (!gate->open)
        (void)pthread_cond_wait(&gate->opened, &gate->lock);
    gate->waiting--;
    (void)pthread_mutex_unlock(&gate->lock);
}

static const char *describe(const struct http_work *work)
{
    const struct http_request *r = work->request;
    return text_printf(work->arena, "%s %s?%s", http_method_name(r->method), r->path, r->query);
}

static void until_given_up(struct world *w, const _Atomic bool *given_up)
{
    for (int i = 0; i < 10000 && !atomic_load(given_up); i++)
        (void)usleep(1000);
    (void)atomic_fetch_add(&w->given_up, atomic_load(given_up) ? 1 : 0);
}

static void handle(void *it, const struct http_work *work, struct http_response *response)
{
    struct echo *echo = it;
    const struct http_request *r = work->request;
    http_response_header(response, "Content-Type", "text/plain");
    assert_non_null(work->worker);
    if (text_starts(r->path, "/gate"))
        gate_pass(&echo->world->gate);
    if (text_equal(r->path, "/inline")) {
        response->body = bytes_of("hello");
    } else if (text_equal(r->path, "/echo") || text_equal(r->path, "/inline-echo")) {
        response->body = r->body;
    } else if (text_equal(r->path, "/who")) {
        response->body = bytes_of(
            text_printf(work->arena, "%s %s %u", r->peer, r->tls ? "https" : "http", r->listener));
    } else if (text_equal(r->path, "/shown") || text_equal(r->path, "/inline-shown")) {
        response->body = bytes_of(
            r->shown.n == 0 ? "none" : certificate_thumbprint(work->arena, r->shown.at[0]));
    } else if (text_equal(r->path, "/big")) {
        int64_t n = 0;
        assert_true(text_int(r->query, 0, ANSWER_MAX, &n));
        response->body = (struct bytes){ arena_alloc(work->arena, (size_t)n), (size_t)n };
    } else if (text_equal(r->path, "/serial")) {
        response->body = bytes_of(text_printf(work->arena, "%d", echo->serial));
    } else if (text_equal(r->path, "/nice")) {
        int nice = getpriority(PRIO_PROCESS, (id_t)gettid());
        response->body = bytes_of(text_printf(work->arena, "%d", nice));
    } else if (text_equal(r->path, "/slow")) {
        int64_t us = 0;
        assert_true(text_int(r->query, 0, 1000000, &us));
        (void)usleep((useconds_t)us);
        response->body = bytes_of(describe(work));
    } else if (text_equal(r->path, "/given-up")) {
        until_given_up(echo->world, work->given_up);
    } else if (text_equal(r->path, "/no-content")) {
        response->status = 204;
    } else {
        response->body = bytes_of(describe(work));
    }
}

static void release(void *it)
{
    struct echo *echo = it;
    (void)atomic_fetch_add(&echo->world->released, 1);
    free(echo);
}

struct http_application world_application(struct world *w, int serial)
{
    struct echo *echo = calloc(1, sizeof *echo);
    *echo = (struct echo){ w, serial };
    return (struct http_application){ .it = echo,
                                      .classify = classify,
                                      .handle = handle,
                                      .release = release,
                                      .trusted = w->plan.application.trusted,
                                      .tls = w->plan.application.tls,
                                      .proxy_protocol = w->plan.application.proxy_protocol };
}

static RESULT open_worker(struct ctx *c, void *arg, enum http_cost cost, void **worker)
{
    struct world *w = arg;
    (void)c;
    (void)cost;
    (void)atomic_fetch_add(&w->opened, 1);
    *worker = malloc(1);
    return ok();
}

static void close_worker(void *arg, void *worker)
{
    struct world *w = arg;
    (void)atomic_fetch_add(&w->closed, 1);
    free(worker);
}

int world_set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->arena = arena_new(ARENA_REQUEST_CEILING * 8);
    w->c.arena = w->arena;
    (void)pthread_mutex_init(&w->gate.lock, NULL);
    (void)pthread_cond_init(&w->gate.opened, NULL);
    w->listeners[0] = (struct http_listener){ .address = "127.0.0.1:0", .number = 7 };
    w->plan = (struct http_plan){ .listeners = w->listeners,
                                  .listeners_n = 1,
                                  .io_threads = 2,
                                  .arena_ceiling = ANSWER_MAX * 2,
                                  .workers = { 2, 1, 1 },
                                  .queue_max = 16,
                                  .connections_max = 1000,
                                  .threads = { open_worker, close_worker, w } };
    *state = w;
    return 0;
}

int world_tear_down(void **state)
{
    struct world *w = *state;
    if (w->server != NULL)
        world_stop(w);
    (void)pthread_mutex_destroy(&w->gate.lock);
    (void)pthread_cond_destroy(&w->gate.opened);
    arena_end(w->arena);
    free(w);
    return 0;
}

void world_start(struct world *w)
{
    struct http_application application = world_application(w, 1);
    w->plan.application = application;
    assert_int_equal(http_server_start(&w->c, &w->plan, &w->server).code, ERR_OK);
    const char *colon = strrchr(http_server_address(w->server, 0), ':');
    w->port = (unsigned)strtoul(colon + 1, NULL, 10);
}

void world_stop(struct world *w)
{
    gate_open(w);
    http_server_stop(w->server, 1000);
    w->server = NULL;
    assert_int_equal(w->opened, w->closed);
}

void world_trust(struct world *w, const char *range)
{
    struct cidrs *trusted = &w->plan.application.trusted;
    assert_true(trusted->n < 4);
    assert_true(cidr_parse(bytes_of(range), &w->trusted[trusted->n]));
    *trusted = (struct cidrs){ w->trusted, trusted->n + 1 };
}

struct http_counters world_counters(struct world *w)
{
    struct http_counters counters;
    http_server_counters(w->server, &counters);
    return counters;
}

void gate_wait(struct world *w, int n)
{
    struct timespec until;
    int error = 0;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 5;
    (void)pthread_mutex_lock(&w->gate.lock);
    while (w->gate.waiting < n && error == 0)
        error = pthread_cond_timedwait(&w->gate.opened, &w->gate.lock, &until);
    (void)pthread_mutex_unlock(&w->gate.lock);
    assert_int_equal(error, 0);
}

void gate_open(struct world *w)
{
    (void)pthread_mutex_lock(&w->gate.lock);
    w->gate.open = true;
    (void)pthread_cond_broadcast(&w->gate.opened);
    (void)pthread_mutex_unlock(&w->gate.lock);
}

int client_connect(struct world *w)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                              .sin_port = htons((uint16_t)w->port) };
    struct timeval patience = { 5, 0 };
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

void client_send_bytes(int fd, const void *at, size_t n)
{
    while (n > 0) {
        ssize_t put = send(fd, at, n, MSG_NOSIGNAL);
        /* A server that has refused may have closed. */
        if (put <= 0)
            return;
        at = (const char *)at + put;
        n -= (size_t)put;
    }
}

void client_send(int fd, const char *text)
{
    client_send_bytes(fd, text, strlen(text));
}

/* Reads up to the empty line behind the head; false if the connection ends before. */
static bool read_head(int fd, struct text_buffer *head)
{
    char c;
    while (recv(fd, &c, 1, 0) == 1) {
        text_add_bytes(head, &c, 1);
        if (c == '\n' && text_ends(text_of(head), "\r\n\r\n"))
            return true;
    }
    return false;
}

static struct answer read_answer(struct world *w, int fd, bool head_only)
{
    struct answer answer = { 0 };
    struct text_buffer head = text_buffer(w->arena);
    if (!read_head(fd, &head))
        return answer;
    answer.head = (char *)(uintptr_t)text_of(&head);
    answer.status = (int)strtol(answer.head + strlen("HTTP/1.1 "), NULL, 10);
    const char *length = strstr(answer.head, "Content-Length: ");
    size_t n = length == NULL || head_only ? 0 : strtoul(length + 16, NULL, 10);
    answer.body = arena_alloc(w->arena, n + 1);
    while (answer.body_n < n) {
        ssize_t got = recv(fd, answer.body + answer.body_n, n - answer.body_n, 0);
        assert_true(got > 0);
        answer.body_n += (size_t)got;
    }
    return answer;
}

struct answer client_read(struct world *w, int fd)
{
    return read_answer(w, fd, false);
}

struct answer client_read_head(struct world *w, int fd)
{
    return read_answer(w, fd, true);
}

bool client_at_end(int fd)
{
    char c;
    ssize_t got = recv(fd, &c, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

struct answer client_ask(struct world *w, const char *text)
{
    int fd = client_connect(w);
    client_send(fd, text);
    struct answer answer = client_read(w, fd);
    (void)close(fd);
    return answer;
}
