/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_CONNECTION_H
#define UAUTH_NET_HTTP_CONNECTION_H

/*
 * The life of a connection on its I/O thread: PROXY header, TLS, head, body, queue, reply, and
 * again. Reading and writing go straight to the socket or its SSL object.
 */

#include "net/http_io.h"

/* Puts what has arrived into place `k`, which is free. */
void http_connection_open(struct http_io *io, struct http_connection *k,
                          const struct http_arrival *arrival);

/* Goes on as far as the socket lets it. */
void http_connection_run(struct http_connection *k);

/* The deadline of its phase has passed. */
void http_connection_expire(struct http_connection *k);

/* Its job is done: what is left of job->output is written.  Takes the job over. */
void http_connection_reply(struct http_connection *k, struct http_job *job);

/* Closes, whatever goes on, and frees the place. */
void http_connection_close(struct http_connection *k);

#endif
