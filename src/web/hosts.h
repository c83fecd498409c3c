/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_HOSTS_H
#define UAUTH_WEB_HOSTS_H

/*
 * Under which names the service answers, and when plain HTTP will do.  Nothing the service writes
 * (links, issuer, cookies) is ever made from the Host field: names here are only refused or let
 * through.
 */

#include "base/ctx.h"
#include "base/text.h"

struct hosts {
    struct texts
        names; /* lower case, without port; "*.example.com" covers names below it, not itself */
    bool https_only; /* the public URL is https */
};

/*
 * From AUTH_TRUSTED_HOSTS; empty: the host of `public_url`.  Loopback names are always served.
 * INVALID_FIELD for a pattern that is not a host name, and for a public URL of plain http elsewhere
 * than on loopback.
 */
RESULT hosts_new(struct ctx *c, const char *public_url, struct texts trusted, struct hosts *out);

/* Serves `host` (lower case, without port), too. */
void hosts_add(struct arena *a, struct hosts *hosts, const char *host);

/* Whether `host` (lower case, without port) is served. */
bool hosts_serve(const struct hosts *hosts, const char *host);

/* Whether `host` or `address` is this machine's loopback: localhost, 127.0.0.0/8, ::1. */
bool hosts_is_loopback(const char *host);

/* The host of an http(s) URL in lower case, without port and brackets, or NULL. */
const char *hosts_of_url(struct arena *a, const char *url);

#endif
