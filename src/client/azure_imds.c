/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata service of virtual machines, scale sets, container instances (entra.md 2.2). */
#include "client/azure_managed.h"

#include <string.h>

enum { PROBE_LIMIT_MS = 1000, BAD_REQUEST = 400, FORBIDDEN_STATUS = 403 };

static const int statuses[] = { 404, 429, -1, 0 };
static const struct managed_retry retry = {
    .statuses = statuses, .times = 5, .first_ms = 800, .doubles = true, .gone_first_ms = 3000
};

static bool is_here(struct ctx *c, const struct azure_platform *p)
{
    (void)c;
    (void)p;
    return true; /* nothing else is */
}

/* Docker Desktop answers in its place. */
static bool is_pretended(struct ctx *c, const struct http_answer *answer)
{
    return answer->status == FORBIDDEN_STATUS &&
           strstr(text_copy(c->arena, (const char *)answer->body.at,
                            strnlen((const char *)answer->body.at, answer->body.n)),
                  "unreachable") != NULL;
}

static RESULT not_there(struct ctx *c)
{
    fault_clear(c);
    return fail(c, NOT_FOUND,
                "no metadata service of Azure answers here; give the machine a managed "
                "identity, or use another source");
}

/* On a machine elsewhere the address does not answer: asked without the header that a token needs,
 * and not for long. */
static RESULT probe(struct ctx *c, struct azure_credential *a, const char *url)
{
    struct upstreams *u = NULL;
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    const struct http_call call = { .method = "GET",
                                    .url = url,
                                    .origin = OUTBOUND_PLATFORM,
                                    .answer_max = MANAGED_ANSWER_MAX,
                                    .limit_ms = PROBE_LIMIT_MS };
    if (atomic_load(&a->imds_is_there))
        return ok();
    TRY(upstreams_of(c, &u));
    if (http_call(c, u->resolver, &call, answer).code != ERR_OK || is_pretended(c, answer))
        return not_there(c);
    atomic_store(&a->imds_is_there, true);
    return ok();
}

/* Names no identity, or one that is not there: another source may do. */
static RESULT no_such_identity(struct ctx *c, const struct http_answer *answer)
{
    (void)managed_refusal(c, "the metadata service", answer).code;
    const char *why = c->fault.text;
    fault_clear(c);
    return fail(c, NOT_FOUND,
                "%s; assign an identity to this machine, or choose one of several with "
                "AZURE_CLIENT_ID",
                why);
}

static RESULT get(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                  const struct managed_identity *id, struct azure_token *out)
{
    static const struct managed_names names = { "client_id", "object_id", "msi_res_id" };
    const char *chosen = azure_variable(&a->platform, "AZURE_POD_IDENTITY_AUTHORITY_HOST");
    const char *host = chosen != NULL ? chosen : a->platform.imds;
    const char *query = NULL;
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    const char *url = text_printf(c->arena, "%.*s/metadata/identity/oauth2/token",
                                  (int)(strlen(host) - text_ends(host, "/")), host);
    if (!a->alone && chosen == NULL)
        TRY(probe(c, a, url));
    TRY(managed_query(c, "2018-02-01", wanted->resource, id, &names, &query));
    struct managed_request request = { .method = "GET",
                                       .url = text_printf(c->arena, "%s?%s", url, query),
                                       .headers = { "Metadata: true" },
                                       .headers_n = 1,
                                       .retry = &retry };
    err asked = managed_ask(c, a, &request, answer);
    if (asked.code == ERR_UPSTREAM || (asked.code == ERR_OK && is_pretended(c, answer)))
        return not_there(c);
    TRY(asked);
    if (answer->status == BAD_REQUEST)
        return no_such_identity(c, answer);
    return managed_token(c, "the metadata service", answer, out);
}

const struct managed_place managed_imds = { "imds", is_here, get };
