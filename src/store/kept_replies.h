/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_KEPT_REPLIES_H
#define UAUTH_STORE_KEPT_REPLIES_H

/*
 * Answers that are kept for a while under the key that a caller has named, so that a request that
 * comes again is answered again and not carried out again.
 */

#include "store/schema.h"

/* What is read again of a row, in either database. */
enum { KEPT_SEALED_MAX = 4 << 20 };

enum kept_outcome {
    KEPT_BEGUN,   /* the caller carries it out, and then calls kept_reply_finish or _forget */
    KEPT_RUNNING, /* another one is at it */
    KEPT_LOST,    /* another one was at it and never told what came of it */
    KEPT_OTHER,   /* the key was used for another request */
    KEPT_DONE     /* *sealed is what was answered */
};

struct kept_reply {
    const char *owner;   /* whose key it is */
    const char *hash;    /* of the key */
    const char *request; /* what tells one request from another */
};

/* Begins: of all who come with one key, one gets KEPT_BEGUN.  One that began `lease` seconds ago
 * and neither finished nor was forgotten is KEPT_LOST for the rest of the `ttl`: it may have been
 * carried out, and nothing is carried out twice. */
RESULT kept_reply_begin(struct ctx *c, const struct kept_reply *key, int64_t lease, int64_t ttl,
                        enum kept_outcome *how, const char **sealed);
/* `sealed`: at most KEPT_SEALED_MAX bytes. */
RESULT kept_reply_finish(struct ctx *c, const struct kept_reply *key, const char *sealed);
RESULT kept_reply_forget(struct ctx *c, const struct kept_reply *key);

#endif
