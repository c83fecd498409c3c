/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/grant.h"

#include "identity/access.h"
#include "oauth/resource.h"
#include "oauth/scope.h"

/* RFC 9396 6: what is asked for is granted, and names the API if `resource` does not. */
static RESULT take_details(struct ctx *c, const struct client *client,
                           const struct token_request *in, const char **resource,
                           const char **details)
{
    struct details asked;
    struct texts resources;
    const struct details_asker asker = { client->id, client->metadata.authorization_details_types,
                                         in->resource, client->metadata.resources };
    if (in->authorization_details == NULL)
        return ok();
    TRY(details_read(c, in->authorization_details, &asked));
    TRY(details_check(c, &asked, &asker, &resources));
    if (resources.n > 1)
        return because(c, RESOURCES, "1", "several",
                       fail_say(c, INVALID_TARGET, "Ask for one resource at a time.",
                                "the authorization_details of client %s are for %zu resources",
                                client->id, resources.n));
    *resource = resources.at[0];
    *details = details_write(c->arena, &asked);
    return ok();
}

/* RFC 6749 4.4: no user, no refresh token; nothing is written (decision 4). */
static RESULT give(struct req *r, const struct client *client, const struct token_request *in,
                   struct grant_given *out)
{
    const char *resource = NULL, *details = NULL;
    struct texts scopes;
    TRY(scope_of_client(r->c, client, in->scope, &scopes));
    TRY(grant_resource(r->c, in, &resource));
    TRY(resource_check(r->c, client, in->resource));
    TRY(take_details(r->c, client, in, &resource, &details));
    out->facts = (struct grant_facts){
        /* RFC 9068 2.2: of a client on its own behalf, sub is the client. */
        .user_id = client->id,
        .client_id = client->id,
        .tenant_id = client->tenant_id,
        .audience = resource,
        .jkt = in->jkt,
        .x5t = in->x5t,
        .details = details,
        .style = client_style(client),
        .scopes = scopes,
        .permissions = permissions_within(r->c->arena, scopes, scopes),
    };
    TRY(client_place(r->c, client, &out->facts.status));
    return issue_access(r->c, &out->facts, &out->tokens);
}

const struct grant grant_client_credentials = { "client_credentials", give, true };
