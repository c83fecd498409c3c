/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_UPSTREAMS_H
#define UAUTH_CLIENT_UPSTREAMS_H

/*
 * What calls to the servers of others share, for all threads of the process: the resolver, the
 * documents that are kept, and who does not answer at present.
 */

#include "client/breaker.h"
#include "client/documents.h"
#include "net/url.h"

struct upstreams {
    _Atomic int64_t guests; /* upstreams_enter */
    struct resolver *resolver;
    struct documents *documents;
    struct breakers *breakers;
};

/* In `a`; NULL if there is no memory.  `resolver` stays the caller's.  Freed before `a` ends. */
struct upstreams *upstreams_new(struct arena *a, struct resolver *resolver);
void upstreams_free(struct upstreams *u); /* NULL is fine */

/* The one of this process; UNAVAILABLE where nobody is called: in commands. */
RESULT upstreams_of(struct ctx *c, struct upstreams **out);

/*
 * Calls to servers that a client names are made while its request is answered, by a thread that
 * others need too: not more than a quarter of the workers do so at once.  Every true is
 * followed by upstreams_leave.
 */
bool upstreams_enter(const struct ctx *c, struct upstreams *u);
void upstreams_leave(struct upstreams *u);

/*
 * documents_get and documents_renew, within that bound where others need the thread (c->needed).
 * Where too many wait already, what is at hand has to do; where there is nothing, UNAVAILABLE.
 */
RESULT upstreams_get(struct ctx *c, const struct document_wanted *wanted, const void **parsed);
RESULT upstreams_renew(struct ctx *c, const struct document_wanted *wanted, const void *seen,
                       const void **parsed);

/* A URL, and who named it. */
struct upstream_url {
    const char *url;
    enum outbound_origin origin;
};

/*
 * Who is said to have named `url` of a document at `named`: whoever named that, if both have the
 * same scheme, host and port; else the document, which must not send us to private addresses
 * (claim I11; SR-02).
 */
enum outbound_origin upstream_origin(struct ctx *c, const struct upstream_url *named,
                                     const char *url);

/*
 * URLs that somebody has registered and that this server calls: whoever may register one must not
 * reach with it what is only to be reached from inside (SR-02).  Hosts of AUTH_INTERNAL_HOSTS are
 * excepted, because the operator names them.
 *
 * Whether it may be registered: https on port 443 of a host by its name, other than this host's; of
 * a host of `inside` (internal_hosts) also with another port, and by http on loopback.
 */
bool upstream_is_callable(struct texts inside, const struct url *url);

/* Whether it names a host of internal_hosts. */
bool upstream_is_internal(struct ctx *c, const char *url);

#endif
