/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_SERVER_H
#define UAUTH_NET_HTTP_SERVER_H

/*
 * The HTTP server.  I/O threads (libevent loops) accept, parse, keep deadlines and write; a
 * complete request goes through one of three bounded queues, by its cost, to the workers of that
 * queue, or is answered on the I/O thread if it needs memory only.  A worker sends its reply itself
 * (net/http_handover.h); one to a request that was given up is dropped.  All threads are made by
 * http_server_start.
 *
 * What is served is an application: const data and functions, swapped as a whole while requests
 * run. The server knows nothing of routes.
 */

#include "net/address.h"
#include "net/http_message.h"
#include "net/http_parser.h"

#include <openssl/types.h>

struct http_server;
struct log;

/* What a request needs, which decides where it runs. */
enum http_cost {
    HTTP_PLAIN,    /* the database, signatures */
    HTTP_HASH,     /* may hash a password: threads of low priority */
    HTTP_OUTBOUND, /* may call another server */
    HTTP_INLINE    /* memory only: on the I/O thread; it must not wait for anything */
};
enum { HTTP_QUEUES = 3 };

/* One request on the thread that handles it. */
struct http_work {
    void *worker; /* what open_worker made for this thread */
    struct arena
        *arena; /* of this request; the thread's, empty at the beginning, reset after the reply */
    const struct http_request *request;
    const _Atomic bool *given_up; /* nobody waits for it any longer; NULL: on an I/O thread */
};

/*
 * What is served.  The functions are called from many threads at once, so `it` is const or
 * synchronised.
 */
struct http_application {
    void *it;

    /*
     * Where a request runs and how many bytes of body it may bring, asked when the head is complete
     * (its body is empty).  On the I/O thread: looks at memory only.
     */
    enum http_cost (*classify)(void *it, const struct http_request *head, size_t *body_max);

    /*
     * Answers a request.  `response` is zeroed with status 200; what it points to lives in the
     * arena or longer.  Date, Content-Length and Connection are the server's.
     */
    void (*handle)(void *it, const struct http_work *work, struct http_response *response);

    /*
     * Writes the reply to what the server itself does not take (400, 405, 408, 413, 414, 417, 431,
     * 501, 503, 505), on the I/O thread.  work->request is NULL.  Status, Retry-After and Allow are
     * set by the server afterwards.  NULL: a short problem document.
     */
    void (*refuse)(void *it, const struct http_work *work, const struct http_refusal *refusal,
                   struct http_response *response);

    /*
     * Runs once, when the application has been swapped out or the server has ended and the last
     * request that uses it is done; on any thread.  May be NULL.
     */
    void (*release)(void *it);

    SSL_CTX *tls; /* for listeners that are not plain; NULL: none.  One reference is taken */
    struct cidrs trusted; /* proxies that are believed (net/forwarded.h); lives as long as `it` */
    bool proxy_protocol;  /* connections from them begin with a PROXY protocol v2 header */
};

/* A thread's own means: its database connection, its random source. */
struct http_threads {
    /*
     * Makes the means of one thread, on the thread that starts the server; `cost` INLINE: an I/O
     * thread.  A failure ends the start.
     */
    RESULT (*open_worker)(struct ctx *c, void *arg, enum http_cost cost, void **worker);

    /* Gives them back, on the thread that stops the server. */
    void (*close_worker)(void *arg, void *worker);

    void *arg;
};

struct http_listener {
    const char *address; /* "127.0.0.1:8080", "[::]:0" (IPv6 only), "unix:/run/uauth.sock"; NULL:
                            `socket` */
    int socket;          /* a listening socket handed in by systemd; the server closes it */
    bool plain;          /* without TLS even if the application has it */
    unsigned number;     /* http_request.listener */
};

/* Milliseconds, absolute from the begin of a phase: progress does not renew them.  0: the default.
 */
struct http_deadlines {
    int64_t tls;     /* 10 s: PROXY header and handshake */
    int64_t head;    /* 10 s: from accepting or the first byte to the end of the head */
    int64_t body;    /* 15 s: from the end of the head */
    int64_t queue;   /* 5 s: waiting for a worker */
    int64_t handler; /* 30 s: a worker's work */
    int64_t write;   /* 30 s: from the first byte of the reply */
    int64_t idle;    /* 60 s: between requests */
    int64_t linger;  /* 2 s: reading on after a refusal, so that the client sees it */
};

/* All of it outlives the start only where said. */
struct http_plan {
    const struct http_listener *listeners;
    size_t listeners_n;
    unsigned io_threads;              /* 0: 1 */
    unsigned workers[HTTP_QUEUES];    /* by enum http_cost; 0: 1 */
    unsigned queue_max;               /* requests that may wait in each queue; 0: 512 */
    unsigned connections_max;         /* 0: 20000 */
    unsigned address_connections_max; /* of one IPv4 address or IPv6 /64 that is no trusted proxy;
                                         0: a quarter of connections_max */
    size_t arena_ceiling;             /* of a request; 0: ARENA_REQUEST_CEILING */
    struct http_deadlines deadlines;
    struct http_application application;
    struct http_threads threads;
    const struct log *log; /* outlives the server; NULL: none */
};

/*
 * Binds, makes all threads and serves.  INVALID_FIELD: an address that is none; UNAVAILABLE: one
 * that cannot be listened on, or the system gives no threads or memory.  After a failure nothing is
 * left running, and the application is still the caller's to release.
 */
RESULT http_server_start(struct ctx *c, const struct http_plan *plan, struct http_server **out);

/* What listener `i` is bound to, with its real port: "127.0.0.1:40123", "unix:/run/x". */
const char *http_server_address(const struct http_server *server, size_t i);

/*
 * Serves `application` from now on: new connections with its TLS, new requests with its functions;
 * running requests end with the old one, which is then released.  Returns before that. UNAVAILABLE:
 * no memory; the old one stays.
 */
RESULT http_server_swap(struct ctx *c, struct http_server *server,
                        const struct http_application *application);

/*
 * Stops: no new connections; idle ones are closed; requests in flight are answered with
 * `Connection: close` for at most `limit_ms`, then cut; waits for the workers and frees all.
 */
void http_server_stop(struct http_server *server, int64_t limit_ms);

/*
 * Blocks SIGHUP, SIGTERM and SIGINT in the calling thread and all it makes from then on, and
 * ignores SIGPIPE: the first thing that main does, before any thread.
 */
void http_server_block_signals(void);

/* Waits for a signal: true for SIGHUP (reload and wait again), false for SIGTERM or SIGINT (stop).
 */
bool http_server_wait(void);

enum http_phase {
    HTTP_PHASE_TLS,
    HTTP_PHASE_HEAD,
    HTTP_PHASE_BODY,
    HTTP_PHASE_QUEUE,
    HTTP_PHASE_HANDLER,
    HTTP_PHASE_WRITE,
    HTTP_PHASE_IDLE,
    HTTP_PHASE_LINGER
};
enum { HTTP_PHASES = 8 };

/* Figures since the start, and gauges of now; each is exact, together they are of about one moment.
 */
struct http_counters {
    uint64_t accepted, open;
    uint64_t rejected_total, rejected_address; /* connections over a cap */
    uint64_t timeouts[HTTP_PHASES];
    uint64_t requests;     /* complete heads */
    uint64_t responses[6]; /* by class: [2] is 2xx */
    uint64_t refused;      /* requests that the parser did not take */
    uint64_t overloaded;   /* 503 for a full queue or too long a wait */
    uint64_t dropped;      /* replies whose connection had gone */
    uint64_t bytes_in, bytes_out;
    uint64_t tls_failures;
    uint64_t queued[HTTP_QUEUES];  /* waiting now */
    uint64_t running[HTTP_QUEUES]; /* in a worker now */
};
void http_server_counters(const struct http_server *server, struct http_counters *out);

#endif
