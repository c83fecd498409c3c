/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_THROTTLE_H
#define UAUTH_IDENTITY_THROTTLE_H

/*
 * Allowances of an account, whether or not it exists (EN-04): keyed by the canonical address, never
 * by anything that a caller can vary at will (C9).  A browser on which the owner has signed in
 * before has an allowance of its own, so that nobody can lock its owner out (RL-09).  The account's
 * allowance refills with time: there is no lock that somebody must open.
 */

#include "base/ctx.h"

enum throttle {
    THROTTLE_LOGIN,   /* login_per_minute: passwords and codes at sign-in */
    THROTTLE_CONFIRM, /* login_per_minute: the present password, asked again */
    THROTTLE_MAIL,    /* forgot_per_hour: mails that others can cause, administrators too */
};

/*
 * Takes one attempt for `who` (a canonical address; for CONFIRM a user id), or, if `device` is not
 * NULL, of that device's allowance.  RATE_LIMITED with c->fault.retry_after.  Never limits while
 * rate_limit is off.
 */
RESULT throttle_take(struct ctx *c, enum throttle kind, const char *who, const char *device);

/* Whether one more mail may go to `who`: for answers that must not tell (PR-06, PR-10). */
RESULT throttle_may_mail(struct ctx *c, const char *who, bool *allowed);

/* Gives it back: it was right. */
void throttle_give_back(struct ctx *c, enum throttle kind, const char *who, const char *device);

#endif
