/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_REPLAYS_H
#define UAUTH_CLIENT_REPLAYS_H

/*
 * What may come but once, remembered in this process until it would be refused anyway: the ids of
 * DPoP proofs (RFC 9449 11.1).  Bounded: where there is no room for another one, none is taken, as
 * forgetting one would let it in again.  One object serves all threads.
 */

#include "base/ctx.h"

struct replays;

/* 24 bytes each; room is made as it is needed. */
enum { REPLAYS_MAX = 1 << 20 };

/* For at most `most` at a time (0: REPLAYS_MAX).  NULL if there is no memory. */
struct replays *replays_new(size_t most, int64_t now);
void replays_free(struct replays *r); /* NULL is fine */

/* When it began to remember. */
int64_t replays_born_at(const struct replays *r);

/*
 * Whether `id` comes for the first time: *first.  It is remembered through the second `until`.
 * UNAVAILABLE: there is no room.
 */
RESULT replays_add(struct ctx *c, struct replays *r, struct bytes id, int64_t until, bool *first);

#endif
