/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer_story.h"

#include "identity/tenancy.h"
#include "oauth/client_change.h"
#include "store/resources.h"
#include "store/users.h"
#include "tests/unit/crypto/jose_testing.h"

#define DEVICE "urn:ietf:params:oauth:grant-type:device_code"

void issuer_turn(struct world *w, const char *tenant_id, bool own)
{
    const struct tenant_settings by = { .issuer = own ? TENANT_ISSUER_OWN : "" };
    const struct tenant_row *tenant = NULL;
    story_does(w, tenancy_change_settings(world_ctx(w), NULL, tenant_id, &by, &tenant));
}

const char *issuer_client(struct world *w, const struct place *p, const char *id,
                          const char *metadata)
{
    struct ctx *c = world_ctx(w);
    struct client_new client = { .id = id, .tenant_id = p->tenant_id };
    struct client_made made;
    story_does(w,
               client_metadata_read(c, bytes_of(story_json(w, "%s", metadata)), &client.metadata));
    story_does(w, client_create(c, &client, &made));
    return made.secret;
}

static void add_tenant(struct world *w, struct place *p, const char *user_id)
{
    bool added = false;
    story_does(w, tenant_add(world_ctx(w), p->slug, p->slug, &p->tenant_id));
    story_does(w, membership_add(world_ctx(w), p->tenant_id, user_id, &added));
    assert_true(added);
    issuer_turn(w, p->tenant_id, true);
}

static void add_clients(struct world *w, struct place *p)
{
    const char *of = p->slug == NULL ? "own" : p->slug;
    p->app = text_printf(w->arena, "app-%s", of);
    p->web = text_printf(w->arena, "web-%s", of);
    p->job = text_printf(w->arena, "job-%s", of);
    p->key = new_key(world_ctx(w), ALG_ES256);
    const struct key_set set = { .at = &p->key, .n = 1 };
    const char *jwks = key_set_write(w->arena, &set);
    (void)issuer_client(w, p, p->app,
                        text_printf(w->arena,
                                    "{'token_endpoint_auth_method':'none','first_party':true,"
                                    "'redirect_uris':['" APP_CALLBACK "'],"
                                    "'grant_types':['authorization_code','refresh_token','" DEVICE
                                    "'],'jwks':%s}",
                                    jwks));
    p->web_secret = issuer_client(w, p, p->web,
                                  "{" ORDERS_POLICY FOR_STOCK
                                  ",'access_token_format':'opaque','redirect_uris':[]}");
    (void)issuer_client(w, p, p->job,
                        text_printf(w->arena,
                                    "{'token_endpoint_auth_method':'private_key_jwt',"
                                    "'grant_types':['client_credentials'],'scope':'a','jwks':%s}",
                                    jwks));
}

struct places issuer_places(struct world *w)
{
    static const char *const slugs[PLACES] = { NULL, "acme", "globex" };
    static const char *const uris[] = { ORDERS, STOCK };
    struct places s = { .ada = oauth_ada(w) };
    struct answer me = client_get(&s.ada, "/auth/me");
    for (size_t i = 0; i < 2; i++)
        story_does(w, resource_set(world_ctx(w),
                                   &(struct resource_row){ .uri = uris[i], .name = uris[i] }));
    for (size_t i = 0; i < PLACES; i++) {
        struct place *p = &s.at[i];
        p->slug = slugs[i];
        p->path = p->slug == NULL ? "" : text_printf(w->arena, "/t/%s", p->slug);
        p->iss = text_printf(w->arena, ISSUER "%s", p->path);
        if (p->slug != NULL)
            add_tenant(w, p, answer_text(&me, "id"));
        add_clients(w, p);
    }
    return s;
}

/* ---- calls ---- */

struct answer issuer_authorize(struct places *s, const struct place *at, const struct place *by,
                               const char *changes)
{
    struct world *w = s->ada.w;
    const char *request =
        oauth_form(w, oauth_request(w, text_printf(w->arena, "client_id=%s", by->app)), changes);
    return client_get(&s->ada, text_printf(w->arena, "%s/oauth2/authorize?%s", at->path, request));
}

struct answer issuer_post(struct world *w, const struct place *at, const char *path,
                          const char *basic, const char *form)
{
    return proof_post(w, text_printf(w->arena, "%s%s", at->path, path), NULL, basic, form);
}

struct answer issuer_tokens(struct places *s, const struct place *p, const char *changes)
{
    struct world *w = s->ada.w;
    struct answer a = issuer_authorize(s, p, p, changes);
    const char *code = oauth_param(&a, "code");
    if (code == NULL)
        fail_msg("%s: no code: %d %s", p->iss, a.status, answer_header(&a, "location"));
    assert_string_equal(oauth_param(&a, "iss"), p->iss);
    struct answer t = issuer_post(
        w, p, "/oauth2/token", NULL,
        oauth_form(w, exchange_form(w, code), text_printf(w->arena, "client_id=%s", p->app)));
    assert_status(t, 200);
    return t;
}

const char *issuer_basic(struct world *w, const struct place *by)
{
    return text_printf(w->arena, "%s:%s", by->web, by->web_secret);
}

struct answer issuer_web_tokens(struct world *w, const struct place *p)
{
    struct answer t = issuer_post(w, p, "/oauth2/token", issuer_basic(w, p),
                                  "grant_type=client_credentials&scope=stock");
    assert_status(t, 200);
    return t;
}
