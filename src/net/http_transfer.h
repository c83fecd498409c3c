/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_TRANSFER_H
#define UAUTH_NET_HTTP_TRANSFER_H

/*
 * Between the stream of a connection and its two buffers.
 */

#include "net/http_exchange.h"
#include "net/http_stream.h"

/* Reads at most `most` bytes more into k->in.  A connection that has to wait with nothing holds
 * none. */
enum http_go http_transfer_fill(struct http_connection *k, size_t most);

/* The rest of a read behind k->in->n: `got` bytes, or an outcome of http_stream.h. */
enum http_go http_transfer_took(struct http_connection *k, ssize_t got);

/* Writes k->out and gives it back; ON when all of it is written. */
enum http_go http_transfer_flush(struct http_connection *k);

/* Closes; always GONE. */
enum http_go http_transfer_close(struct http_connection *k);

#endif
