/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_PROTECTED_RESOURCE_H
#define UAUTH_OAUTH_PROTECTED_RESOURCE_H

/*
 * Protected resource metadata (RFC 9728): from an API to the server whose tokens it takes.  Of our
 * own API, and of every registered one: by the name under which the request came, where a proxy
 * passes /.well-known/oauth-protected-resource of the API's host on to here, or by ?resource=, for
 * an API that names this URL in the resource_metadata of its refusals.
 */

#include "base/shape.h"
#include "store/resources.h"
#include "web/req.h"

/* What is registered of a resource beside its URI, name and scopes (RFC 9728 2). */
struct protected_resource {
    const char *resource_documentation, *resource_policy_uri, *resource_tos_uri;
    const char *jwks_uri;
    bool dpop_bound_access_tokens_required, tls_client_certificate_bound_access_tokens;
};
/* clang-format off */
SHAPE_OPEN(protected_resource,
    FIELD(protected_resource, resource_documentation, OPTIONAL, 1, 900, "What developers read about it"),
    FIELD(protected_resource, resource_policy_uri, OPTIONAL, 1, 900, "How it wants its data to be used"),
    FIELD(protected_resource, resource_tos_uri, OPTIONAL, 1, 900, "Its terms of service"),
    FIELD(protected_resource, jwks_uri, OPTIONAL, 1, 900, "Its own public keys"),
    FIELD(protected_resource, dpop_bound_access_tokens_required, OPTIONAL, 0, 0, "Takes no token that is not bound to a key (RFC 9449)"),
    FIELD(protected_resource, tls_client_certificate_bound_access_tokens, OPTIONAL, 0, 0, "Takes tokens that are bound to a certificate (RFC 8705)"));
/* clang-format on */

/*
 * Whether `row` may be registered: its URI an absolute URL without fragment (RFC 8707 2), its
 * scopes and metadata as they are written.  INVALID_FIELD.
 */
RESULT protected_resource_check(struct ctx *c, const struct resource_row *row);

struct resource_query {
    const char *resource;
};
SHAPE_OPEN(resource_query, FIELD(resource_query, resource, OPTIONAL, 1, 900,
                                 "The resource; without it the one of the host and the path"));

/* GET /.well-known/oauth-protected-resource, and any path below it.  NOT_FOUND. */
RESULT get_protected_resource(struct req *r);

#endif
