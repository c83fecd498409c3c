/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_PASSWORD_POLICY_H
#define UAUTH_IDENTITY_PASSWORD_POLICY_H

/*
 * What a new password has to be: the settings password_*, and those of a tenant.  One function for
 * every way in which a password can be set (PR-15).
 */

#include "base/ctx.h"

/* Whose password it will be; each may be NULL. */
struct password_owner {
    const char *email, *full_name;
    const char *tenant_id; /* where they are at home, which may ask for a longer one */
};

/*
 * WEAK_PASSWORD, with `field` and a sentence that says which rule, and what would do: length in
 * code points of NFC, kinds of characters, common passwords (also with case, final digits and the
 * usual letter-for-digit replacements undone), the address and its part before the '@', the name,
 * password_context_words.
 */
RESULT password_policy_check(struct ctx *c, const char *field, const char *password,
                             struct password_owner owner);

/* Whether `password` is in the embedded list, in some form. */
bool password_is_common(struct arena *a, const char *password);

#endif
