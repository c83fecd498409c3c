/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_TOTP_SECRET_H
#define UAUTH_IDENTITY_TOTP_SECRET_H

/*
 * The secret of a TOTP factor at rest: sealed for its user, so that one moved to another user's row
 * does not open (MF-10).
 */

#include "base/ctx.h"

RESULT totp_secret_seal(struct ctx *c, const char *user_id, struct bytes secret,
                        const char **sealed);

/* INTERNAL as seal_open. */
RESULT totp_secret_open(struct ctx *c, const char *user_id, const char *sealed,
                        struct bytes *secret);

#endif
