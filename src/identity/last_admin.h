/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_LAST_ADMIN_H
#define UAUTH_IDENTITY_LAST_ADMIN_H

/*
 * That nobody signs the last administrator of a tenant away (AZ-15).  A command on the machine may:
 * it can make another one.
 */

#include "store/roles.h"

/* CONFLICT if the user is an administrator of the tenant and no other active user is one.  Inside
 * the transaction of what would end that. */
RESULT last_admin_check_in(struct ctx *c, const char *tenant_id, const char *user_id);

/* The same for every tenant in which they are one. */
RESULT last_admin_check(struct ctx *c, const char *user_id);

#endif
