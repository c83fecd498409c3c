/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_PROXY_PROTOCOL_H
#define UAUTH_NET_PROXY_PROTOCOL_H

/*
 * The PROXY protocol, version 2 (binary), which stands before the first byte of TLS or HTTP on
 * connections from trusted proxies where AUTH_PROXY_PROTOCOL is on.  Version 1 is refused.
 */

#include "net/address.h"
#include "net/http_parser.h"

enum {
    PROXY_PROTOCOL_FIXED = 16, /* bytes before the addresses */
    PROXY_PROTOCOL_MAX = 1024  /* bytes altogether */
};

struct proxy_protocol {
    bool has_address; /* false for LOCAL and for families without an IP address: the socket's counts
                       */
    struct address address;
    bool tls; /* the proxy says that the client spoke TLS to it (PP2_CLIENT_SSL) */
};

/*
 * Reads the header from `in`.  MORE: `wanted` is how many bytes it must have at least.  READY:
 * `wanted` is how many it took.  REFUSED: it is none, or one that is not well formed.
 */
enum http_step proxy_protocol_read(struct bytes in, struct proxy_protocol *out, size_t *wanted);

#endif
