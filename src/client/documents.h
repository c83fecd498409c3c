/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_DOCUMENTS_H
#define UAUTH_CLIENT_DOCUMENTS_H

/*
 * Documents of others that are fetched, parsed and kept: key sets, discovery.  One object serves
 * all threads.
 *
 * A document is fetched by one caller at a time (single flight, keyed by the whole URL and kind).
 * Fresh ones are used as they are; a stale one is used while one caller fetches it anew, and for
 * DOCUMENT_STALE_MAX when that fails; where there is none, callers wait.  After a fetch, good or
 * bad, the next comes no sooner than DOCUMENT_RETRY_SECONDS later, and until then there is simply
 * no newer document: it fails closed (JOSE-34).  Documents that others name (OUTBOUND_FOREIGN)
 * displace neither those of the operator nor any whose next fetch must wait; where there are
 * DOCUMENTS_MAX of these, no further one is had.
 */

#include "net/http_client.h"

struct documents;

enum {
    DOCUMENTS_MAX = 256, /* the least recently used one that may go, goes */
    DOCUMENT_BYTES_MAX = 64 * 1024,
    DOCUMENT_FRESH_MIN = 60, /* bounds on what Cache-Control may ask for, seconds */
    DOCUMENT_FRESH_DEFAULT = 3600,
    DOCUMENT_FRESH_MAX = 86400,
    DOCUMENT_STALE_MAX = 86400,
    DOCUMENT_RETRY_SECONDS = 30,
    DOCUMENT_LIMIT_MS = 5000
};

/*
 * A kind of document: how it is read.  `parse` allocates in c->arena, which is the document's own,
 * and hands out what users get; it refuses with any failure.
 */
struct document_kind {
    const char *name;
    const char *accept;
    RESULT (*parse)(struct ctx *c, struct bytes body, const char *url, const void **parsed);
    size_t bytes_max; /* 0: DOCUMENT_BYTES_MAX */
    int64_t limit_ms; /* 0: DOCUMENT_LIMIT_MS, which it does not exceed */
};

/* Which document: its kind, where it is, and where its address came from. */
struct document_wanted {
    const struct document_kind *kind;
    const char *url;
    enum outbound_origin origin;
};

/* NULL if there is no memory. */
struct documents *documents_new(struct resolver *resolver);
void documents_free(struct documents *d);

/*
 * The parsed document that is `wanted`; it stays valid until c->arena is rewound.  UPSTREAM or
 * FORBIDDEN if it cannot be had.
 */
RESULT documents_get(struct ctx *c, struct documents *d, const struct document_wanted *wanted,
                     const void **parsed);

/*
 * The same, for a caller who has looked at `seen` (from documents_get) and missed something, such
 * as a key id: a newer document, or `seen` again if none may be fetched yet or somebody is
 * fetching it: with a document at hand nobody waits for what another one does.
 */
RESULT documents_renew(struct ctx *c, struct documents *d, const struct document_wanted *wanted,
                       const void *seen, const void **parsed);

/*
 * What is at hand, without asking or waiting for anybody: NULL in *parsed if there is nothing that
 * may be used.  Whether it is fresh.
 */
bool documents_kept(struct ctx *c, struct documents *d, const struct document_wanted *wanted,
                    const void **parsed);

#endif
