/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HOST_H
#define UAUTH_NET_HOST_H

/*
 * Host names and addresses as they stand in URLs and in the Host field: ASCII only, read strictly.
 */

#include "base/text.h"

enum { HOST_MAX = 253, HOST_LABEL_MAX = 63 };

enum url_host {
    URL_HOST_NONE, /* a URL without authority: com.example.app:/callback */
    URL_HOST_NAME,
    URL_HOST_IPV4,
    URL_HOST_IPV6
};

/* A host with its port, as a part of a text. */
struct host_parts {
    enum url_host is;
    struct bytes host; /* as written, without brackets */
    uint16_t port;     /* 0: none is written */
};

/*
 * Reads "host", "host:port", "1.2.3.4:port", "[::1]:port": the Host field and the authority of a
 * URL.  A port is 1 to 65535 without leading zeros.  A host whose last label is a number is an IPv4
 * address of four strict decimals or refused.
 */
bool host_split(struct bytes text, struct host_parts *out);

/* The host in lower case, an IPv6 address in canonical form. */
const char *host_text(struct arena *a, const struct host_parts *parts)
    __attribute__((returns_nonnull));

/*
 * Whether `host` is a host name: ASCII labels of letters, digits, '-' and '_', at most
 * HOST_LABEL_MAX long and HOST_MAX together, none beginning or ending in '-', the last not a
 * number, no dot at the end, and no punycode label that stands for plain ASCII (URI-16).
 */
bool host_is_name(struct bytes host);

/*
 * Whether `host` (lower case) is `pattern`, or, for "*.example.com", a name below example.com;
 * never example.com itself nor evilexample.com (URI-14).
 */
bool host_matches(const char *host, const char *pattern);

/* Whether `host` is localhost or a name below it: this host, whoever is asked (RFC 6761 6.3). */
bool host_is_localhost(const char *host);

/* Whether `pattern` is a host name, an address, or "*." before a host name of two labels or more.
 */
bool host_is_pattern(const char *pattern);

#endif
