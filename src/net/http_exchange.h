/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_EXCHANGE_H
#define UAUTH_NET_HTTP_EXCHANGE_H

/*
 * From a complete head to the reply: who calls, what it costs, how much body it may bring, where it
 * runs.  On the I/O thread of the connection.
 */

#include "net/http_io.h"

/* How a step of a connection ended. */
enum http_go {
    HTTP_GO_ON,   /* there may be more to do at once */
    HTTP_GO_WAIT, /* for the socket, a worker or a deadline */
    HTTP_GO_GONE  /* the connection is closed; its place must not be touched */
};

/* The head of k->job is complete, at the beginning of k->in. */
enum http_go http_exchange_begin(struct http_connection *k);

/* The body of k->job is complete too; what follows it in k->in, from `end` on, is the next request.
 */
enum http_go http_exchange_dispatch(struct http_connection *k, size_t end);

/*
 * Answers what is not taken and closes after it.  `retry_after`: seconds, 0: none.  What was read
 * is dropped, and the job, wherever it is, is let go.  WAIT: it is not, and nothing was done, as a
 * worker is answering just now, or has just taken what is in the phase of waiting for one.
 */
enum http_go http_exchange_refuse(struct http_connection *k, const struct http_refusal *refusal,
                                  int64_t retry_after);

/* Lets go of k->job, if it has one; false, and it stays, if a worker is writing to the connection.
 */
bool http_exchange_forget(struct http_connection *k);

/* Gives a job that is ours back for the next request. */
void http_exchange_recycle(struct http_io *io, struct http_job *job);

#endif
