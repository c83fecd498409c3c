/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_QUEUE_H
#define UAUTH_NET_HTTP_QUEUE_H

/*
 * A bounded queue of requests of one cost and the workers that take from it.  A job belongs to the
 * connection until it is pushed, to the queue and its worker while it waits and runs, and to the
 * I/O thread again when it is done (net/http_handover.h).
 */

#include "net/http_chunked.h"
#include "net/http_reply.h"
#include "net/http_served.h"
#include "net/tls.h"

#include <pthread.h>

struct http_io;
struct http_connection;

enum http_job_state {
    HTTP_JOB_OWNED,    /* by its connection */
    HTTP_JOB_QUEUED,   /* waits for a worker */
    HTTP_JOB_RUNNING,  /* a worker has it; nobody else touches it */
    HTTP_JOB_SENDING,  /* a worker writes to its connection, which is nobody else's until it is back
                        */
    HTTP_JOB_ABANDONED /* nobody waits for it: its worker frees it */
};

/* One request on its way. */
struct http_job {
    struct http_job *next;
    _Atomic int state;     /* enum http_job_state */
    _Atomic bool given_up; /* for what works on it, before it is abandoned while it runs */
    struct http_io *io;
    struct http_connection *connection; /* the I/O thread's, whose socket and SSL object are: */
    int fd;
    SSL *ssl;
    bool tell; /* its client has written more already; under the lock of the inbox */

    struct http_head head;
    struct http_chunked chunked;
    size_t head_n, body_n; /* the body follows the head in `input` */
    size_t body_max;
    enum http_cost cost;
    unsigned listener;
    bool tls, by_proxy;
    struct tls_shown *shown; /* NULL: no certificate */
    char peer[ADDRESS_TEXT];
    int64_t queued_ms;
    struct buffer *input;
    struct http_served *served;

    struct buffer *output; /* the reply, or what is left of it; NULL: sent, or it cannot be sent */
    bool sent;             /* all of it */
    int status;
    bool close;
};

/* A new job or NULL; http_job_free gives back all that it holds. */
struct http_job *http_job_new(void);
void http_job_free(struct http_job *job);

/* The request of `job` in `a`, with its body, and all that its connection says. */
struct http_request *http_job_request(struct arena *a, const struct http_job *job);

struct http_queue;

struct http_queue_plan {
    enum http_cost cost;
    unsigned workers, max;
    int64_t queue_ms; /* the deadline of waiting */
    size_t arena_ceiling;
    const struct http_threads *threads; /* outlives the queue, as does: */
    const _Atomic bool *draining;       /* every reply says that the connection ends */

    /* Ends a job that is done, from the worker (http_handover). */
    void (*done)(struct http_job *job, struct buffer_pool *spare);
};

/*
 * Makes the queue and its workers, which begin at once.  UNAVAILABLE if there is no memory or
 * thread; failures of open_worker as they are.
 */
RESULT http_queue_start(struct ctx *c, const struct http_queue_plan *plan, struct http_queue **out);

/*
 * Puts `job` in.  0 if it was taken; else it was not, because the queue is full or would take
 * longer than half of queue_ms, and the number of seconds after which to try again.
 */
int64_t http_queue_push(struct http_queue *queue, struct http_job *job);

/* Jobs that wait, and jobs that run. */
void http_queue_figures(struct http_queue *queue, uint64_t *queued, uint64_t *running);

/* Frees what waits, lets the workers end their jobs, and ends all.  `queue` may be NULL. */
void http_queue_stop(struct http_queue *queue);

#endif
