/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_SIGN_IN_ATTEMPTS_H
#define UAUTH_STORE_SIGN_IN_ATTEMPTS_H

/*
 * Sign-ins that are on their way to a provider and back.  Each ends once: with its return, or with
 * its time.
 */

#include "store/schema.h"

struct sign_in_attempt_row {
    const char *hash;       /* of what comes back */
    const char *provider;   /* id */
    const char *browser;    /* hash of the cookie of the browser; NULL: a program's */
    const char *session_id; /* whose account an identity is linked to; or NULL */
    const char *sealed;
    int64_t expires_at;
};

RESULT sign_in_attempt_add(struct ctx *c, const struct sign_in_attempt_row *attempt);

/*
 * Uses it up, by one conditional statement; *out is NULL if there is none of this hash, provider
 * and browser (NULL: a program) that lives.  What another browser or provider brings back stays for
 * the one whose it is.
 */
RESULT sign_in_attempt_use(struct ctx *c, const char *hash, const char *provider,
                           const char *browser, const struct sign_in_attempt_row **out);

#endif
