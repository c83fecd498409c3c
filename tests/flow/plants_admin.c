/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of who administers: what they do not have, whom they do not reach, what they did not read.
 */
#include "admin_story.h"
#include "plants.h"

#include "identity/api_key.h"

#define TENANT_ADMIN "acme-admin@example.com"

/* The clerk of a tenant: who may change members and their roles, and nothing else. */
static struct client clerk(struct world *w, const struct admin_tenant *t)
{
    admin_role_add(w, t->id, "clerk", "users:list users:write roles:assign");
    (void)admin_person(w, t->id, "clerk@example.com", "clerk");
    return admin_client_of(w, "clerk@example.com");
}

static const char *user(struct world *w, const char *id)
{
    return text_printf(w->arena, "/admin/users/%s", id);
}

/* The clerk gives the member this role. */
static struct answer gives(struct world *w, const char *role)
{
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = clerk(w, t);
    admin_role_add(w, t->id, "list", "users:list");
    return client_put(&c, text_printf(w->arena, "%s/roles/%s", user(w, t->member), role), NULL);
}

/* The clerk changes the name of the member, of the administrator, or of a guest. */
static struct answer renames(struct world *w, const char *whom)
{
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = clerk(w, t);
    const char *id = text_equal(whom, "administrator") ? t->admin : t->member;
    bool added = false;
    if (text_equal(whom, "guest")) {
        id = admin_person(w, TENANT_DEFAULT_ID, BOB, NULL);
        story_does(w, membership_add(world_ctx(w), t->id, id, &added));
    }
    return admin_change(&c, HTTP_PATCH, user(w, id), "{\"full_name\":\"Another\"}");
}

/* The same with this If-Match. */
static struct answer changes(struct world *w, const char *if_match)
{
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = clerk(w, t);
    return admin_send(&c, HTTP_PATCH, user(w, t->member), "{\"full_name\":\"Another\"}",
                      if_match == NULL ? NULL : "if-match", if_match);
}

/* The administrator of a tenant makes a client. */
static struct answer makes(struct world *w, const char *members)
{
    struct client c = admin_client_of(w, admin_tenant(w, "acme")->admin_email);
    return story_post(&c, "/admin/clients", "{'metadata':{'redirect_uris':['" APP_CALLBACK "']%s}}",
                      members);
}

static struct answer makes_a_role(struct world *w, const char *members)
{
    struct client c = admin_client_of(w, admin_tenant(w, "acme")->admin_email);
    return story_post(&c, "/admin/roles", "{'name':'wide','permissions':['users:list']%s}",
                      members);
}

/* An API key asks for `target`. */
static struct answer by_key(struct world *w, const char *target, const char *fault)
{
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const char *id = NULL;
    const char *key = admin_api_key(w, t->id, t->admin, "admin:*", &id);
    struct client c = client_new(w);
    c.token = text_equal(fault, "typo") ? text_printf(w->arena, "%s0", key) : key;
    if (text_equal(fault, "expired"))
        world_pass(w, 31 * DAYS);
    if (text_equal(fault, "revoked"))
        story_does(w, api_key_revoke(world_ctx(w), NULL, t->id, id));
    return client_get(&c, target);
}

static struct answer shows_key(struct world *w, const char *fault)
{
    return by_key(w, "/admin/users", fault);
}

static struct answer asks_by_key(struct world *w, const char *target)
{
    return by_key(w, target, "");
}

/* The administrator acts as the member, and asks who they are, or changes it. */
static struct answer acts(struct world *w, const char *fault)
{
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    struct answer begun =
        story_post(&c, text_printf(w->arena, "%s/impersonate", user(w, t->member)),
                   "{'reason':'Ticket 4711'}");
    if (begun.status != 201)
        return begun;
    struct client s = story_bearer(w, answer_text(&begun, "access_token"));
    return text_equal(fault, "changes")
               ? client_put(&s, "/auth/me", story_json(w, "{'full_name':'Another'}"))
               : client_get(&s, "/auth/me");
}

static const char *const impersonation[] = { "AUTH_IMPERSONATION=on", NULL };

static struct answer sets_up(struct world *w, const char *code)
{
    struct client c = client_new(w);
    return story_post(&c, "/auth/setup",
                      "{'setup_code':'%s','email':'" ADA
                      "','full_name':'Ada','password':'" STORY_PASSWORD "'}",
                      code);
}

/* clang-format off */
static const struct plant rows[] = {
    { RULE_NONE,         gives,        "list" },
    { RULE_GIVE_MORE,    gives,        "admin" },
    { RULE_NONE,         renames,      "member" },
    { RULE_REACH_ABOVE,  renames,      "administrator" },
    { RULE_REACH_GUEST,  renames,      "guest" },
    { RULE_PRECONDITION, changes,      NULL },
    { RULE_PRECONDITION, changes,      "\"x\"" },
    { RULE_NONE,         makes,        "" },
    { RULE_OPERATOR,     makes,        ",'first_party':true" },
    { RULE_NONE,         makes_a_role, "" },
    { RULE_OPERATOR,     makes_a_role, ",'all_tenants':true" },
    { RULE_NONE,         shows_key,    "" },
    { RULE_API_KEY,      shows_key,    "typo" },
    { RULE_API_KEY,      shows_key,    "expired" },
    { RULE_API_KEY,      shows_key,    "revoked" },
    { RULE_NONE,         asks_by_key,  "/auth/me" },
    { RULE_API_KEY_PLACE, asks_by_key, "/auth/me/sessions" },
    { RULE_API_KEY_PLACE, asks_by_key, "/auth/me/export" },
    { RULE_NONE,         acts,         "", impersonation },
    { RULE_IMPERSONATED, acts,         "changes", impersonation },
    { RULE_IMPERSONATION, acts,        "" },
    { RULE_SETUP_CODE,   sets_up,      "wrong" },
};
/* clang-format on */

struct plants plants_admin(void)
{
    return PLANTS(rows);
}
