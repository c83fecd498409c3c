/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_ENTRA_THROTTLE_H
#define UAUTH_CLIENT_ENTRA_THROTTLE_H

/*
 * Requests that are not sent again too soon (entra.md 1.21): after a 429, a 5xx or a Retry-After
 * for as long as was asked, and after an exact 400 for a minute, in which the same request is
 * answered from memory.  Only the same request is: others to the same server go out.
 */

#include "base/ctx.h"

struct throttles;

enum {
    THROTTLES_MAX = 1024,
    THROTTLE_DEFAULT = 60, /* seconds, where nothing was asked; of applications with a secret: */
    THROTTLE_CONFIDENTIAL = 5,
    THROTTLE_MAX = 3600,
    THROTTLE_REPLAY = 60,
    THROTTLE_BODY_MAX = 4096 /* larger ones are not kept */
};

/* NULL if there is no memory. */
struct throttles *throttles_new(void);
void throttles_free(struct throttles *t); /* NULL is fine */

/* What is remembered of a request; status 0: it may go out. */
struct throttled {
    int status;
    int64_t left;      /* seconds until it may go out */
    struct bytes body; /* of a 400, in c->arena */
};
struct throttled throttle_find(struct ctx *c, struct throttles *t, struct bytes key);

/* Remembers an answer for `seconds`, bounded by THROTTLE_MAX. */
void throttle_put(struct ctx *c, struct throttles *t, struct bytes key,
                  const struct throttled *answer, int64_t seconds);

/* A good answer: forgets. */
void throttle_clear(struct throttles *t, struct bytes key);

#endif
