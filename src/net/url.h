/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_URL_H
#define UAUTH_NET_URL_H

/*
 * Absolute URLs (RFC 3986), read strictly: what browsers, proxies and libraries read differently is
 * refused rather than repaired.  Redirect URIs are still compared as exact text (RFC 9700 2.1);
 * this says whether a text may be one, and what its parts are.
 */

#include "net/host.h"

/* Longer texts are refused whole (URI-15). */
enum { URL_MAX = 2048 };

struct url {
    const char *scheme; /* lower case */
    enum url_host host_is;
    const char *host;     /* lower case, IPv6 canonical and without brackets; NULL for NONE */
    uint16_t port;        /* as written; 0: none is written */
    const char *path;     /* as written; "" or begins with '/' */
    const char *query;    /* as written, without '?'; NULL: none */
    const char *fragment; /* as written, without '#'; NULL: none */
};

/*
 * Reads all of `text`.  Taken are http and https with a host, and private-use schemes, which hold a
 * dot (RFC 8252 7.1), with or without a host.  False for: other schemes; user information; an empty
 * host or port; a host that is not ASCII, ends in a dot, or ends in a number and is not four strict
 * decimals; a zone or other text inside or behind brackets; a punycode label that stands for plain
 * ASCII; a bad or encoded control character; a backslash; a dot segment in the path, also encoded;
 * more than URL_MAX bytes.
 */
bool url_parse(struct arena *a, struct bytes text, struct url *out);

/* The port that it means: as written, 80 for http, 443 for https, else 0. */
uint16_t url_port(const struct url *url);

/* The URL as text, the default port left out. */
const char *url_write(struct arena *a, const struct url *url) __attribute__((returns_nonnull));

/* "https://app.example:8443": scheme, host and port as a browser writes Origin (RFC 6454 6.2). */
const char *url_origin(struct arena *a, const struct url *url) __attribute__((returns_nonnull));

/* Whether the host is 127.0.0.0/8, ::1 (RFC 8252 7.3), or the name localhost. */
bool url_is_loopback(const struct url *url);

/* Whether nobody on the way reads what is sent there: https, or http that stays on this host. */
bool url_is_private(const struct url *url);

#endif
