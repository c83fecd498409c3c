/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_AZURE_CREDENTIAL_H
#define UAUTH_CLIENT_AZURE_CREDENTIAL_H

/*
 * Tokens of Azure for a program, from what the place where it runs gives it: as Microsoft's
 * azure-identity does (entra.md 2), with its names and order.  One object serves all threads.
 *
 * A source that is not there is passed over; one that is there and is refused ends the chain.  The
 * one that has given a token is asked alone from then on.  Tokens are kept; past its refresh time,
 * and with less than AZURE_LEEWAY seconds left, a new one is got; if that fails, the old one is
 * given out while it is good, and nobody is asked again for AZURE_RETRY_SECONDS.  For one token
 * there is one request, however many ask.
 */

#include "client/azure_platform.h"

struct azure_credential;

enum { AZURE_LEEWAY = 300, AZURE_RETRY_SECONDS = 30, AZURE_LONG_LIFE = 7200 };

/* All may be NULL or empty. */
struct azure_options {
    const char *credential; /* the name of one source, instead of the chain */
    const char *tenant_id;  /* the default: AZURE_TENANT_ID */
    const char *client_id;  /* of a user-assigned identity, or of the federated application */
    const char *object_id, *resource_id; /* of a user-assigned identity: only one of three */
    const char *subscription;            /* for the Azure CLI */
    struct texts allowed_tenants;        /* others that may be asked for; "*": any */
    struct texts required;               /* variables that have to be set */
    struct texts capabilities;           /* of continuous access evaluation: "cp1" */
    const char *federated_token_file;    /* the default: AZURE_FEDERATED_TOKEN_FILE */
};

struct azure_asked {
    const char *scope;     /* "https://vault.azure.net/.default" */
    const char *tenant_id; /* another than that of the credential; or NULL */
    const char *claims;    /* JSON of a challenge: what is kept is not good; or NULL */
};

struct azure_token {
    const char *token;
    int64_t expires_on, refresh_on; /* the latter may be 0 */
    const char *source;             /* the name of the one that gave it */
};

/*
 * `platform` is copied; its environment has to stay.  INVALID_REQUEST: AZURE_TOKEN_CREDENTIALS or
 * options.credential name no source that there is, a required variable is missing, more than one
 * identity is chosen, a tenant is malformed.
 */
RESULT azure_credential_new(struct ctx *c, const struct azure_platform *platform,
                            const struct azure_options *options, struct azure_credential **out);
void azure_credential_free(struct azure_credential *a); /* NULL is fine */

/*
 * A token for `asked`.  NOT_FOUND: no source is there; the text has a line for each, with what to
 * do.  Other failures are those of the source that was there.  INVALID_REQUEST: a scope or tenant
 * that is malformed or not allowed.
 */
RESULT azure_credential_get(struct ctx *c, struct azure_credential *a,
                            const struct azure_asked *asked, struct azure_token *out);

/* The names of the sources that there are, in the order of the chain. */
struct texts azure_sources(struct arena *a);

#endif
