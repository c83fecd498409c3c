/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CLIENT_PEER_TESTING_H
#define UAUTH_TESTS_UNIT_CLIENT_PEER_TESTING_H

/*
 * A provider on loopback that answers each path as the test has said, keeps the last request that
 * came to it, and counts; and the world in which it is called.
 */

#include "base/config.h"
#include "client/upstreams.h"
#include "net/resolver.h"
#include "tests/unit/base/testing.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum { PEER_PATHS_MAX = 8, NOW = 1795529167 };

struct peer_path {
    const char *path;
    const char *head; /* "200 OK\r\nContent-Type: ...\r\n": status and fields */
    const char *body;
    atomic_uint calls;
};

/* One request that is due and what it is answered with: a script is a list of them. */
struct peer_step {
    const char *target; /* "GET /x?y": how the request begins */
    const char *has;    /* what else is in it, or NULL */
    const char *head, *body;
};

struct world {
    struct config config;
    struct resolver *resolver;
    struct upstreams *upstreams;
    struct arena *arena, *within; /* of the world; of what is called in it */
    struct ctx c;
    int listener;
    pthread_t thread;
    const char *url; /* "http://127.0.0.1:PORT" */
    pthread_mutex_t lock;
    struct peer_path paths[PEER_PATHS_MAX];
    char last[16384];
    const struct peer_step *steps; /* for what is none of the paths; NULL: there is no script */
    size_t steps_n, step;
    char wrong[1024]; /* the first request that was not due */
};

/* The request whole: its body, too. */
static inline void peer_read(int fd, char *out, size_t size)
{
    size_t n = 0;
    for (;;) {
        out[n] = '\0';
        const char *end = strstr(out, "\r\n\r\n");
        const char *length = strstr(out, "Content-Length: ");
        size_t due = length == NULL ? 0 : strtoul(length + 16, NULL, 10);
        if (end != NULL && n >= (size_t)(end + 4 - out) + due)
            return;
        ssize_t got = read(fd, out + n, size - 1 - n);
        if (got <= 0)
            return;
        n += (size_t)got;
    }
}

static inline void peer_follow(struct world *w, int fd)
{
    static const struct peer_step none = { "", NULL, "599 Not Due\r\n", "" };
    const struct peer_step *s = w->step < w->steps_n ? &w->steps[w->step] : &none;
    bool due = s != &none && strncmp(w->last, s->target, strlen(s->target)) == 0 &&
               (s->has == NULL || strstr(w->last, s->has) != NULL);
    if (!due && w->wrong[0] == '\0')
        (void)snprintf(w->wrong, sizeof w->wrong, "%zu: %.900s", w->step, w->last);
    w->step++;
    (void)dprintf(fd, "HTTP/1.1 %sConnection: close\r\n\r\n%s", s->head, s->body);
}

static inline void peer_answer(struct world *w, int fd)
{
    char path[1024] = "";
    (void)pthread_mutex_lock(&w->lock);
    peer_read(fd, w->last, sizeof w->last);
    (void)sscanf(w->last, "%*s %1000s ", path);
    for (size_t i = 0; i < PEER_PATHS_MAX; i++) {
        struct peer_path *p = &w->paths[i];
        if (p->path == NULL || strcmp(p->path, path) != 0)
            continue;
        (void)atomic_fetch_add(&p->calls, 1);
        (void)dprintf(fd, "HTTP/1.1 %sConnection: close\r\n\r\n%s", p->head, p->body);
        (void)pthread_mutex_unlock(&w->lock);
        return;
    }
    if (w->steps != NULL)
        peer_follow(w, fd);
    (void)pthread_mutex_unlock(&w->lock);
}

static inline void *peer_run(void *arg)
{
    struct world *w = arg;
    for (int fd = accept(w->listener, NULL, NULL); fd >= 0; fd = accept(w->listener, NULL, NULL)) {
        peer_answer(w, fd);
        (void)close(fd);
    }
    return NULL;
}

/* From now on `path` is answered so. */
static inline void peer_says(struct world *w, const char *path, const char *head, const char *body)
{
    (void)pthread_mutex_lock(&w->lock);
    size_t i = 0;
    while (w->paths[i].path != NULL && strcmp(w->paths[i].path, path) != 0)
        i++;
    assert_true(i < PEER_PATHS_MAX);
    w->paths[i].path = path;
    w->paths[i].head = head;
    w->paths[i].body = body;
    (void)pthread_mutex_unlock(&w->lock);
}

/* From now on these requests are due, in this order, and no others. */
static inline void peer_script(struct world *w, const struct peer_step *steps, size_t n)
{
    (void)pthread_mutex_lock(&w->lock);
    w->steps = steps;
    w->steps_n = n;
    w->step = 0;
    w->wrong[0] = '\0';
    (void)pthread_mutex_unlock(&w->lock);
}

/* All of them have come, and nothing else. */
static inline void peer_script_done(struct world *w)
{
    (void)pthread_mutex_lock(&w->lock);
    assert_string_equal(w->wrong, "");
    assert_int_equal(w->step, w->steps_n);
    (void)pthread_mutex_unlock(&w->lock);
}

/* How many requests of the script have come. */
static inline size_t peer_step(struct world *w)
{
    (void)pthread_mutex_lock(&w->lock);
    size_t step = w->step;
    (void)pthread_mutex_unlock(&w->lock);
    return step;
}

/* The last request, whole; it is there until the next one comes. */
static inline const char *peer_last(struct world *w)
{
    (void)pthread_mutex_lock(&w->lock);
    const char *last = w->last;
    (void)pthread_mutex_unlock(&w->lock);
    return last;
}

static inline unsigned peer_calls(struct world *w, const char *path)
{
    for (size_t i = 0; i < PEER_PATHS_MAX; i++)
        if (w->paths[i].path != NULL && strcmp(w->paths[i].path, path) == 0)
            return atomic_load(&w->paths[i].calls);
    return 0;
}

static inline int open_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    assert_non_null(w);
    w->config.outbound_ca = "";
    w->arena = arena_new(16 * ARENA_REQUEST_CEILING);
    w->within = arena_new(16 * ARENA_REQUEST_CEILING);
    w->resolver = resolver_new(1);
    w->upstreams = upstreams_new(w->arena, w->resolver);
    (void)pthread_mutex_init(&w->lock, NULL);
    w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(w->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(w->listener, 64), 0);
    assert_int_equal(getsockname(w->listener, (struct sockaddr *)&at, &size), 0);
    w->url = text_printf(w->arena, "http://127.0.0.1:%u", ntohs(at.sin_port));
    assert_int_equal(pthread_create(&w->thread, NULL, peer_run, w), 0);
    w->c = (struct ctx){
        .arena = w->within, .config = &w->config, .upstreams = w->upstreams, .now = NOW
    };
    *state = w;
    return 0;
}

static inline int close_world(void **state)
{
    struct world *w = *state;
    (void)shutdown(w->listener, SHUT_RDWR);
    (void)pthread_join(w->thread, NULL);
    (void)close(w->listener);
    arena_end(w->within);
    upstreams_free(w->upstreams);
    arena_end(w->arena);
    resolver_free(w->resolver);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
    return 0;
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
#define FINE             "200 OK\r\nContent-Type: application/json\r\n"

#endif
