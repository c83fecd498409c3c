/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_RESOURCE_CHANGE_H
#define UAUTH_OAUTH_RESOURCE_CHANGE_H

/* Registering the APIs that tokens may be for.  Each change is an audit event. */

#include "store/resources.h"

/*
 * Registers the API `resource`, or changes what is registered of it.  INVALID_FIELD as
 * protected_resource_check, and for types of authorization details (token/authorization_details.h)
 * that are not as they are written, stand twice, or are another API's.
 */
RESULT resource_register(struct ctx *c, const struct resource_row *resource);

/* NOT_FOUND if it is not registered.  Tokens for it stay good until they end. */
RESULT resource_unregister(struct ctx *c, const char *uri);

#endif
