/* SPDX-License-Identifier: Apache-2.0 */
#include "client/resource_document.h"

#include "net/url.h"

void resource_document_write(struct json_writer *w, const struct resource_document *d)
{
    const char *header[] = { "header" };
    json_text(w, "resource", d->resource);
    if (d->authorization_servers.n > 0)
        json_texts(w, "authorization_servers", d->authorization_servers);
    json_text_if(w, "resource_name", d->name);
    if (d->scopes.n > 0)
        json_texts(w, "scopes_supported", d->scopes);
    json_texts(w, "bearer_methods_supported", (struct texts){ header, 1 });
    json_text_if(w, "resource_documentation", d->documentation);
    json_text_if(w, "resource_policy_uri", d->policy);
    json_text_if(w, "resource_tos_uri", d->terms);
    json_text_if(w, "jwks_uri", d->jwks_uri);
    if (d->dpop_algs.n > 0)
        json_texts(w, "dpop_signing_alg_values_supported", d->dpop_algs);
    if (d->dpop_bound)
        json_bool(w, "dpop_bound_access_tokens_required", true);
    if (d->certificate_bound)
        json_bool(w, "tls_client_certificate_bound_access_tokens", true);
}

const char *resource_document_url(struct arena *a, const char *resource)
{
    struct url url;
    if (!url_parse(a, bytes_of(resource), &url) || url.host == NULL || url.fragment != NULL)
        return NULL;
    /* RFC 9728 3.1: a slash behind the host goes. */
    const char *path = text_equal(url.path, "/") ? "" : url.path;
    return text_printf(a, "%s/.well-known/oauth-protected-resource%s%s%s", url_origin(a, &url),
                       path, url.query == NULL ? "" : "?", url.query == NULL ? "" : url.query);
}
