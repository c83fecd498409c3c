/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_FULL_NAME_H
#define UAUTH_IDENTITY_FULL_NAME_H

/*
 * What people are called.
 */

#include "base/ctx.h"

enum { FULL_NAME_MAX = 255 };

/* INVALID_FIELD ("full_name") unless it is 1 to FULL_NAME_MAX code points of UTF-8, not only
 * spaces, and without control and direction characters: it stands in mails and on pages. */
RESULT full_name_check(struct ctx *c, const char *full_name);

#endif
