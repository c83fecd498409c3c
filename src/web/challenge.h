/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_CHALLENGE_H
#define UAUTH_WEB_CHALLENGE_H

/*
 * Proof of work before dear or abusable routes (the flag CHALLENGE), by AUTH_CHALLENGE: `always`,
 * `off`, or `auto`: only while limits are near.  The server keeps nothing until an answer comes.
 *
 * The refusal is 403 `challenge-required` with the members
 *     "challenge": { text }, "algorithm": "sha256-leading-zero-bits", "difficulty": "18"
 * and the client repeats its request with the field
 *     X-Challenge-Response: challenge:nonce
 * where `nonce` is 1 to 32 characters of A-Z a-z 0-9 such that SHA-256 of the ASCII text
 * "challenge:nonce" begins with at least `difficulty` zero bits, most significant bit of the first
 * byte first.  2^difficulty tries are needed on average.
 *
 * A challenge is `v1.expiry.difficulty.random.mac`: Unix seconds, bits, 128 bits as base64url, and
 * HMAC-SHA-256 over the text before it, the route's limit class and the caller's address key.  It
 * lives CHALLENGE_SECONDS and is good for one request: used ones are remembered in kv, and where kv
 * is away an answer is refused.  A request without an answer gets back what it took from its class,
 * since nothing was tried; one with a wrong answer does not.
 */

#include "web/req.h"

enum { CHALLENGE_SECONDS = 120, CHALLENGE_BITS = 18, CHALLENGE_NONCE_MAX = 32 };

/* CHALLENGE_REQUIRED, with a new challenge in the problem document, unless none is asked for or it
 * was solved. */
RESULT challenge_demand(struct req *r);

/* Whether SHA-256 of `answer` begins with `bits` zero bits. */
bool challenge_is_solved(struct bytes answer, unsigned bits);

#endif
