/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/protected_resource.h"

#include "client/dpop.h"
#include "client/resource_document.h"
#include "crypto/key.h"
#include "identity/access.h"
#include "net/url.h"
#include "oauth/scope.h"
#include "oauth/user_claims.h"
#include "token/authorization_details.h"
#include "token/claims.h"
#include "web/brand.h"
#include "web/door.h"
#include "web/reply.h"

#include <string.h>

enum { MAX_AGE = 300 };

static const char well_known[] = "/.well-known/oauth-protected-resource";

/* ---- what may be registered ---- */

static RESULT check_page(struct ctx *c, const char *name, const char *page)
{
    struct url url;
    if (page == NULL)
        return ok();
    if (!url_parse(c->arena, bytes_of(page), &url) || strchr(url.scheme, '.') != NULL)
        return fail_field(c, INVALID_FIELD, name, "This must be an https URL.");
    return ok();
}

static RESULT read_metadata(struct ctx *c, const struct resource_row *row,
                            struct protected_resource *out)
{
    const char *json = row->metadata == NULL ? "{}" : row->metadata;
    return shape_read_json(c, &protected_resource_shape, bytes_of(json), out);
}

static bool is_name(const char *name)
{
    size_t n = strlen(name);
    return n >= 1 && n <= RESOURCE_NAME_MAX && !text_has_control(name);
}

RESULT protected_resource_check(struct ctx *c, const struct resource_row *row)
{
    struct protected_resource metadata;
    struct texts scopes;
    struct url url;
    if (!url_parse(c->arena, bytes_of(row->uri), &url) || url.fragment != NULL)
        return fail_field(c, INVALID_FIELD, "resource",
                          "A resource is an absolute URI without a fragment.");
    /* As the file of a configuration has it: what is exported can be applied. */
    if (!is_name(row->name))
        return fail_field(c, INVALID_FIELD, "name", "This is 1 to 255 bytes on one line.");
    if (row->scopes.n > 0)
        TRY(scopes_read(c, text_join(c->arena, row->scopes, " "), &scopes));
    TRY(read_metadata(c, row, &metadata));
    TRY(check_page(c, "resource_documentation", metadata.resource_documentation));
    TRY(check_page(c, "resource_policy_uri", metadata.resource_policy_uri));
    TRY(check_page(c, "resource_tos_uri", metadata.resource_tos_uri));
    return check_page(c, "jwks_uri", metadata.jwks_uri);
}

/* ---- the document ---- */

static struct texts issuers(struct req *r)
{
    const char *issuer = token_issuer(r->c);
    return (struct texts){ arena_copy(r->c->arena, &issuer, sizeof issuer), 1 };
}

static RESULT finish(struct req *r, struct json_writer *w)
{
    json_object_end(w);
    struct reply_fixed fixed = { .media = "application/json",
                                 .bytes = bytes_of(json_written(w)),
                                 .max_age = MAX_AGE };
    fixed.etag = reply_etag(r->c->arena, fixed.bytes);
    return reply_fixed(r, &fixed);
}

/* Of our own API. */
static RESULT reply_own(struct req *r)
{
    struct json_writer w = json_writer(r->c->arena);
    const struct resource_document document = {
        .resource = r->door->public_url,
        .authorization_servers = issuers(r),
        .name = brand_name(&r->door->brand),
        .dpop_algs = alg_names(r->c->arena, DPOP_ALGS),
    };
    json_object(&w, NULL);
    resource_document_write(&w, &document);
    return finish(r, &w);
}

/* RFC 9728 2 */
static RESULT put_types(struct req *r, struct json_writer *w, const struct resource_row *row)
{
    struct resource_metadata metadata;
    TRY(resource_metadata_read(r->c, row->metadata, &metadata));
    const struct details_type *types = metadata.authorization_details_types.at;
    if (metadata.authorization_details_types.n == 0)
        return ok();
    json_array(w, "authorization_details_types_supported");
    for (size_t i = 0; i < metadata.authorization_details_types.n; i++)
        json_text(w, NULL, types[i].type);
    json_array_end(w);
    return ok();
}

static RESULT reply_registered(struct req *r, const struct resource_row *row)
{
    struct json_writer w = json_writer(r->c->arena);
    struct protected_resource metadata;
    TRY(read_metadata(r->c, row, &metadata));
    const struct resource_document document = {
        .resource = row->uri,
        .authorization_servers = issuers(r),
        .name = row->name,
        .scopes = row->scopes,
        .documentation = metadata.resource_documentation,
        .policy = metadata.resource_policy_uri,
        .terms = metadata.resource_tos_uri,
        .jwks_uri = metadata.jwks_uri,
        .dpop_bound = metadata.dpop_bound_access_tokens_required,
        .certificate_bound = metadata.tls_client_certificate_bound_access_tokens,
    };
    json_object(&w, NULL);
    resource_document_write(&w, &document);
    TRY(put_types(r, &w, row));
    return finish(r, &w);
}

/* ---- which one ---- */

/* RFC 9728 3.1: the well-known part stands between host and path of the resource. */
static RESULT find_by_address(struct req *r, const struct resource_row **out)
{
    struct arena *a = r->c->arena;
    const char *field = req_header(r, "host"); /* with its port */
    const char *host = field != NULL ? field : r->http->host;
    const char *rest = r->http->path + strlen(well_known);
    static const char *const schemes[] = { "https", "http" };
    *out = NULL;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        TRY(resource_find(r->c, text_printf(a, "%s://%s%s", schemes[i], text_lower(a, host), rest),
                          out));
        if (*out != NULL)
            break;
    }
    return ok();
}

static bool is_ours(struct req *r, const char *resource)
{
    if (resource != NULL)
        return text_equal(resource, r->door->public_url);
    return text_equal(r->http->path, well_known) && hosts_serve(&r->door->hosts, r->http->host);
}

RESULT get_protected_resource(struct req *r)
{
    const char *resource = REQ_IN(r, resource_query)->resource;
    const struct resource_row *row = NULL;
    if (resource != NULL)
        TRY(resource_find(r->c, resource, &row));
    else
        TRY(find_by_address(r, &row));
    if (row != NULL)
        return reply_registered(r, row);
    if (is_ours(r, resource))
        return reply_own(r);
    return fail(r->c, NOT_FOUND, "no resource of this address is registered");
}
