/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_OUTBOUND_H
#define UAUTH_NET_OUTBOUND_H

/*
 * One outbound connection through libcurl with the rules that hold for all of them: the name is
 * resolved once, the addresses are checked and pinned (no rebinding between check and connect),
 * certificates are verified, TLS 1.2 or later, no redirect, no proxy of the environment, no .netrc,
 * no cookies, one absolute deadline. http_client and mail are its users.
 */

#include "base/ctx.h"

#include <curl/curl.h>

struct resolver;

/* Who named the URL. */
enum outbound_origin {
    OUTBOUND_CONFIGURED, /* the operator: any address; without TLS only on loopback */
    OUTBOUND_FOREIGN /* metadata or a registration: https on port 443 to public addresses only */
};

struct outbound {
    CURL *curl;    /* lives in c->arena */
    bool loopback; /* all addresses are this host's */
    const char *host;
};

/*
 * Prepares a transfer to `url` that ends within `limit_ms`.  FORBIDDEN if the rules above refuse
 * the URL or any of its addresses; UPSTREAM if the name cannot be resolved.
 */
RESULT outbound_open(struct ctx *c, struct resolver *resolver, const char *url,
                     enum outbound_origin origin, int64_t limit_ms, struct outbound *out);

/* Runs the transfer.  UPSTREAM with libcurl's reason. */
RESULT outbound_perform(struct ctx *c, struct outbound *o);

#endif
