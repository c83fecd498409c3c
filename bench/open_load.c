/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load that does not wait for answers: a request is due every 1/RATE of a second whether or not the
 * one before was answered, as with people.  What takes time counts from when it was due.
 *     open_load PORT RATE SECONDS CONNECTIONS FILE
 * FILE is the request as it goes over the wire.  Prints lines "NAME NUMBER P50_MS P99_MS":
 *     good      answers of 2xx
 *     refused   429 and 503
 *     other     every other answer, and connections that ended without one
 *     unsent    requests for which no connection was free within a second (no times)
 */
#include "base/result.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 16384, REQUEST_MAX = 16384, ANSWER_MAX = 16384, EVENTS = 256 };
enum kind { GOOD, REFUSED, OTHER, KINDS };
static const char *const kinds[KINDS] = { "good", "refused", "other" };
static const int64_t PATIENCE_US = 1000000;

struct connection {
    int fd; /* -1: not open */
    bool busy;
    int64_t due_us;
    size_t n;
    char answer[ANSWER_MAX];
};

struct times {
    int64_t *at;
    size_t n, room;
};

struct load {
    struct sockaddr_in address;
    int epoll;
    char request[REQUEST_MAX];
    size_t request_n;
    struct connection *at;
    size_t *idle; /* a stack of those that are not busy */
    size_t n, idle_n;
    struct times took[KINDS];
    uint64_t unsent;
};

static int64_t now_us(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void note(struct load *l, enum kind kind, int64_t us)
{
    struct times *t = &l->took[kind];
    if (t->n == t->room) {
        t->room = t->room == 0 ? 4096 : t->room * 2;
        t->at = realloc(t->at, t->room * sizeof *t->at);
        must(t->at != NULL);
    }
    t->at[t->n++] = us;
}

/* ---- a connection ---- */

static void shut(struct connection *k)
{
    if (k->fd >= 0)
        (void)close(k->fd);
    k->fd = -1;
}

static void finish(struct load *l, size_t i, enum kind kind)
{
    struct connection *k = &l->at[i];
    note(l, kind, now_us() - k->due_us);
    k->busy = false;
    k->n = 0;
    l->idle[l->idle_n++] = i;
}

static bool open_connection(struct load *l, size_t i)
{
    struct connection *k = &l->at[i];
    int one = 1;
    k->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (k->fd < 0 || connect(k->fd, (struct sockaddr *)&l->address, sizeof l->address) != 0)
        return false;
    (void)setsockopt(k->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = i };
    return epoll_ctl(l->epoll, EPOLL_CTL_ADD, k->fd, &event) == 0;
}

static void send_request(struct load *l, int64_t due_us)
{
    size_t i = l->idle[--l->idle_n];
    struct connection *k = &l->at[i];
    k->busy = true;
    k->due_us = due_us;
    bool sent = (k->fd >= 0 || open_connection(l, i)) &&
                send(k->fd, l->request, l->request_n, MSG_NOSIGNAL) == (ssize_t)l->request_n;
    if (!sent) {
        shut(k);
        finish(l, i, OTHER);
    }
}

/* Whether the answer is there whole. */
static bool is_whole(const struct connection *k)
{
    const char *end = memmem(k->answer, k->n, "\r\n\r\n", 4);
    if (end == NULL)
        return false;
    const char *length = memmem(k->answer, (size_t)(end - k->answer), "\r\nContent-Length: ", 18);
    size_t body = length == NULL ? 0 : strtoul(length + 18, NULL, 10);
    return k->n >= (size_t)(end + 4 - k->answer) + body;
}

static enum kind kind_of(const struct connection *k)
{
    const char *status = k->answer + strlen("HTTP/1.1 ");
    if (status[0] == '2')
        return GOOD;
    return memcmp(status, "429", 3) == 0 || memcmp(status, "503", 3) == 0 ? REFUSED : OTHER;
}

static void receive(struct load *l, size_t i)
{
    struct connection *k = &l->at[i];
    ssize_t got = recv(k->fd, k->answer + k->n, sizeof k->answer - 1 - k->n, 0);
    if (got <= 0) {
        shut(k);
        if (k->busy)
            finish(l, i, OTHER);
        return;
    }
    k->n += (size_t)got;
    k->answer[k->n] = '\0';
    if (!k->busy || !is_whole(k))
        return;
    if (memmem(k->answer, k->n, "\r\nConnection: close", 19) != NULL)
        shut(k);
    finish(l, i, kind_of(k));
}

static void hear(struct load *l, int timeout_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(l->epoll, events, EVENTS, timeout_ms);
    for (int i = 0; i < n; i++)
        if (l->at[events[i].data.u64].fd >= 0)
            receive(l, events[i].data.u64);
}

/* ---- the whole ---- */

static void run(struct load *l, int64_t rate, int64_t length)
{
    int64_t began = now_us(), end = began + length * 1000000, sent = 0;
    while (now_us() < end) {
        int64_t due = began + sent * 1000000 / rate;
        for (; due <= now_us(); due = began + ++sent * 1000000 / rate) {
            if (l->idle_n == 0 && due >= now_us() - PATIENCE_US)
                break;
            if (l->idle_n == 0)
                l->unsent++;
            else
                send_request(l, due);
        }
        hear(l, l->idle_n == 0 || due - now_us() > 1000 ? 1 : 0);
    }
    for (int64_t over = now_us() + 5 * PATIENCE_US; l->idle_n < l->n && now_us() < over;)
        hear(l, 10);
}

static int by_size(const void *a, const void *b)
{
    const int64_t *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

static void print(const char *name, struct times *t)
{
    if (t->n == 0) {
        (void)printf("%s 0 0 0\n", name);
        return;
    }
    qsort(t->at, t->n, sizeof *t->at, by_size);
    size_t half = t->n / 2;
    size_t late = t->n * 99 / 100;
    (void)printf("%s %zu %.2f %.2f\n", name, t->n, (double)t->at[half] / 1000,
                 (double)t->at[late] / 1000);
    free(t->at);
}

static bool read_request(struct load *l, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    l->request_n = fread(l->request, 1, sizeof l->request, file);
    (void)fclose(file);
    return l->request_n > 0;
}

static void prepare(struct load *l, int64_t port, int64_t connections)
{
    l->address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    l->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    l->n = l->idle_n = (size_t)connections;
    l->at = calloc(l->n, sizeof *l->at);
    l->idle = calloc(l->n, sizeof *l->idle);
    l->epoll = epoll_create1(0);
    must(l->at != NULL && l->idle != NULL && l->epoll >= 0);
    for (size_t i = 0; i < l->n; i++) {
        l->at[i].fd = -1;
        l->idle[i] = l->n - 1 - i;
    }
}

int main(int argc, char **argv)
{
    int64_t port = 0, rate = 0, length = 0, connections = 0;
    struct load *l = calloc(1, sizeof *l);
    must(l != NULL);
    if (argc != 6 || !text_int(argv[1], 1, 65535, &port) || !text_int(argv[2], 1, 1000000, &rate) ||
        !text_int(argv[3], 1, 3600, &length) ||
        !text_int(argv[4], 1, CONNECTIONS_MAX, &connections) || !read_request(l, argv[5])) {
        (void)fprintf(stderr, "usage: open_load PORT RATE SECONDS CONNECTIONS FILE\n");
        free(l);
        return EXIT_FAILURE;
    }
    prepare(l, port, connections);
    run(l, rate, length);
    for (int kind = 0; kind < KINDS; kind++)
        print(kinds[kind], &l->took[kind]);
    (void)printf("unsent %llu\n", (unsigned long long)l->unsent);
    for (size_t i = 0; i < l->n; i++)
        shut(&l->at[i]);
    free(l->at);
    free(l->idle);
    free(l);
    return EXIT_SUCCESS;
}
