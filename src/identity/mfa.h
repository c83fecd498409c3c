/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_MFA_H
#define UAUTH_IDENTITY_MFA_H

/*
 * Second factors: TOTP (RFC 6238) and recovery codes.  Wrong codes of both count together, per user
 * and only after the right password (MF-07, MF-16): after mfa_lock_failures in a row the factor is
 * locked until an administrator opens it, and its owner is told.  The secret is shown once, at
 * enrolment (MF-10).
 */

#include "base/ctx.h"
#include "base/text.h"

enum { RECOVERY_CODES = 10 };

struct totp_enrolment {
    const char *secret; /* base32 */
    const char *otpauth_uri;
    const char *qr_svg;
};

/* Begins an enrolment, instead of one that has begun before; CONFLICT if a factor is enrolled;
 * NOT_FOUND without an active user, as everywhere here. */
RESULT mfa_enrol(struct ctx *c, const char *user_id, struct totp_enrolment *out);

/*
 * Confirms it with the first code: the factor counts from now on, other sessions of the user end
 * (all but `sid`), and `codes` are the recovery codes, shown this once.  INVALID_CREDENTIALS for a
 * wrong code, CONFLICT if nothing was begun.  Costs RECOVERY_CODES hashes; UNAVAILABLE from the
 * gate, and then nothing has changed.
 */
struct mfa_confirm {
    const char *user_id, *sid, *code;
};
RESULT mfa_confirm(struct ctx *c, const struct mfa_confirm *confirm, struct texts *codes);

/* Removes factor and recovery codes; NOT_FOUND if there is none. */
RESULT mfa_remove(struct ctx *c, const char *user_id, const char *actor_id);

/* A new set of recovery codes instead of the old; CONFLICT without a factor.  Costs as many
 * hashes. */
RESULT mfa_recovery_codes(struct ctx *c, const char *user_id, struct texts *codes);

/* How many are left; *has is false without a factor. */
RESULT mfa_state(struct ctx *c, const char *user_id, bool *has, int64_t *left);

enum mfa_method { MFA_NONE, MFA_TOTP, MFA_RECOVERY_CODE };

/*
 * Uses `code`, once (MF-02, MF-08): *method is what it was, MFA_NONE if it is wrong, used, or the
 * factor is locked, which are not told apart.  A TOTP code is exactly six ASCII digits; a recovery
 * code is taken without its dashes and in either case.  Writes the events.
 */
RESULT mfa_use(struct ctx *c, const char *user_id, const char *code, enum mfa_method *method);

/* Gives a locked factor its attempts back: for administrators. */
RESULT mfa_unlock(struct ctx *c, const char *user_id, const char *actor_id);

#endif
