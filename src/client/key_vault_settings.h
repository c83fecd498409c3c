/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_KEY_VAULT_SETTINGS_H
#define UAUTH_CLIENT_KEY_VAULT_SETTINGS_H

/*
 * Settings whose value is in a key vault: "keyvault://VAULT/SECRET" in the place of a secret.  Read
 * when the settings are, so that what is in the vault by then is what counts until they are read
 * again.
 */

#include "base/config.h"

/* The credential of a server: what is for developers would start a program (IN-11). */
struct azure_credential;
RESULT key_vault_credential(struct ctx *c, struct azure_credential **out);

/*
 * Puts the values into `config`, checked as they would be if they stood there.  Without any
 * reference nobody is called.  INVALID_FIELD names the setting, what failed and what to do, and
 * never has a value in it.  `c->upstreams` may be NULL: then others are called for this alone.
 */
RESULT key_vault_settings(struct ctx *c, struct config *config);

#endif
