/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_OUTBOUND_H
#define UAUTH_NET_OUTBOUND_H

/*
 * One outbound connection through libcurl with the rules that hold for all of them: the name is
 * resolved once, the addresses are checked and pinned (no rebinding between check and connect),
 * certificates are verified, TLS 1.2 or later, no redirect, no proxy of the environment, no .netrc,
 * no cookies, one absolute deadline. http_client and mail are its users.
 */

#include "net/outbound_kept.h"

struct resolver;

/* Who named the URL. */
enum outbound_origin {
    OUTBOUND_CONFIGURED, /* the operator: any address; without TLS only on loopback */
    OUTBOUND_FOREIGN, /* metadata or a registration: https on port 443 to public addresses only */
    OUTBOUND_PLATFORM /* the environment, for what the platform offers on its own network (managed
                         identities): never by a proxy; without TLS only to addresses that are not
                         public */
};

/* What the one who runs this has said of all calls.  Without it there is no proxy and no name, and
 * http is called on loopback. */
struct outbound_rules {
    const char *proxy;      /* a URL, or NULL.  The proxy looks names up, so that of those that
                             * others have named only literal addresses are checked here */
    const char *no_proxy;   /* "a.example,.b.example", or NULL: called without it, as loopback is */
    const char *user_agent; /* or NULL */
    int64_t limit_ms;       /* no call takes longer; 0: as long as it says */
    bool tls_only;          /* without TLS nothing is called */
};

struct outbound_plan {
    const char *url;
    enum outbound_origin origin;
    int64_t limit_ms;
    struct outbound_kept
        *kept; /* of a server that the operator has named; NULL: a new connection */
};

/* A transfer that the arena ends, unless it was given back. */
struct outbound_lease;

struct outbound {
    const struct libcurl *lib;
    struct outbound_lease *lease;
    CURL *curl;    /* lives in c->arena */
    bool loopback; /* all addresses are this host's */
    const char *host;
    int64_t deadline_ms; /* of time_monotonic_ms */
};

/*
 * Prepares a transfer.  FORBIDDEN if the rules above refuse the URL or any of its addresses;
 * UPSTREAM if the name cannot be resolved.
 */
RESULT outbound_open(struct ctx *c, struct resolver *resolver, const struct outbound_plan *plan,
                     struct outbound *out);

/* Runs the transfer.  UPSTREAM with libcurl's reason. */
RESULT outbound_perform(struct ctx *c, struct outbound *o);

/* It is over, and its connection is kept where there is a place for it.  Without this the arena
 * ends both. */
void outbound_close(struct outbound *o);

#endif
