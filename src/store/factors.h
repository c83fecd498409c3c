/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_FACTORS_H
#define UAUTH_STORE_FACTORS_H

/*
 * Second factors: TOTP secrets, sealed for their row "user <user_id>", and recovery codes.  Wrong
 * codes of either kind count together, per user, before the code is looked at, so that no race
 * passes the limit (RL-07).
 */

#include "store/schema.h"

/*
 * Takes one of `max` wrong attempts; *allowed is false when they are used up: the factor is locked.
 * A code that is then accepted (totp_use, recovery_code_use) gives all of them back.
 */
RESULT factor_try(struct ctx *c, const char *user_id, int64_t max, bool *allowed);

/* How many attempts are used up: for telling when the last one was. */
RESULT factor_failures(struct ctx *c, const char *user_id, int64_t *failures);

/* Gives all attempts back: for administrators. */
RESULT factor_unlock(struct ctx *c, const char *user_id);

struct totp_row {
    const char *id;
    const char *sealed_secret;
    int64_t created_at;
    int64_t confirmed_at; /* 0: enrolment has begun */
    int64_t last_step;    /* the newest accepted step; no step up to it is accepted again */
};

/* Begins an enrolment instead of one that has begun before; *id is NULL if there is a confirmed
 * factor or the user is not active. */
RESULT totp_enrol(struct ctx *c, const char *user_id, const char *sealed_secret, const char **id);

/* The confirmed factor, or the one whose enrolment has begun; *out is NULL if there is none. */
RESULT totp_find(struct ctx *c, const char *user_id, const struct totp_row **out);
RESULT totp_find_pending(struct ctx *c, const char *user_id, const struct totp_row **out);

/* Confirms the enrolment `id` with the step of its first code; *done is false if it is gone or
 * another was faster. */
RESULT totp_confirm(struct ctx *c, const char *user_id, const char *id, int64_t step, bool *done);

/* Accepts `step`, once: *accepted is false if it or a later one has been (MF: one conditional
 * UPDATE). */
RESULT totp_use(struct ctx *c, const char *user_id, int64_t step, bool *accepted);

/* Removes factor and recovery codes. */
RESULT totp_remove(struct ctx *c, const char *user_id, bool *removed);

/* A set of recovery codes, hashed under one salt (so one hash checks all of them), instead of the
 * set before. */
struct recovery_set {
    const char *salt;
    struct texts hashes;
};
RESULT recovery_codes_set(struct ctx *c, const char *user_id, const struct recovery_set *set);

/* The salt, or NULL if there is no set; *left: how many are unused. */
RESULT recovery_codes_find(struct ctx *c, const char *user_id, const char **salt, int64_t *left);

/* Uses the code of this hash, once; *left: how many are unused afterwards. */
RESULT recovery_code_use(struct ctx *c, const char *user_id, const char *hash, bool *accepted,
                         int64_t *left);

#endif
