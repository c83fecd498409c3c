/* SPDX-License-Identifier: Apache-2.0 */
/* App Service, Functions, Container Apps, Automation (entra.md 2.3). */
#include "client/azure_managed.h"

static bool is_here(struct ctx *c, const struct azure_platform *p)
{
    (void)c;
    return azure_variable(p, "IDENTITY_ENDPOINT") != NULL &&
           azure_variable(p, "IDENTITY_HEADER") != NULL;
}

static RESULT get(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                  const struct managed_identity *id, struct azure_token *out)
{
    static const struct managed_names names = { "client_id", "object_id", "mi_res_id" };
    const char *header = azure_variable(&a->platform, "IDENTITY_HEADER");
    const char *query = NULL;
    struct managed_request request = { .method = "GET", .retry = &managed_retry_plain };
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    TRY(managed_query(c, "2019-08-01", wanted->resource, id, &names, &query));
    TRY(managed_url(c, &a->platform, "IDENTITY_ENDPOINT", query, &request.url));
    TRY(managed_header(c, &request, "X-IDENTITY-HEADER", "IDENTITY_HEADER", header));
    TRY(managed_ask(c, a, &request, answer));
    return managed_token(c, "App Service", answer, out);
}

const struct managed_place managed_app_service = { "app-service", is_here, get };
