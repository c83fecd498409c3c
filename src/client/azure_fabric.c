/* SPDX-License-Identifier: Apache-2.0 */
/* Service Fabric (entra.md 2.5): https, with a certificate that is known by its thumbprint. */
#include "client/azure_managed.h"

#include "base/codec.h"
#include "net/tls_pin.h"

#include <string.h>

/* Not 404, which is an answer here. */
static const int statuses[] = { 429, -1, 0 };
static const struct managed_retry retry = {
    .statuses = statuses, .times = 5, .first_ms = 1000, .doubles = true
};

static bool is_here(struct ctx *c, const struct azure_platform *p)
{
    (void)c;
    return azure_variable(p, "IDENTITY_ENDPOINT") != NULL &&
           azure_variable(p, "IDENTITY_HEADER") != NULL &&
           azure_variable(p, "IDENTITY_SERVER_THUMBPRINT") != NULL;
}

/* Forty hexadecimal digits, perhaps with colons or spaces between them. */
static RESULT read_thumbprint(struct ctx *c, const char *text, const uint8_t **out)
{
    struct text_buffer digits = text_buffer(c->arena);
    struct bytes pin;
    for (const char *at = text; *at != '\0'; at++)
        if (*at != ':' && *at != ' ')
            text_add_bytes(&digits, at, 1);
    if (!hex_decode(c->arena, bytes_of(text_of(&digits)), &pin) || pin.n != TLS_PIN_BYTES)
        return fail(c, INVALID_REQUEST, "IDENTITY_SERVER_THUMBPRINT is no SHA-1 in hexadecimal");
    *out = pin.at;
    return ok();
}

static RESULT get(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                  const struct managed_identity *id, struct azure_token *out)
{
    static const struct managed_identity own = { 0 };
    static const struct managed_names names = { 0 };
    const struct azure_platform *p = &a->platform;
    const char *query = NULL;
    struct managed_request request = { .method = "GET", .retry = &retry };
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    /* The cluster has chosen it; AZURE_CLIENT_ID may mean something else. */
    if (a->options.client_id != NULL || id->object_id != NULL || id->resource_id != NULL)
        return fail(c, INVALID_REQUEST,
                    "Service Fabric chooses the identity in the application's manifest: name none");
    TRY(managed_query(c, "2019-07-01-preview", wanted->resource, &own, &names, &query));
    TRY(managed_url(c, p, "IDENTITY_ENDPOINT", query, &request.url));
    if (!text_starts(request.url, "https://"))
        return fail(c, INVALID_REQUEST, "IDENTITY_ENDPOINT of Service Fabric is not https");
    TRY(read_thumbprint(c, azure_variable(p, "IDENTITY_SERVER_THUMBPRINT"), &request.pinned));
    TRY(managed_header(c, &request, "Secret", "IDENTITY_HEADER",
                       azure_variable(p, "IDENTITY_HEADER")));
    TRY(managed_ask(c, a, &request, answer));
    return managed_token(c, "Service Fabric", answer, out);
}

const struct managed_place managed_fabric = { "service-fabric", is_here, get };
