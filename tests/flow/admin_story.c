/* SPDX-License-Identifier: Apache-2.0 */
#include "admin_story.h"

#include "crypto/password.h"
#include "identity/api_key.h"
#include "identity/role_rules.h"
#include "store/users.h"

static void gives(struct world *w, const char *tenant, const char *user, const char *role)
{
    story_does(w,
               role_assign(world_ctx(w), &(struct role_assignment){
                                             .tenant_id = tenant, .user_id = user, .role = role }));
}

const char *admin_person(struct world *w, const char *tenant, const char *email, const char *role)
{
    struct ctx *c = world_ctx(w);
    const char *hash = NULL;
    const char *id = NULL;
    story_does(w, password_hash(c, STORY_PASSWORD, &hash));
    story_does(w, user_add(c,
                           &(struct user_new){ .email = email,
                                               .email_entered = email,
                                               .full_name = "Somebody",
                                               .password_hash = hash,
                                               .verified = true,
                                               .tenant_id = tenant },
                           &id));
    assert_non_null(id);
    gives(w, tenant, id, "user");
    if (role != NULL)
        gives(w, tenant, id, role);
    return id;
}

const struct admin_tenant *admin_tenant(struct world *w, const char *slug)
{
    struct admin_tenant *t = ARENA_NEW(w->arena, struct admin_tenant);
    story_does(w, tenant_add(world_ctx(w), slug, slug, &t->id));
    t->admin_email = text_printf(w->arena, "admin@%s.example", slug);
    t->member_email = text_printf(w->arena, "member@%s.example", slug);
    t->admin = admin_person(w, t->id, t->admin_email, "admin");
    t->member = admin_person(w, t->id, t->member_email, NULL);
    return t;
}

void admin_role_add(struct world *w, const char *tenant, const char *name, const char *permissions)
{
    story_does(
        w, role_create(world_ctx(w), &(struct role_definition){
                                         .tenant_id = tenant,
                                         .name = name,
                                         .description = "",
                                         .permissions = text_split(w->arena, permissions, ' ') }));
}

struct making {
    const struct api_key_new *key;
    struct api_key_made made;
};

static RESULT make_key(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct making *making = arg;
    return api_key_create(c, making->key, &making->made);
}

const char *admin_api_key(struct world *w, const char *tenant, const char *user,
                          const char *permissions, const char **id)
{
    struct texts held = text_split(w->arena, permissions, ' ');
    const struct actor maker = {
        .user_id = user, .tenant_id = tenant, .permissions = held, .permission = held.at[0]
    };
    const struct api_key_new key = { .maker = &maker,
                                     .by_command = true,
                                     .name = "A service",
                                     .permissions = held,
                                     .expires_at = w->now + 30 * DAYS };
    struct making making = { .key = &key };
    story_does(w, authority_act(world_ctx(w), &maker, make_key, &making));
    *id = making.made.row->id;
    return making.made.key;
}

struct client admin_client_of(struct world *w, const char *email)
{
    struct client c = client_new(w);
    (void)story_sign_in(&c, email);
    return c;
}

struct answer admin_send(struct client *client, enum http_method method, const char *target,
                         const char *json, const char *name, const char *value)
{
    struct sent sent = {
        .method = method, .target = target, .json = json, .headers = { { name, value } }
    };
    return client_send(client, &sent);
}

struct answer admin_change(struct client *client, enum http_method method, const char *target,
                           const char *json)
{
    struct answer before = client_get(client, target);
    assert_status(before, 200);
    return admin_send(client, method, target, json, "if-match", answer_header(&before, "etag"));
}

const char *admin_settings_path(struct world *w, const struct admin_tenant *t)
{
    return text_printf(w->arena, "/admin/tenants/%s/settings", t->id);
}

struct answer admin_settings(struct world *w, const struct admin_tenant *t, const char *settings)
{
    struct client c = admin_client_of(w, t->admin_email);
    return admin_change(&c, HTTP_PATCH, admin_settings_path(w, t), story_json(w, "%s", settings));
}
