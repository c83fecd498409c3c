/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that stay open between calls: by a server on loopback that says, in each answer, by
 * which of its connections it was asked.
 */
#include "net/outbound_kept.h"

#include "base/config.h"
#include "net/http_client.h"
#include "net/resolver.h"
#include "tests/unit/base/testing.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 9 };

struct server {
    pthread_t thread;
    unsigned port;
    atomic_bool hangs_up; /* after each answer, without a word */
    struct pollfd at[CONNECTIONS_MAX + 1];
    nfds_t n;
};

/* One read is a whole request here. */
static bool answer(struct server *s, nfds_t i)
{
    char text[4096];
    ssize_t got = recv(s->at[i].fd, text, sizeof text, 0);
    int n =
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%u", (unsigned)i);
    return got > 0 && send(s->at[i].fd, text, (size_t)n, MSG_NOSIGNAL) > 0 &&
           !atomic_load(&s->hangs_up);
}

static void *serve(void *arg)
{
    struct server *s = arg;
    while (poll(s->at, s->n, -1) > 0) {
        if ((s->at[0].revents & (POLLHUP | POLLERR)) != 0)
            break;
        for (nfds_t i = 1; i < s->n; i++)
            if (s->at[i].fd >= 0 && s->at[i].revents != 0 && !answer(s, i)) {
                (void)close(s->at[i].fd);
                s->at[i].fd = -1;
            }
        if ((s->at[0].revents & POLLIN) != 0 && s->n <= CONNECTIONS_MAX)
            s->at[s->n++] =
                (struct pollfd){ .fd = accept(s->at[0].fd, NULL, NULL), .events = POLLIN };
    }
    return NULL;
}

static void server_start(struct server *s)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    s->port = ntohs(at.sin_port);
    s->at[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
    s->n = 1;
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_end(struct server *s)
{
    (void)shutdown(s->at[0].fd, SHUT_RDWR);
    (void)pthread_join(s->thread, NULL);
    for (nfds_t i = 0; i < s->n; i++)
        if (s->at[i].fd >= 0)
            (void)close(s->at[i].fd);
}

/* By which connection it was. */
static int call(struct ctx *c, const struct server *s, struct resolver *resolver,
                struct outbound_kept *kept, const char *method)
{
    struct http_answer *out = ARENA_NEW(c->arena, struct http_answer);
    const struct http_call call = { .method = method,
                                    .url = text_printf(c->arena, "http://127.0.0.1:%u/", s->port),
                                    .origin = OUTBOUND_CONFIGURED,
                                    .answer_max = 64,
                                    .limit_ms = 20000,
                                    .kept = kept };
    fault_clear(c);
    assert_int_equal(http_call(c, resolver, &call, out).code, ERR_OK);
    assert_int_equal(out->body.n, 1);
    return out->body.at[0] - '0';
}

static void a_connection_serves_until_the_other_side_ends_it(void **state)
{
    struct ctx *c = *state;
    const struct config config = { .outbound_ca = "" };
    struct server s = { .port = 0 };
    struct resolver *resolver = resolver_new(1);
    struct outbound_kept *kept = outbound_kept_new();
    c->config = &config;
    server_start(&s);
    assert_int_equal(call(c, &s, resolver, kept, "GET"), 1);
    assert_int_equal(call(c, &s, resolver, kept, "POST"), 1);
    assert_int_equal(call(c, &s, resolver, NULL, "GET"), 2);
    assert_int_equal(call(c, &s, resolver, NULL, "GET"), 3);
    atomic_store(&s.hangs_up, true);
    assert_int_equal(call(c, &s, resolver, kept, "GET"), 1);
    assert_int_equal(call(c, &s, resolver, kept, "POST"), 4); /* nobody is told */
    outbound_kept_free(kept);
    server_end(&s);
    resolver_free(resolver);
}

static unsigned port_of(int end(int, struct sockaddr *, socklen_t *), int fd)
{
    struct sockaddr_in at = { .sin_family = AF_UNSPEC };
    socklen_t size = sizeof at;
    bool found = end(fd, (struct sockaddr *)&at, &size) == 0 && at.sin_family == AF_INET;
    return found ? ntohs(at.sin_port) : 0;
}

/* ME-19: whoever starts a program beside us does not hand our connections to it. */
static void no_program_inherits_a_connection(void **state)
{
    struct ctx *c = *state;
    const struct config config = { .outbound_ca = "" };
    struct server s = { .port = 0 };
    struct resolver *resolver = resolver_new(1);
    struct outbound_kept *kept = outbound_kept_new();
    c->config = &config;
    server_start(&s);
    assert_int_equal(call(c, &s, resolver, kept, "GET"), 1);
    int ours = 0;
    for (int fd = 3; fd < 1024; fd++) {
        if (port_of(getpeername, fd) != s.port || port_of(getsockname, fd) == s.port)
            continue;
        assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        ours++;
    }
    assert_int_equal(ours, 1);
    outbound_kept_free(kept);
    server_end(&s);
    resolver_free(resolver);
}

static void there_is_a_bound_and_a_child_has_none(void **state)
{
    struct ctx *c = *state;
    const struct libcurl *lib = NULL;
    struct outbound_kept *kept = outbound_kept_new();
    assert_int_equal(libcurl_open(c, &lib).code, ERR_OK);
    assert_null(outbound_kept_take(kept));
    for (int i = 0; i < OUTBOUND_KEPT_MAX + 3; i++)
        outbound_kept_give(kept, lib, lib->easy_init());
    pid_t child = fork();
    if (child == 0)
        _exit(outbound_kept_take(kept) == NULL ? 0 : 1);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (int i = 0; i < OUTBOUND_KEPT_MAX; i++) {
        CURL *curl = outbound_kept_take(kept);
        assert_non_null(curl);
        lib->easy_cleanup(curl);
    }
    assert_null(outbound_kept_take(kept));
    outbound_kept_free(kept);
    outbound_kept_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_connection_serves_until_the_other_side_ends_it),
        TEST(no_program_inherits_a_connection),
        TEST(there_is_a_bound_and_a_child_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
