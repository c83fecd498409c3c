/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_CREDENTIALS_H
#define UAUTH_STORE_CREDENTIALS_H

/*
 * Passwords, as PHC texts (crypto/password.h).
 */

#include "store/schema.h"

struct password_row {
    const char *hash; /* NULL: the user has none */
    int64_t changed_at;
    bool must_change;
};
RESULT password_find(struct ctx *c, const char *user_id, struct password_row *out);

/*
 * Sets the password.  In the same transaction all sessions but `keep_session` (NULL: none is kept),
 * all authorizations but that session's, all devices and all links of the user die (RT-11, PR-02).
 * *ended: how many sessions did.
 */
RESULT password_set(struct ctx *c, const char *user_id, const char *hash, bool must_change,
                    const char *keep_session, int64_t *ended);

/* Replaces the hash of the same password after its parameters changed; only if it is still `old`.
 * Nothing dies. */
RESULT password_rehash(struct ctx *c, const char *user_id, const char *old, const char *hash);

/*
 * The hash of some password, or NULL if there is none: of the user who comes next after `point` (2
 * PASSWORD_POINT_BYTES lower-case hexadecimal digits) on a ring of the random ends of ids.  For
 * sign-ins to an address that nobody has (EN-01): while people come and go, almost every point
 * keeps its user.
 */
enum { PASSWORD_POINT_BYTES = 6 };
RESULT password_like(struct ctx *c, const char *point, const char **hash);

#endif
