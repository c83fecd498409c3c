/* SPDX-License-Identifier: Apache-2.0 */
#include "realm_story.h"

#include "app/routes.h"
#include "crypto/digest.h"
#include "store/client_secrets.h"
#include "store/clients.h"
#include "store/events.h"
#include "store/roles.h"

const char realm_whole[] =
    "{'$schema':'uauth',"
    "'tenants':[{'slug':'acme','name':'Acme','accent':'#3046c5','allowed_domains':['acme.example'],"
    "'settings':{'session_idle_minutes':30,'registration':'domains'}}],"
    "'roles':[{'name':'auditor','permissions':['audit:read']},"
    "         {'tenant':'acme','name':'support','description':'Helps','permissions':['users:write',"
    "'users:list']}],"
    "'resources':[{'resource':'https://api.example.com','scopes_supported':['read','write'],"
    "              'metadata':{ 'resource_documentation' : 'https://api.example.com/docs' }}],"
    "'providers':[{'id':'work','kind':'openid','metadata':{'issuer':'https://idp.example.com',"
    "              'client_id':'us','token_endpoint_auth_method':'none'}}],"
    "'clients':[{'client_id':'spa','metadata':{'redirect_uris':['https://app.example.com/cb'],"
    "            'token_endpoint_auth_method':'none','scope':'openid users:list'}},"
    "           {'client_id':'worker','tenant':'acme','metadata':{'grant_types':["
    "            'client_credentials'],'scope':'jobs:run'}}]}";

const struct realm *realm_story_read(struct world *w, const char *json)
{
    const struct realm *realm = NULL;
    story_does(w, realm_read(world_ctx(w), bytes_of(story_json(w, "%s", json)), &realm));
    return realm;
}

RESULT realm_story_order(struct world *w, const char *json, struct realm_order order,
                         struct realm_outcome *out)
{
    struct router *router = NULL;
    size_t n = 0;
    const struct route *rows = routes(&n);
    order.realm = realm_story_read(w, json);
    story_does(w, router_new(world_ctx(w), w->arena, rows, n, &router));
    order.router = router;
    return realm_apply(world_ctx(w), &order, out);
}

struct realm_outcome realm_story_apply(struct world *w, const char *json)
{
    struct realm_outcome out = { 0 };
    story_does(w, realm_story_order(w, json, (struct realm_order){ 0 }, &out));
    return out;
}

struct realm_outcome realm_story_plan(struct world *w, const char *json)
{
    struct realm_outcome out = { 0 };
    story_does(w, realm_story_order(w, json, (struct realm_order){ .plan = true }, &out));
    return out;
}

const char *realm_story_export(struct world *w, bool members)
{
    const char *json = NULL;
    story_does(w, realm_export(world_ctx(w), &(struct realm_wish){ .members = members }, &json));
    return json;
}

bool realm_story_has_role(struct world *w, const char *tenant, const char *name)
{
    const struct role_row *role = NULL;
    story_does(w, role_find(world_ctx(w), tenant, name, &role));
    return role != NULL;
}

bool realm_story_has_client(struct world *w, const char *id)
{
    const struct client_row *client = NULL;
    story_does(w, client_find(world_ctx(w), id, &client));
    return client != NULL;
}

bool realm_story_works(struct world *w, const char *secret)
{
    struct client_secret_rows rows;
    const char *hash = token_hash(w->arena, secret);
    bool good = false;
    story_does(w, client_secrets_of(world_ctx(w), "worker", &rows));
    for (size_t i = 0; i < rows.n; i++)
        good = good || text_equal(rows.at[i].hash, hash);
    return good;
}

size_t realm_story_events(struct world *w)
{
    struct event_rows rows;
    story_does(w, events_page(world_ctx(w), &(struct event_filter){ 0 },
                              (struct page){ .limit = PAGE_MAX }, &rows));
    return rows.n;
}
