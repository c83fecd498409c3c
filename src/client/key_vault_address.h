/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_KEY_VAULT_ADDRESS_H
#define UAUTH_CLIENT_KEY_VAULT_ADDRESS_H

/*
 * How things in an Azure Key Vault are named, and whether a vault that asks for a token asks for
 * its own (entra.md 4).
 */

#include "base/ctx.h"
#include "base/text.h"

enum { VAULT_NAME_MAX = 127, VAULT_VERSION_CHARS = 32, VAULT_TEXT_MAX = 512 };

/* Letters, digits and '-', 1 to VAULT_NAME_MAX; lower-case hexadecimal. */
bool vault_is_name(const char *text);
bool vault_is_version(const char *text);

struct vault_address {
    const char *url;     /* of the vault: "https://kv1.vault.azure.net" */
    const char *host;    /* in lower case, without its port */
    const char *name;    /* of a secret or key in it */
    const char *version; /* NULL: the newest */
};

/*
 * Reads "keyvault://VAULT/NAME" or "keyvault://VAULT/NAME/VERSION".  VAULT is the name of a vault
 * in the cloud of `authority` ("https://login.microsoftonline.us"; NULL: the public one), or its
 * host.  INVALID_REQUEST says what is wrong.
 */
RESULT vault_address_read(struct ctx *c, const char *text, const char *authority,
                          struct vault_address *out);

/*
 * Reads the URL of a vault: https, or http on this host, nothing behind host and port; its name and
 * version stay NULL.  INVALID_REQUEST.
 */
RESULT vault_url_read(struct ctx *c, const char *url, struct vault_address *out);

/* What a vault has asked for in WWW-Authenticate. */
struct vault_challenge {
    const char *scope;  /* "https://vault.azure.net/.default" */
    const char *tenant; /* that signs in for it */
};

/*
 * Reads a challenge of the vault at `url`.  Returns what is wrong, or NULL.  Refused is a resource
 * that the vault's host is not below, which would get the vault a token for somebody else's; one
 * that is not https; and an authority that is neither `authority` nor one of Microsoft's (nobody
 * calls it: it names the tenant).
 */
const char *vault_challenge_read(struct arena *a, const char *www_authenticate, const char *url,
                                 const char *authority, struct vault_challenge *out);

#endif
