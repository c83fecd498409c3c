/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_RANDOM_H
#define UAUTH_BASE_RANDOM_H

/*
 * Randomness.  In the service every byte comes from getrandom(2), whose failure aborts; tests may
 * pass a seeded source and get the same bytes each time.
 */

#include "base/ctx.h"

/* The operating system's. */
struct random *random_system(struct arena *a) __attribute__((returns_nonnull));

/*
 * The operating system's, asked for 512 bytes at a time: a system call a token would be a good part
 * of a small request.  For one thread; each byte is wiped here when it has been handed out.  A
 * child process does not see what its parent has drawn, and draws its own (CR-04).  Where the
 * system cannot promise that, this is random_system.
 */
struct random *random_buffered(struct arena *a) __attribute__((returns_nonnull));

/* A deterministic source for tests only: compiled into test builds alone. */
struct random *random_seeded(struct arena *a, uint64_t seed) __attribute__((returns_nonnull));

/* What a buffered source has drawn; for tests that look for what must be gone. */
struct bytes random_drawn(const struct random *r);

void random_fill(struct random *r, void *out, size_t n);

/* A uniform number below `bound` (rejection sampling). */
uint32_t random_below(struct random *r, uint32_t bound);

/* 256 bits as base64url.  For tokens, codes, session ids, nonces. */
enum { RANDOM_TOKEN_CHARS = 43 };
const char *random_token(struct ctx *c) __attribute__((returns_nonnull));

/* That, with the millisecond of the second c->now before it, in 12 hexadecimal digits: for secrets
 * whose rows are found by what begins with those digits, so that their indexes grow at their end.
 */
enum { RANDOM_TIME_CHARS = 12, RANDOM_TIMED_TOKEN_CHARS = RANDOM_TIME_CHARS + RANDOM_TOKEN_CHARS };
const char *random_timed_token(struct ctx *c) __attribute__((returns_nonnull));

/* A UUIDv7 (RFC 9562 5.7) of the second c->now: for ids of rows; 74 random bits; never a secret.
 * Ordered by time, also within that second, so that rows and indexes of ids grow at their end. */
const char *random_uuid(struct ctx *c) __attribute__((returns_nonnull));

#endif
