/* SPDX-License-Identifier: Apache-2.0 */
/* Cloud Shell (entra.md 2.6): the identity is whoever is signed in there. */
#include "client/azure_managed.h"

#include "base/codec.h"

static bool is_here(struct ctx *c, const struct azure_platform *p)
{
    (void)c;
    return azure_variable(p, "MSI_ENDPOINT") != NULL;
}

static RESULT get(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                  const struct managed_identity *id, struct azure_token *out)
{
    struct managed_request request = { .method = "POST",
                                       .headers = { "Metadata: true",
                                                    "Content-Type: "
                                                    "application/x-www-form-urlencoded" },
                                       .headers_n = 2,
                                       .retry = &managed_retry_plain };
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    if (id->client_id != NULL || id->object_id != NULL || id->resource_id != NULL)
        return fail(c, INVALID_REQUEST, "Cloud Shell has no user-assigned identities: name none");
    TRY(managed_url(c, &a->platform, "MSI_ENDPOINT", NULL, &request.url));
    request.body = text_printf(c->arena, "resource=%s", percent_encode(c->arena, wanted->resource));
    TRY(managed_ask(c, a, &request, answer));
    return managed_token(c, "Cloud Shell", answer, out);
}

const struct managed_place managed_shell = { "cloud-shell", is_here, get };
