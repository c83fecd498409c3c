/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_REVOKE_CLOCK_H
#define UAUTH_TOKEN_REVOKE_CLOCK_H

/* For tests of token/revoke.c, which must not wait for seconds to pass. */

#include "token/revoke.h"

enum {
    REVOKED_FRESH_MS = 1000, /* decision 9: an older reading is not trusted */
    REVOKED_RETRY_MS = 60000 /* how often a memory that was full reads everything again */
};

/* Lets `r` take the milliseconds from `clock` in place of time_monotonic_ms. */
void revocations_set_clock(struct revocations *r, int64_t (*clock)(void));

#endif
