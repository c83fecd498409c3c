/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_HTTP_WORLD_H
#define UAUTH_TESTS_HTTP_WORLD_H

/*
 * A running server with a small application, and a client of raw bytes.
 *
 *   GET  /inline     "hello", on the I/O thread        POST /inline-echo  the body, on the I/O
 * thread POST /echo       the body (plain)                  GET  /who          peer, scheme and
 * listener GET  /gate       waits until the gate is open (plain); /gate-hash, /gate-outbound
 * likewise GET  /shown      thumbprint of the certificate shown (/inline-shown: the same, inline)
 *   GET  /big?n      n bytes                           GET  /serial       the application's
 * number GET  /nice       the worker's priority (hash)      anything else: its method, path and
 * query
 */

#include "net/http_server.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ECHO_BODY_MAX = 1000, ANSWER_MAX = 4 * 1024 * 1024 };

/* Lets requests through, or holds them. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool open;
    int waiting;
};

struct world;

struct echo {
    struct world *world;
    int serial;
};

struct world {
    struct arena *arena;
    struct ctx c;
    struct gate gate;
    struct http_plan plan; /* changed by a test before world_start */
    struct http_listener listeners[2];
    struct http_server *server;
    unsigned port;
    _Atomic int released;       /* applications */
    _Atomic int given_up;       /* requests to /given-up that were */
    _Atomic int opened, closed; /* means of threads */
    struct cidr trusted[4];
};

/* cmocka's set-up and tear-down: *state is the world, whose server does not run yet. */
int world_set_up(void **state);
int world_tear_down(void **state);

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

/* The application with number `serial`; the world counts its release. */
struct http_application world_application(struct world *w, int serial);

void world_start(struct world *w);
void world_stop(struct world *w);

/* Believes proxies in `range` from now on; before world_start. */
void world_trust(struct world *w, const char *range);

struct http_counters world_counters(struct world *w);

/* Waits (5 s at most) until `n` requests are held at the gate. */
void gate_wait(struct world *w, int n);
void gate_open(struct world *w);

/* A connected socket that gives up after 5 s. */
int client_connect(struct world *w);
void client_send(int fd, const char *text);
void client_send_bytes(int fd, const void *at, size_t n);

/* One answer from a connection. */
struct answer {
    int status; /* 0: the connection ended before there was one */
    char *head, *body;
    size_t body_n;
};

/* Reads one answer, byte by byte where it must not read more; `head_only`: it has no body. */
struct answer client_read(struct world *w, int fd);
struct answer client_read_head(struct world *w, int fd);

/* Whether the server has closed: the next read finds the end (or a reset). */
bool client_at_end(int fd);

/* Sends `text` on a connection of its own, reads one answer and closes. */
struct answer client_ask(struct world *w, const char *text);

#endif
