/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_RECHECK_H
#define UAUTH_FEDERATION_RECHECK_H

/*
 * Asking providers again about people who are signed in (recheck_minutes): whose refresh token is
 * not good any more, because the account was disabled there or the password changed, is signed out;
 * of whom it is good, groups and roles are brought up to date.
 */

#include "base/ctx.h"

/* One of those that are due; *again: there may be more.  That a provider does not answer ends
 * nobody's session: it is asked again later. */
RESULT recheck_one(struct ctx *c, bool *again);

#endif
