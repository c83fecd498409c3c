/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_IO_H
#define UAUTH_NET_HTTP_IO_H

/*
 * An I/O thread: a libevent loop over its connections and their deadlines, with an inbox for what
 * other threads hand to it.
 *
 * Deadlines of a phase are equally long, so the connections of a phase, in the order in which they
 * entered it, are also in the order of their deadlines: one list for each phase and one timer are
 * enough.
 */

#include "net/http_inbox.h"
#include "net/http_peers.h"

#include <event2/event_struct.h>

struct http_accept;

enum { HTTP_NOWHERE = -1 };

/* What I/O threads share; const after the start but for what is atomic. */
struct http_shared {
    int64_t limits_ms[HTTP_PHASES];
    struct http_queue *queues[HTTP_QUEUES];
    struct http_peers *peers;
    const struct log *log;
    unsigned connections_max, address_connections_max;
    size_t arena_ceiling;
    _Atomic unsigned open; /* connections, those on their way to an I/O thread included */
    _Atomic bool draining;
    struct http_io *ios;
    unsigned ios_n;
    struct http_accept *accept; /* of the first I/O thread */
};

/* One place for a connection.  While it waits between requests this is all the memory it takes. */
struct http_connection {
    struct event event;
    struct http_io *io;
    SSL *ssl;             /* NULL: plain */
    struct buffer *in;    /* what came in and is not yet a job's; NULL: nothing */
    struct buffer *out;   /* what is to be written; NULL: nothing */
    struct http_job *job; /* the request that is being read, waits or runs; NULL: none */
    int64_t deadline_ms;
    struct address address; /* the socket's, or what the PROXY header said */
    struct address counted; /* the socket's, for http_peers */
    struct http_scan scan;
    int32_t earlier, later; /* neighbours in the list of the phase, or HTTP_NOWHERE */
    int32_t next_free;
    uint32_t lingered; /* bytes read after a refusal */
    uint8_t phase;     /* enum http_phase */
    uint8_t listener;
    bool open;
    bool is_ip;      /* `address` is one; else a Unix socket */
    bool is_counted; /* in http_peers */
    bool awaits_proxy;
    bool awaits_tls;
    bool tls_at_proxy;
    bool readable, writable; /* as far as is known: edges are only told once */
    bool drained;            /* the last read took all there was */
    bool hung_up;            /* the other side writes no more */
    bool closes;             /* after what is being written */
    bool lingers;            /* before it closes */
};

struct http_list {
    int32_t first, last;
};

struct http_totals {
    _Atomic uint64_t accepted, rejected_total, rejected_address, timeouts[HTTP_PHASES];
    _Atomic uint64_t requests, responses[6], refused, overloaded, dropped;
    _Atomic uint64_t bytes_in, bytes_out, tls_failures;
};

struct http_io {
    struct http_shared *shared;
    struct event_base *base;
    struct event wake, timer;
    pthread_t thread;
    bool runs;
    void *means; /* of open_worker */
    bool opened;
    _Atomic unsigned load; /* connections here or on their way */
    struct http_inbox inbox;

    /* Only this thread touches what follows. */
    struct http_served *served;
    struct http_connection *places;
    int32_t places_n, places_used, free_place;
    int32_t open; /* connections */
    struct http_list lists[HTTP_PHASES];
    int64_t now_ms, armed_ms, drain_ms;
    struct arena *arena;
    struct buffer_pool pool;
    struct http_date date;
    struct http_job *spare;
    struct http_totals totals;
};

/* Prepares `io` (zeroed) for `places` connections; what it has is freed by http_io_end in any case.
 */
RESULT http_io_prepare(struct ctx *c, struct http_io *io, struct http_shared *shared,
                       size_t places);

/* Begins the thread. */
RESULT http_io_start(struct ctx *c, struct http_io *io);

/* Frees what is left when the thread has ended. */
void http_io_end(struct http_io *io);

/* From any thread: takes the connection over, also if it must close it for want of memory. */
void http_io_arrive(struct http_io *io, const struct http_arrival *arrival);

/*
 * On its thread: does what the inbox asks for.  `asked`: a request in flight, whose connection has
 * more to do; if it is not back yet, that comes as soon as it is.  Any connection may be closed
 * then.
 */
void http_io_collect(struct http_io *io, struct http_job *asked);

/* Puts a connection that is in no list into a phase, whose deadline begins now. */
void http_io_join(struct http_connection *k, enum http_phase phase);

/* Moves a connection to another phase. */
void http_io_enter(struct http_connection *k, enum http_phase phase);

/* Takes it out of its list. */
void http_io_leave(struct http_connection *k);

/* Takes back the place of a connection that is closed. */
void http_io_vacate(struct http_connection *k);

static inline void http_count(_Atomic uint64_t *figure, uint64_t n)
{
    (void)atomic_fetch_add_explicit(figure, n, memory_order_relaxed);
}

/* The same where only the I/O thread adds to `figure`: it is read by others, but needs no lock. */
static inline void http_count_alone(_Atomic uint64_t *figure, uint64_t n)
{
    uint64_t before = atomic_load_explicit(figure, memory_order_relaxed);
    atomic_store_explicit(figure, before + n, memory_order_relaxed);
}

#endif
