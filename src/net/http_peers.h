/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_PEERS_H
#define UAUTH_NET_HTTP_PEERS_H

/*
 * How many connections each IPv4 address or IPv6 /64 has open, so that no single place takes them
 * all (DO-06).  Usable from all threads.
 */

#include "net/address.h"

struct http_peers;

/* Room for `connections_max` connections; NULL if there is no memory. */
struct http_peers *http_peers_new(unsigned connections_max);
void http_peers_free(struct http_peers *peers);

/* Counts a connection from `address`, unless there are `most` already; whether it was counted. */
bool http_peers_add(struct http_peers *peers, const struct address *address, unsigned most);

/* A counted connection has gone. */
void http_peers_remove(struct http_peers *peers, const struct address *address);

#endif
