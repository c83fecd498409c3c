/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_SSRF_H
#define UAUTH_NET_SSRF_H

/*
 * Which addresses an outbound call may reach.  A URL that an operator wrote into the configuration
 * may name any address; one that came from elsewhere (metadata, a registration) only public ones
 * (claim I11).
 */

#include <stdbool.h>
#include <sys/socket.h>

/*
 * Whether `address` (AF_INET or AF_INET6) is a public unicast address: not this host, a private,
 * shared, link-local, documentation, benchmarking, multicast or reserved range (RFC 6890 and its
 * registries), nor an IPv6 form that carries an IPv4 address (mapped, 6to4, NAT64, Teredo).
 */
bool ssrf_is_public(const struct sockaddr *address);

/* Whether `address` is on this host's loopback. */
bool ssrf_is_loopback(const struct sockaddr *address);

#endif
