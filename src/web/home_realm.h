/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_HOME_REALM_H
#define UAUTH_WEB_HOME_REALM_H

/*
 * Where somebody signs in, by the domain of their address: operators say which domains are a
 * provider's.  Only the domain is looked at, so nobody learns from it who has an account.
 */

#include "web/req.h"

/* The provider of the domain of `email`; *provider is NULL if there is none, also where `email` is
 * no address. */
RESULT home_realm_find(struct ctx *c, const char *email, const char **provider);

/* Whether there is any, so that asking for the address first is of use. */
RESULT home_realm_used(struct ctx *c, bool *used);

#endif
