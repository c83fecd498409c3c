/* SPDX-License-Identifier: Apache-2.0 */
/* Azure Machine Learning (entra.md 2.7). */
#include "client/azure_managed.h"

static bool is_here(struct ctx *c, const struct azure_platform *p)
{
    (void)c;
    return azure_variable(p, "MSI_ENDPOINT") != NULL && azure_variable(p, "MSI_SECRET") != NULL;
}

static RESULT get(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                  const struct managed_identity *id, struct azure_token *out)
{
    static const struct managed_names names = { "clientid", NULL, NULL };
    const struct managed_identity own = { .client_id = azure_variable(
                                              &a->platform, "DEFAULT_IDENTITY_CLIENT_ID") };
    bool is_chosen = id->client_id != NULL || id->object_id != NULL || id->resource_id != NULL;
    const char *secret = azure_variable(&a->platform, "MSI_SECRET");
    const char *query = NULL;
    struct managed_request request = { .method = "GET", .retry = &managed_retry_plain };
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    TRY(managed_query(c, "2017-09-01", wanted->resource, is_chosen ? id : &own, &names, &query));
    TRY(managed_url(c, &a->platform, "MSI_ENDPOINT", query, &request.url));
    TRY(managed_header(c, &request, "secret", "MSI_SECRET", secret));
    TRY(managed_ask(c, a, &request, answer));
    return managed_token(c, "Azure ML", answer, out);
}

const struct managed_place managed_ml = { "azure-ml", is_here, get };
