/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_IDEMPOTENCY_H
#define UAUTH_WEB_IDEMPOTENCY_H

/*
 * Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a request that comes again under the
 * same key of the same caller, who is a person or an API key, is not carried out again; it gets the
 * answer of the first one, byte for byte, for IDEMPOTENCY_SECONDS.  Answers may hold secrets and
 * are sealed.  A request that failed is not remembered.  Of one whose answer is longer than
 * IDEMPOTENCY_BODY_MAX is remembered that it succeeded; of one that was cut off, by a crash say,
 * that nobody knows.
 */

#include "web/req.h"

enum {
    IDEMPOTENCY_SECONDS = 86400,
    IDEMPOTENCY_LEASE = 60,
    IDEMPOTENCY_KEY_MAX = 255,
    IDEMPOTENCY_BODY_MAX = 2 << 20
};

/*
 * Runs the handler of a row with the flag IDEMPOTENT.  INVALID_REQUEST for a key that is empty, too
 * long or not visible ASCII; CONFLICT if it was used for another request, if the first one is still
 * being carried out or was cut off, or if its answer was too long to be kept.
 */
RESULT idempotency_run(struct req *r);

#endif
