/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_DEVICE_CODES_H
#define UAUTH_STORE_DEVICE_CODES_H

/*
 * Devices that wait for their users (RFC 8628): each has a code of its own and one that its user
 * types, both as hashes.  An answer is given once, and what was allowed is taken once.
 */

#include "store/schema.h"

enum device_status { DEVICE_PENDING, DEVICE_ALLOWED, DEVICE_REFUSED, DEVICE_USED };

struct device_code_row {
    const char *hash;
    const char *user_code; /* its hash */
    const char *client_id;
    struct texts scopes, resources;
    const char *address; /* from which the device asked */
    enum device_status status;
    const char *session_id; /* who answered, or NULL */
    int64_t wait;           /* seconds from one question to the next */
    int64_t created_at, expires_at;
};

/*
 * Adds one that waits; status, session_id and created_at are not read.  *added is false, and
 * nothing was, if another has its user code, or `most` of the client's wait already (*full).
 */
RESULT device_code_add(struct ctx *c, const struct device_code_row *row, int64_t most, bool *added,
                       bool *full);

/* The one that waits for an answer to this user code, or NULL. */
RESULT device_code_find_pending(struct ctx *c, const char *user_code,
                                const struct device_code_row **out);

/* The answer of the user of `session_id`; *done is false if it no longer waits for one. */
RESULT device_code_answer(struct ctx *c, const char *user_code, const char *session_id,
                          bool allowed, bool *done);

enum device_outcome {
    DEVICE_TAKEN,    /* allowed, and used up by this call: of all who ask, one gets this */
    DEVICE_WAITS,    /* nobody has answered */
    DEVICE_TOO_SOON, /* it asked sooner than it may, and has to wait longer from now on */
    DEVICE_DENIED,
    DEVICE_EXPIRED,
    DEVICE_UNKNOWN /* no such code, another client's, or used: nothing was changed */
};

/* The device of `client_id` asks.  *out is written for TAKEN.  Part of a db_atomically of the
 * caller, or one of its own. */
RESULT device_code_ask(struct ctx *c, const char *hash, const char *client_id,
                       enum device_outcome *how, struct device_code_row *out);

#endif
