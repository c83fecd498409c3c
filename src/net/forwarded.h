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

enum { FORWARDED_HOPS_MAX = 64 };

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
    bool repeats; /* one of the fields stands twice (http_head.repeats_proxy) */
    struct cidrs trusted;
};

/*
 * The caller of `request` (its headers are read; its peer and tls are not).  The peer is the
 * right-most hop that is not a trusted proxy; a hop that is no address ends the walk at the proxy
 * that reported it.  Of X-Forwarded-Proto the right-most value counts, of Forwarded the proto of
 * the element that names the peer.  Repeated fields of a trusted proxy are one list (RFC 9110 5.3).
 * False: fields stand twice without a trusted proxy (HT-05); Forwarded is not well formed; both
 * kinds of fields are there and do not agree, so that one of them is the client's; more than
 * FORWARDED_HOPS_MAX hops.
 */
bool forwarded_read(struct arena *a, const struct forwarded_from *from,
                    const struct http_request *request, struct forwarded *out);

/* Whether the connection is from a trusted proxy. */
bool forwarded_is_trusted(const struct forwarded_from *from);

#endif
