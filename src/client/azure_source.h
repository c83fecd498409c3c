/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_AZURE_SOURCE_H
#define UAUTH_CLIENT_AZURE_SOURCE_H

/*
 * What a source of the chain is: one file that ends in one `const struct azure_source`, and one
 * line in azure_credential.c.
 */

#include "client/azure_credential.h"
#include "client/entra_call.h"
#include "client/token_cache.h"

#include <pthread.h>
#include <stdatomic.h>

enum { AZURE_TEXT_MAX = 2048 };

struct azure_credential {
    struct arena *arena; /* of the options */
    struct azure_platform platform;
    struct azure_options options;
    struct token_cache *cache;
    struct flights *flights;
    struct throttles *throttles;
    const struct azure_source *const *sources; /* that are asked, in order */
    size_t sources_n;
    bool alone;                         /* there is one, and it was named */
    atomic_int winner;                  /* 1 + the index of the one that has given a token */
    atomic_bool imds_is_there;          /* a probe was answered */
    _Atomic int64_t refresh_not_before; /* a refresh has failed lately */
};

/* Who is asked for what: texts that have been checked. */
struct azure_wanted {
    const char *scope;
    const char *resource;  /* the scope without "/.default" */
    const char *tenant_id; /* or NULL: that of the source */
    const char *claims;    /* JSON of a challenge, or NULL */
};

struct azure_source {
    const char *name;  /* "managed-identity" */
    const char *title; /* "ManagedIdentityCredential": what AZURE_TOKEN_CREDENTIALS may say */
    bool is_for_developers;
    /*
     * NOT_FOUND: it is not there, and the text says what is missing.  expires_on and refresh_on are
     * those of the answer; the chain adds what is missing.
     */
    RESULT(*get)
    (struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
     struct azure_token *out);
};

extern const struct azure_source azure_environment, azure_workload, azure_managed, azure_cli;

/* Whether it is a tenant: letters, digits, '-' and '.'. */
bool azure_is_tenant(const char *text);

/* "https://login.microsoftonline.com" or what AZURE_AUTHORITY_HOST says, without a slash at its
 * end.  INVALID_REQUEST if that is not https (or, in tests, loopback). */
RESULT azure_authority(struct ctx *c, const struct azure_credential *a, const char **out);

/* A token for an application that shows who it is as `client` says (client credentials). */
RESULT azure_client_credentials(struct ctx *c, struct azure_credential *a,
                                const struct oauth_client *client, const char *tenant_id,
                                const struct azure_wanted *wanted, struct azure_token *out);

#endif
