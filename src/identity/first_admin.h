/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_FIRST_ADMIN_H
#define UAUTH_IDENTITY_FIRST_ADMIN_H

/*
 * How the first administrator comes to be (decision 16): no account exists at first; a one-time
 * code of 128 bits, stored as its hash, valid for an hour and for a few tries, lets whoever has it
 * make the first administrator, once for ever (SU-01).
 */

#include "store/users.h"

enum { SETUP_CODE_SECONDS = 3600 };

/* A new code if setup is open, in place of the last one; *code is NULL if it is not. */
RESULT first_admin_code(struct ctx *c, const char **code);

struct first_admin {
    const char *code;
    const char *email, *password, *full_name;
};

/* FORBIDDEN for a wrong or expired code, too many tries, or when setup is done, which are not told
 * apart; INVALID_FIELD, WEAK_PASSWORD, CONFLICT for an address that is taken, and then the code is
 * still good. */
RESULT first_admin_make(struct ctx *c, const struct first_admin *admin,
                        const struct user_row **out);

#endif
