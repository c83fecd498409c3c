/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_AZURE_H
#define UAUTH_AZURE_H

/*
 * Tokens of Azure for a program, from the place where it runs, as Microsoft's azure-identity has
 * them (DefaultAzureCredential): a secret or certificate in the environment, workload identity,
 * managed identity (App Service, Azure Arc, virtual machines, Service Fabric, Cloud Shell, Azure
 * ML), the Azure CLI; in this order, and the first that is there.
 *
 *     struct uauth_azure_wanted wanted = { sizeof wanted, .scope =
 *                                          "https://vault.azure.net/.default" };
 *     uauth_azure_new(uauth, NULL, &azure, &error);
 *     uauth_azure_token(azure, &wanted, &token, &error);
 *
 * Tokens are kept, and renewed before they end, by one of those who ask.
 */

#include <uauth/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A credential.  For all threads and the life of a program. */
struct uauth_azure;

/* All but the size may be left out.  Lists are words with spaces between them. */
struct uauth_azure_options {
    size_t size;
    const char *credential; /* "environment", "workload-identity", "managed-identity", "azure-cli",
                               "prod", "dev"; NULL: AZURE_TOKEN_CREDENTIALS, else each in turn */
    const char *tenant_id;  /* NULL: AZURE_TENANT_ID */
    const char *client_id;  /* a user-assigned identity, or the federated application; NULL:
                               AZURE_CLIENT_ID */
    const char *object_id, *resource_id; /* or the identity by one of these */
    const char *subscription;            /* for the Azure CLI */
    const char *allowed_tenants;         /* others that may be asked for; "*": any */
    const char *required_variables;   /* of the environment: without them there is no credential */
    const char *capabilities;         /* "cp1": continuous access evaluation */
    const char *federated_token_file; /* NULL: AZURE_FEDERATED_TOKEN_FILE */
};

/*
 * The environment is read here, once.  `options` may be NULL.  ARGUMENT: no such credential, more
 * than one identity, a variable that is required and missing.  Nobody is called before a token is
 * asked for.
 */
UAUTH_API enum uauth_result uauth_azure_new(struct uauth *uauth,
                                            const struct uauth_azure_options *options,
                                            struct uauth_azure **out, struct uauth_error **error);
UAUTH_API void uauth_azure_free(struct uauth_azure *azure);

struct uauth_azure_wanted {
    size_t size;
    const char *scope;     /* "https://graph.microsoft.com/.default" */
    const char *tenant_id; /* another than the credential's; NULL */
    const char *claims;    /* JSON that a resource has asked for (uauth_challenge_claims): a new
                              token is got; NULL */
};

struct uauth_azure_token;

/*
 * A token.  NOT_FOUND: there is no credential here; the text says of each what is missing. REFUSED:
 * there is one, and Entra ID has refused it; UPSTREAM, UNAVAILABLE: whoever gives tokens here did
 * not.
 */
UAUTH_API enum uauth_result uauth_azure_token(const struct uauth_azure *azure,
                                              const struct uauth_azure_wanted *wanted,
                                              struct uauth_azure_token **out,
                                              struct uauth_error **error);
UAUTH_API const char *uauth_azure_token_text(const struct uauth_azure_token *token);
UAUTH_API int64_t uauth_azure_token_expires_at(const struct uauth_azure_token *token);
UAUTH_API const char *
uauth_azure_token_source(const struct uauth_azure_token *token); /* which one */
UAUTH_API void uauth_azure_token_free(struct uauth_azure_token *token);

#ifdef __cplusplus
}
#endif

#endif
