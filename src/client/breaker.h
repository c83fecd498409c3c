/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_BREAKER_H
#define UAUTH_CLIENT_BREAKER_H

/*
 * Who of those that we call does not answer at present, so that nobody waits for them: after
 * BREAKER_FAILURES failures in a row calls are refused at once for BREAKER_SECONDS, then one caller
 * tries.  A server that says how long to stay away (429, 503 with Retry-After) is believed, within
 * BREAKER_SECONDS_MAX.  One object serves all threads.
 */

#include "base/ctx.h"

struct breakers;

enum {
    BREAKERS_MAX = 64,
    BREAKER_NAME_MAX = 64,
    BREAKER_FAILURES = 5,
    BREAKER_SECONDS = 30,
    BREAKER_SECONDS_MAX = 3600
};

/* In `a`; free before that ends. */
struct breakers *breakers_new(struct arena *a) __attribute__((returns_nonnull));
void breakers_free(struct breakers *b);

/* Whether `name` may be called now.  UNAVAILABLE with retry_after if not.  A name beyond the first
 * BREAKERS_MAX has none and may always be called. */
RESULT breaker_check(struct ctx *c, struct breakers *b, const char *name);

/* What a call has come to.  `retry_after`: seconds that the server asked for, or 0. */
void breaker_done(struct ctx *c, struct breakers *b, const char *name);
void breaker_failed(struct ctx *c, struct breakers *b, const char *name, int64_t retry_after);

/* How they stand. */
struct breaker_state {
    const char *name;
    bool open;
    int64_t failures; /* in a row */
    int64_t failed;   /* in all */
};
struct breaker_states {
    const struct breaker_state *at;
    size_t n;
};
struct breaker_states breakers_state(struct ctx *c, struct breakers *b);

#endif
