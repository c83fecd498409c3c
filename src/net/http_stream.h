/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_STREAM_H
#define UAUTH_NET_HTTP_STREAM_H

/*
 * Bytes from and to the socket of a connection, through TLS if it has it.  Neither ever waits.
 */

#include "net/http_io.h"

#include <sys/types.h>

/* What reading or writing comes to, where it is not a number of bytes. */
enum { HTTP_STREAM_END = 0, HTTP_STREAM_WAIT = -1, HTTP_STREAM_BROKEN = -2 };

/* Reads at most `n` bytes: how many, or END, WAIT, BROKEN. */
ssize_t http_stream_read(struct http_connection *k, void *at, size_t n);

/* Writes at most `n` bytes (not 0): how many, or WAIT, BROKEN. */
ssize_t http_stream_write(struct http_connection *k, const void *at, size_t n);

/* The same of a socket, and of its SSL object if there is one, by whoever has both. */
ssize_t http_stream_put(SSL *ssl, int fd, const void *at, size_t n);

/* Reads past TLS, for what stands before it. */
ssize_t http_stream_read_raw(struct http_connection *k, void *at, size_t n);

/* Goes on with the handshake: 1 when it is done, or WAIT, BROKEN. */
ssize_t http_stream_handshake(struct http_connection *k);

/* Says that nothing more will be written. */
void http_stream_finish(struct http_connection *k);

#endif
