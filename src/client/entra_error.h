/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_ENTRA_ERROR_H
#define UAUTH_CLIENT_ENTRA_ERROR_H

/*
 * What Entra ID answers when it refuses: OAuth's members and its own.  Decided is by `error`,
 * `suberror` and `claims`; numbers are for people; the description is never read.
 */

#include "base/ctx.h"
#include "base/text.h"

enum { ENTRA_CODES_MAX = 8 };

/* Texts may be NULL. */
struct entra_error {
    int status;
    const char *error, *description, *suberror;
    const char *claims; /* JSON, to be passed on where the user signs in */
    const char *trace_id, *correlation_id, *timestamp;
    int64_t codes[ENTRA_CODES_MAX]; /* AADSTS numbers */
    size_t codes_n;
    int64_t retry_after;
};

/* Reads what of `body` is there; whatever it is. */
void entra_error_read(struct ctx *c, int status, struct bytes body, struct entra_error *out);

/* Records the failure that it is: INTERACTION_REQUIRED if a person has to do something, else by
 * RFC 6749 5.2 and RFC 8628 3.5, INVALID_CLIENT, INVALID_SCOPE, INVALID_TARGET; else UPSTREAM. */
RESULT entra_error_fail(struct ctx *c, const struct entra_error *e);

/*
 * The suberror as callers of MSAL see it: "" for those that are not meant for them (bad_token,
 * token_expired, protection_policy_required, client_mismatch, device_authentication_failed).
 */
const char *entra_error_classification(const struct entra_error *e);

/* One row of entra_errors.def, or NULL. */
struct aadsts {
    int64_t code;
    const char *meaning, *hint;
};
const struct aadsts *aadsts_find(int64_t code);

/* The first number of `codes` that is known, or NULL. */
const struct aadsts *entra_error_known(const struct entra_error *e);

#endif
