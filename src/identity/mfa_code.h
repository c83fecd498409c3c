/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_MFA_CODE_H
#define UAUTH_IDENTITY_MFA_CODE_H

/*
 * A code of a second factor on its way, in two steps, for sign-ins: what takes long is done before
 * the transaction, for whomever (also nobody); what decides is done inside the transaction of the
 * outcome.  So a wrong password with any code costs what a right one with a wrong code does
 * (MF-14): as many hashes, and one transaction.
 */

#include "identity/mfa.h"
#include "store/users.h"

enum mfa_form { MFA_FORM_NEITHER, MFA_FORM_TOTP, MFA_FORM_RECOVERY };

struct mfa_code {
    enum mfa_form form;
    const char *digits; /* TOTP */
    const char *hash;   /* recovery code */
};

/* Reads `code`, and hashes it once if it has the form of a recovery code; user_id may be NULL. */
RESULT mfa_code_prepare(struct ctx *c, const char *user_id, const char *code, struct mfa_code *out);

/* mfa_use for a prepared code, inside db_atomically.  The attempt is counted before the code is
 * looked at (RL-07), and stays counted if the caller commits, which it does also when *method is
 * MFA_NONE. */
RESULT mfa_code_use(struct ctx *c, const struct user_row *user, const struct mfa_code *code,
                    enum mfa_method *method);

/* Asks the database what mfa_code_use asks it, about nobody: where the password was wrong. */
RESULT mfa_code_pretend(struct ctx *c, const struct mfa_code *code);

#endif
