/* SPDX-License-Identifier: Apache-2.0 */
/* An application that the platform vouches for: AKS workload identity (entra.md 2.8). */
#include "client/azure_source.h"

#include "client/assertion_file.h"

static RESULT get(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                  struct azure_token *out)
{
    const struct azure_platform *p = &a->platform;
    const struct azure_options *o = &a->options;
    struct oauth_client client = { .auth = OAUTH_AUTH_PRIVATE_KEY };
    const char *file = o->federated_token_file != NULL
                           ? o->federated_token_file
                           : azure_variable(p, "AZURE_FEDERATED_TOKEN_FILE");
    const char *tenant = o->tenant_id != NULL ? o->tenant_id : azure_variable(p, "AZURE_TENANT_ID");
    client.client_id = o->client_id != NULL ? o->client_id : azure_variable(p, "AZURE_CLIENT_ID");
    if (file == NULL || tenant == NULL || client.client_id == NULL)
        return fail(c, NOT_FOUND, "not set:%s%s%s; the webhook of workload identity sets them",
                    file == NULL ? " AZURE_FEDERATED_TOKEN_FILE" : "",
                    tenant == NULL ? " AZURE_TENANT_ID" : "",
                    client.client_id == NULL ? " AZURE_CLIENT_ID" : "");
    TRY(assertion_file_read(c, file, &client.assertion));
    return azure_client_credentials(c, a, &client, tenant, wanted, out);
}

const struct azure_source azure_workload = { "workload-identity", "WorkloadIdentityCredential",
                                             false, get };
