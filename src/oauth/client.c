/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client.h"

#include "base/config.h"
#include "net/url.h"
#include "oauth/client_document.h"
#include "oauth/client_sector.h"
#include "store/tenants.h"
#include "token/claims.h"
#include "token/issuer.h"
#include "token/status_list.h"
#include "web/cors.h"
#include "web/req.h"

#include <string.h>

enum { CLIENT_ID_BYTES = 255 };

/* A client of a tenant goes with it, and is one only at the issuer that it has (JOSE-07). */
static RESULT keep_if_here(struct ctx *c, const struct client *client, const struct client **out)
{
    const struct tenant_row *tenant = NULL;
    bool here = false;
    if (client->tenant_id != NULL)
        TRY(tenant_find(c, client->tenant_id, &tenant));
    if (client->tenant_id != NULL && (tenant == NULL || tenant->status != TENANT_ACTIVE))
        return ok();
    TRY(issuer_has_clients_of(c, tenant, &here));
    if (here)
        *out = client;
    return ok();
}

RESULT client_load(struct ctx *c, const char *id, const struct client **out)
{
    const struct client_row *row = NULL;
    const struct client_metadata *metadata = NULL;
    *out = NULL;
    if (strnlen(id, CLIENT_ID_BYTES + 1) > CLIENT_ID_BYTES || text_equal(id, CLIENT_FIRST_PARTY))
        return ok();
    if (client_document_names(id) && !client_documents_are_taken(c))
        return ok();
    TRY(client_find(c, id, &row));
    if (row == NULL || row->status != CLIENT_ACTIVE)
        return ok();
    TRY(client_metadata_of(c, row->id, row->metadata, &metadata));
    struct client *client = ARENA_NEW(c->arena, struct client);
    client->id = row->id;
    client->name = row->name;
    client->tenant_id = row->tenant_id;
    client->confidential = row->confidential;
    client->changed_at = row->updated_at == row->created_at ? 0 : row->updated_at;
    client->metadata = *metadata;
    return keep_if_here(c, client, out);
}

RESULT client_enter(struct ctx *c, const char *id, const struct client **out)
{
    const struct client_row *row = NULL;
    *out = NULL;
    TRY(client_find(c, id, &row));
    if (row == NULL)
        return ok();
    TRY(issuer_enter(c, row->tenant_id));
    return client_load(c, id, out);
}

bool client_may(const struct client *client, const char *grant)
{
    return texts_hold(client->metadata.grant_types, grant);
}

struct token_style client_style(const struct client *client)
{
    return (struct token_style){ .opaque = client_is_pairwise(&client->metadata) ||
                                           text_equal(client->metadata.access_token_format,
                                                      TOKEN_FORMAT_OPAQUE),
                                 .alg = client->metadata.access_token_signed_response_alg,
                                 .may_act = client->metadata.may_act };
}

const char *client_grants(struct arena *a, const struct client *client)
{
    return text_join(a, client->metadata.grant_types, " ");
}

RESULT client_place(struct ctx *c, const struct client *client, struct status_place *out)
{
    *out = (struct status_place){ 0 };
    if (!status_list_is_on(c))
        return ok();
    return status_place_of_client(c, client->id, token_life(c->config), out);
}

/* ---- redirect URIs ---- */

static bool is_loopback_address(const struct url *url)
{
    return text_equal(url->scheme, "http") && url->host_is != URL_HOST_NAME &&
           url->host_is != URL_HOST_NONE && url_is_loopback(url);
}

/* RFC 8252 7.3: the port of a loopback address is what the system gave at that moment. */
static bool differs_in_port(struct arena *a, const char *registered, const struct url *asked)
{
    struct url url;
    return url_parse(a, bytes_of(registered), &url) && is_loopback_address(&url) &&
           text_equal(url.host, asked->host) && text_equal(url.path, asked->path) &&
           text_equal(url.query, asked->query);
}

bool client_redirects_to(struct arena *a, const struct client *client, const char *uri)
{
    const struct texts *registered = &client->metadata.redirect_uris;
    struct url url;
    if (texts_hold(*registered, uri))
        return true;
    if (client->confidential || !text_starts(uri, "http://") ||
        !url_parse(a, bytes_of(uri), &url) || url.fragment != NULL || !is_loopback_address(&url))
        return false;
    for (size_t i = 0; i < registered->n; i++)
        if (differs_in_port(a, registered->at[i], &url))
            return true;
    return false;
}

struct texts client_origins(struct arena *a, const struct client *client)
{
    const struct client_metadata *m = &client->metadata;
    struct texts out = { ARENA_NEWS(a, const char *, m->redirect_uris.n + m->allowed_origins.n),
                         0 };
    for (size_t i = 0; i < m->redirect_uris.n; i++) {
        const char *origin = cors_origin(a, m->redirect_uris.at[i]);
        if (origin != NULL)
            out.at[out.n++] = origin;
    }
    for (size_t i = 0; i < m->allowed_origins.n; i++)
        out.at[out.n++] = m->allowed_origins.at[i];
    return out;
}

void client_admit(struct req *r, const struct client *client)
{
    r->client = client;
    if (req_header(r, "origin") != NULL)
        r->origins = client_origins(r->c->arena, client);
}

const struct client *client_of(const struct req *r)
{
    must(r->client != NULL);
    return r->client;
}
