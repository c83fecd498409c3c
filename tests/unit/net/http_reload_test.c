/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running server at its edges: listening, stopping, swapping what it serves.
 */
#include "http_world.h"

#include "base/time.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define H "Host: a.test\r\n"

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

/* what is cut while a worker has it is given up: the worker sees that, and is waited for. */
static void stopping_gives_up_what_a_worker_has(void **state)
{
    struct world *w = *state;
    world_start(w);
    int fd = client_connect(w);
    client_send(fd, "GET /given-up HTTP/1.1\r\n" H "\r\n");
    while (world_counters(w).running[HTTP_PLAIN] == 0)
        (void)usleep(1000);
    assert_int_equal(w->given_up, 0);
    http_server_stop(w->server, 100);
    w->server = NULL;
    assert_int_equal(w->given_up, 1);
    assert_true(client_at_end(fd));
    (void)close(fd);
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

/* Lower than what else the service does, by as much wherever it was started; and not the lowest
 * there is, with which a sign-in never ended beside others who are busy. */
static void hash_workers_have_low_priority(void **state)
{
    struct world *w = *state;
    int nice = getpriority(PRIO_PROCESS, 0) + 10;
    world_start(w);
    assert_string_equal(client_ask(w, "GET /nice HTTP/1.1\r\n" H "\r\n").body,
                        text_printf(w->arena, "%d", nice < 19 ? nice : 19));
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

/* A socket that systemd made is taken over, and closed with the server. */
static void a_socket_that_was_handed_in_is_served(void **state)
{
    struct world *w = *state;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct http_server *none = NULL;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    w->listeners[0] = (struct http_listener){ .socket = fd, .number = 3 };
    assert_int_equal(http_server_start(&w->c, &w->plan, &none).code, ERR_UNAVAILABLE);
    fault_clear(&w->c);
    assert_int_equal(listen(fd, 8), 0);
    world_start(w);
    assert_string_equal(client_ask(w, "GET /who HTTP/1.1\r\n" H "\r\n").body, "127.0.0.1 http 3");
    world_stop(w);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

/* ME-19: nothing that the server opens is inherited by a program that is started. */
static void no_descriptor_is_inherited(void **state)
{
    struct world *w = *state;
    bool before[1024];
    for (int fd = 0; fd < 1024; fd++)
        before[fd] = fcntl(fd, F_GETFD) >= 0;
    world_start(w);
    int client = client_connect(w);
    client_send(client, "GET /inline HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(client_read(w, client).status, 200);
    int opened = 0;
    for (int fd = 0; fd < 1024; fd++) {
        int flags = before[fd] ? -1 : fcntl(fd, F_GETFD);
        opened += flags >= 0;
        assert_true(flags < 0 || (flags & FD_CLOEXEC) != 0);
    }
    /* Two loops with their eventfds, a listener, and both ends of a connection. */
    assert_true(opened >= 7);
    (void)close(client);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(stopping_ends_requests_in_flight_first),
        WORLD_TEST(stopping_cuts_what_does_not_end),
        WORLD_TEST(stopping_gives_up_what_a_worker_has),
        WORLD_TEST(applications_are_swapped_under_load),
        WORLD_TEST(hash_workers_have_low_priority),
        WORLD_TEST(a_socket_file_is_served_and_removed),
        WORLD_TEST(a_socket_that_was_handed_in_is_served),
        WORLD_TEST(no_descriptor_is_inherited),
        WORLD_TEST(addresses_that_cannot_be_listened_on_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
