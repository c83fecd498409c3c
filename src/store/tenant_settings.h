/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_TENANT_SETTINGS_H
#define UAUTH_STORE_TENANT_SETTINGS_H

/*
 * What a tenant asks for beyond the service, as the text that identity/tenant_settings.h makes of
 * it.
 */

#include "store/schema.h"

/* How long what is bound to a tenant may live, in seconds. */
struct tenant_lives {
    int64_t session_idle, session_absolute; /* of a cookie */
    int64_t refresh_idle, refresh_absolute; /* of refresh tokens and what lives by them */
};

/*
 * Gives it the settings (JSON, or NULL).  Sessions, authorizations and refresh tokens bound to it
 * that would live longer than `lives` end earlier from now on; none lives longer than before.
 * *found is false if there is none.
 */
RESULT tenant_set_settings(struct ctx *c, const char *id, const char *settings,
                           const struct tenant_lives *lives, bool *found);

/* The settings of the tenant, or NULL: none, or no such tenant. */
RESULT tenant_settings_find(struct ctx *c, const char *id, const char **settings);

#endif
