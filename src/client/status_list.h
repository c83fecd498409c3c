/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_STATUS_LIST_H
#define UAUTH_CLIENT_STATUS_LIST_H

/*
 * Status lists of others (Token Status List, draft 21): whether a token that was good when it was
 * made is good still.  A list is fetched, verified and kept for as long as it says; a token whose
 * list cannot be had or does not prove itself is not taken.
 */

#include "client/documents.h"
#include "crypto/jwt.h"

enum {
    STATUS_LIST_BYTES_MAX = 1 << 20, /* of the list, and of its token */
    STATUS_LIST_TTL = 300,           /* seconds, where the list says nothing */
    STATUS_LIST_TTL_MAX = 86400
};

/* Where the status of a token stands (6.2). */
struct status_ref {
    const char *uri; /* NULL: nowhere */
    int64_t idx;
};

/* The claim `status`.  INVALID_TOKEN: it is there and names no place in a list, as then it says
 * something that nobody has looked at. */
RESULT status_ref_read(struct ctx *c, const struct jwt *jwt, struct status_ref *out);

/* Who vouches for lists. */
struct status_trust {
    const char *configured; /* what the operator has named: lists there may be anywhere, others only
                             * at public addresses (net/outbound.h) */
    uint64_t serial;        /* of this trust, in its process: a list is verified for each once */
    /* A policy with keys that may verify `token`; what else it says is of no matter. */
    RESULT (*keys)(struct ctx *c, void *arg, const char *token, struct jws_policy *out);
    void *arg;
};

/*
 * INVALID_TOKEN: the status at `ref` is not VALID (0; 7.1), or there is no such place.  UPSTREAM,
 * FORBIDDEN: the list cannot be had, is not of who vouches for it, is about another address (sub)
 * or too old (exp; without one, ttl twice over).
 */
RESULT status_check(struct ctx *c, const struct status_ref *ref, const struct status_trust *trust);

/* How a list is read: for fuzzing. */
extern const struct document_kind status_list_kind;

#endif
