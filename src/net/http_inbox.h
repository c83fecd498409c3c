/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_INBOX_H
#define UAUTH_NET_HTTP_INBOX_H

/*
 * What other threads hand to an I/O thread: new connections, requests that are done, another
 * application, the word to stop.  An eventfd says that there is something.  A request whose reply
 * was sent already is put in without a word: there is nothing to do for it until its client writes
 * again or its deadline comes, and then the I/O thread looks here first.
 */

#include "net/http_queue.h"

/* A connection on its way to its I/O thread. */
struct http_arrival {
    int fd;
    bool is_ip, is_counted, plain;
    uint8_t listener;
    struct address address;
};

struct http_inbox {
    int wake_fd;
    pthread_mutex_t lock; /* of all that follows */
    struct http_arrival *arrivals;
    size_t arrivals_n, arrivals_room;
    struct http_job *done;
    unsigned done_n;
    bool called; /* since it was emptied last */
    struct http_served *next_served;
    int64_t stop_ms; /* when to cut what is still open; 0: not stopping */
};

/* What was in it; all of it is the caller's now. */
struct http_inbox_found {
    struct http_arrival *arrivals; /* from malloc */
    size_t arrivals_n;
    struct http_job *done;
    struct http_served *served; /* NULL: as before */
    int64_t stop_ms;
};

/* False if the system gives no eventfd.  http_inbox_end takes apart what was prepared. */
bool http_inbox_prepare(struct http_inbox *inbox);
void http_inbox_end(struct http_inbox *inbox);

/* False if there is no memory: the connection stays the caller's. */
bool http_inbox_arrive(struct http_inbox *inbox, const struct http_arrival *arrival);

/* Takes the job over.  `tell`: there is more to do for its connection than job->tell says. */
void http_inbox_done(struct http_inbox *inbox, struct http_job *job, bool tell);

/* Takes the caller's reference over. */
void http_inbox_serve(struct http_inbox *inbox, struct http_served *served);

void http_inbox_stop(struct http_inbox *inbox, int64_t stop_ms);

/*
 * On the I/O thread: empties it.  Who puts `asked` in later (NULL: none), a job that is still on
 * its way, will say so.
 */
struct http_inbox_found http_inbox_empty(struct http_inbox *inbox, struct http_job *asked);

#endif
