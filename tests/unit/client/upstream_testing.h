/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CLIENT_UPSTREAM_TESTING_H
#define UAUTH_TESTS_UNIT_CLIENT_UPSTREAM_TESTING_H

/*
 * A server of somebody else on loopback: it answers each GET with the target that was asked for and
 * a number that counts its answers, counts how often it was called, and can be broken or held.
 */

#include "base/text.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct upstream {
    int listener;
    unsigned port;
    pthread_t thread;
    atomic_uint calls;
    atomic_bool broken, held;
};

static inline void upstream_answer(struct upstream *u, int fd)
{
    char head[4096] = "";
    for (size_t n = 0; n < sizeof head - 1 && strstr(head, "\r\n\r\n") == NULL;) {
        ssize_t got = read(fd, head + n, sizeof head - 1 - n);
        if (got <= 0)
            return;
        n += (size_t)got;
    }
    unsigned number = atomic_fetch_add(&u->calls, 1) + 1;
    while (atomic_load(&u->held))
        (void)usleep(1000);
    char target[1024] = "";
    char answer[2048];
    (void)sscanf(head, "GET %1000s ", target);
    int n =
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 %s\r\nConnection: close\r\nCache-Control: max-age=3600\r\n\r\n%s #%u",
                 atomic_load(&u->broken) ? "500 Broken" : "200 OK", target, number);
    (void)send(fd, answer, (size_t)n, MSG_NOSIGNAL);
}

static inline void *upstream_run(void *arg)
{
    struct upstream *u = arg;
    for (int fd = accept(u->listener, NULL, NULL); fd >= 0; fd = accept(u->listener, NULL, NULL)) {
        upstream_answer(u, fd);
        (void)close(fd);
    }
    return NULL;
}

static inline void upstream_start(struct upstream *u)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    u->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(u->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(u->listener, 64), 0);
    assert_int_equal(getsockname(u->listener, (struct sockaddr *)&at, &size), 0);
    u->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&u->thread, NULL, upstream_run, u), 0);
}

static inline void upstream_end(struct upstream *u)
{
    (void)shutdown(u->listener, SHUT_RDWR);
    (void)pthread_join(u->thread, NULL);
    (void)close(u->listener);
}

/* Waits until it has been called `n` times. */
static inline void upstream_await(struct upstream *u, unsigned n)
{
    while (atomic_load(&u->calls) < n)
        (void)usleep(1000);
}

#endif
