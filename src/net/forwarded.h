/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_FORWARDED_H
#define UAUTH_NET_FORWARDED_H

/*
 * Who calls, when the connection comes from a trusted proxy: X-Forwarded-For and X-Forwarded-Proto,
 * or Forwarded (RFC 7239).  From anyone else these fields mean nothing (HH-07).  Host, URI, prefix
 * and method fields of proxies are never read (HH-04).
 */

#include "net/address.h"
#include "net/http_message.h"

struct forwarded {
    const char *peer; /* canonical address of the caller, or "unix" */
    bool tls;         /* the caller spoke TLS to the proxy, or to us */
};

/*
 * Where a connection comes from: `address` NULL is a Unix socket, which is trusted if loopback is.
 */
struct forwarded_from {
    const struct address *address;
    bool tls;
    struct cidrs trusted;
};

/*
 * The caller of `request` (its headers are read; its peer and tls are not).  The peer is the
 * right-most hop that is not a trusted proxy; a hop that is no address ends the walk at the proxy
 * that reported it.  Of X-Forwarded-Proto the right-most value counts; of Forwarded the proto of
 * the element that names the peer.  False where both kinds of fields are there and do not agree:
 * one of them was written by the client.
 */
bool forwarded_read(struct arena *a, const struct forwarded_from *from,
                    const struct http_request *request, struct forwarded *out);

#endif
