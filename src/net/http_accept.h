/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_ACCEPT_H
#define UAUTH_NET_HTTP_ACCEPT_H

/*
 * Accepting, on the first I/O thread: keeps the caps on connections and gives each to the I/O
 * thread that has the fewest.
 */

#include "net/http_io.h"
#include "net/http_listen.h"

struct http_accept;

/*
 * Listens on all of `listeners`.  Failures as http_listen; then nothing is left listening.
 * Beginning to accept is http_accept_begin's part, when all else is ready.
 */
RESULT http_accept_new(struct ctx *c, struct http_shared *shared,
                       const struct http_listener *listeners, size_t n, struct http_accept **out);

/* Accepts on the loop of the first I/O thread, which does not run yet. */
RESULT http_accept_begin(struct ctx *c, struct http_accept *accept);

/* Listens no longer.  On the first I/O thread, or when it does not run. */
void http_accept_stop(struct http_accept *accept);

/* http_accept_stop, and frees.  `accept` may be NULL. */
void http_accept_free(struct http_accept *accept);

/* The name of listener `i`, as http_server_address. */
const char *http_accept_name(const struct http_accept *accept, size_t i);

/* The number that the plan gave to listener `i`. */
unsigned http_accept_number(const struct http_accept *accept, size_t i);

#endif
