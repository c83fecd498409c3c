/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that is configured as one file: exported, planned, applied, proven.
 */
#include "admin_story.h"

#include "app/routes.h"
#include "crypto/digest.h"
#include "realm/realm.h"
#include "store/client_registrations.h"
#include "store/client_secrets.h"
#include "store/events.h"
#include "store/roles.h"

#define SECRET       "0123456789abcdef0123456789abcdef"
#define OTHER_SECRET "fedcba9876543210fedcba9876543210"

/* ---- what stories do with it ---- */

static const struct realm *read_realm(struct world *w, const char *json)
{
    const struct realm *realm = NULL;
    story_does(w, realm_read(world_ctx(w), bytes_of(story_json(w, "%s", json)), &realm));
    return realm;
}

static RESULT apply_order(struct world *w, const char *json, struct realm_order order,
                          struct realm_outcome *out)
{
    struct router *router = NULL;
    size_t n = 0;
    const struct route *rows = routes(&n);
    order.realm = read_realm(w, json);
    story_does(w, router_new(world_ctx(w), w->arena, rows, n, &router));
    order.router = router;
    return realm_apply(world_ctx(w), &order, out);
}

static struct realm_outcome apply(struct world *w, const char *json)
{
    struct realm_outcome out = { 0 };
    story_does(w, apply_order(w, json, (struct realm_order){ 0 }, &out));
    return out;
}

static struct realm_outcome plan(struct world *w, const char *json, bool prune)
{
    struct realm_outcome out = { 0 };
    story_does(w, apply_order(w, json, (struct realm_order){ .plan = true, .prune = prune }, &out));
    return out;
}

static const char *exported(struct world *w, bool members)
{
    const char *json = NULL;
    story_does(w, realm_export(world_ctx(w), &(struct realm_wish){ .members = members }, &json));
    return json;
}

/* Whether the file is refused as INVALID_FIELD at `field`. */
static void refuses(struct world *w, const char *json, const char *field)
{
    const struct realm *realm = NULL;
    struct ctx *c = world_ctx(w);
    err done = realm_read(c, bytes_of(story_json(w, "%s", json)), &realm);
    assert_int_equal(done.code, ERR_INVALID_FIELD);
    assert_string_equal(c->fault.field, field);
}

static bool has_role(struct world *w, const char *tenant, const char *name)
{
    const struct role_row *role = NULL;
    story_does(w, role_find(world_ctx(w), tenant, name, &role));
    return role != NULL;
}

static bool has_client(struct world *w, const char *id)
{
    const struct client_row *client = NULL;
    story_does(w, client_find(world_ctx(w), id, &client));
    return client != NULL;
}

/* Whether it is a live secret of the client `worker`. */
static bool works(struct world *w, const char *secret)
{
    struct client_secret_rows rows;
    const char *hash = token_hash(w->arena, secret);
    bool good = false;
    story_does(w, client_secrets_of(world_ctx(w), "worker", &rows));
    for (size_t i = 0; i < rows.n; i++)
        good = good || text_equal(rows.at[i].hash, hash);
    return good;
}

static size_t events(struct world *w)
{
    struct event_rows rows;
    story_does(w, events_page(world_ctx(w), &(struct event_filter){ 0 },
                              (struct page){ .limit = PAGE_MAX }, &rows));
    return rows.n;
}

static const char whole[] =
    "{'$schema':'uauth',"
    "'tenants':[{'slug':'acme','name':'Acme','allowed_domains':['acme.example']}],"
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

/* ---- applying ---- */

static void a_file_is_applied_once(void **state)
{
    struct world *w = *state;
    struct realm_outcome out = apply(w, whole);
    assert_true(out.applied);
    assert_int_equal(out.changes_n, 7);
    assert_true(has_client(w, "worker"));
    const char *version = out.version;
    size_t written = events(w);
    out = apply(w, whole);
    assert_int_equal(out.changes_n, 0);
    assert_string_not_equal(out.version, version);
    assert_int_equal(events(w), written);
}

/* A secret that had to be made is shown once, and works. */
static void a_new_client_gets_a_secret(void **state)
{
    struct world *w = *state;
    struct realm_outcome out = apply(w, whole);
    const char *secret = NULL;
    for (size_t i = 0; i < out.changes_n; i++)
        if (text_equal(out.changes[i].key, "worker"))
            secret = out.changes[i].secret;
        else
            assert_null(out.changes[i].secret);
    assert_non_null(secret);
    assert_true(works(w, secret));
    assert_null(strstr(exported(w, false), secret));
}

static void what_is_exported_applies_without_a_change(void **state)
{
    struct world *w = *state;
    (void)apply(w, whole);
    (void)admin_tenant(w, "other");
    struct realm_outcome out = { 0 };
    const char *file = exported(w, true);
    /* Nothing that a file may leave out, and nothing that is built in. */
    assert_null(strstr(file, "first-party"));
    assert_null(strstr(file, "false"));
    assert_null(strstr(file, "moderator"));
    assert_non_null(strstr(file, "member@other.example"));
    const struct realm *realm = NULL;
    story_does(w, realm_read(world_ctx(w), bytes_of(file), &realm));
    story_does(w, realm_apply(world_ctx(w),
                              &(struct realm_order){ .realm = realm, .plan = true, .prune = true },
                              &out));
    assert_int_equal(out.changes_n, 0);
    assert_string_equal(exported(w, true), file);
    assert_null(strstr(exported(w, false), "members"));
}

static void only_what_is_different_is_changed(void **state)
{
    struct world *w = *state;
    (void)apply(w, whole);
    struct realm_outcome out =
        apply(w, "{'roles':[{'tenant':'acme','name':'support','permissions':['users:list']}],"
                 "'clients':[{'client_id':'spa','status':'disabled','metadata':{'redirect_uris':["
                 "'https://app.example.com/cb'],'token_endpoint_auth_method':'none',"
                 "'scope':'openid users:list'}}]}");
    assert_int_equal(out.changes_n, 2);
    assert_int_equal(out.changes[0].op, REALM_CHANGE);
    assert_string_equal(out.changes[0].key, "acme/support");
    assert_int_equal(out.changes[0].differences_n, 2);
    assert_string_equal(out.changes[0].differences[0].name, "description");
    assert_string_equal(out.changes[0].differences[0].before, "\"Helps\"");
    assert_null(out.changes[0].differences[0].after);
    assert_string_equal(out.changes[0].differences[1].before, "[\"users:list\",\"users:write\"]");
    assert_string_equal(out.changes[1].key, "spa");
    assert_string_equal(out.changes[1].differences[0].name, "status");
    assert_int_equal(out.changes[1].differences_n, 1);
}

/* AZ-05: all of it, or nothing. */
static void one_refusal_undoes_all(void **state)
{
    struct world *w = *state;
    struct realm_outcome out = { 0 };
    size_t before = events(w);
    const char *version = plan(w, "{'roles':[]}", false).version;
    err done = apply_order(w,
                           "{'tenants':[{'slug':'acme'}],"
                           "'roles':[{'name':'fine','permissions':['a:b']},"
                           "         {'tenant':'nowhere','name':'lost','permissions':['a:b']}]}",
                           (struct realm_order){ 0 }, &out);
    assert_int_equal(done.code, ERR_INVALID_FIELD);
    assert_false(has_role(w, TENANT_DEFAULT_ID, "fine"));
    assert_int_equal(events(w), before);
    assert_string_equal(plan(w, "{'roles':[]}", false).version, version);
}

/* A failure names the thing that it is about. */
static void a_refusal_names_the_thing(void **state)
{
    struct world *w = *state;
    struct realm_order order = { .realm = read_realm(w, "{'roles':[{'name':'admin'}]}") };
    struct realm_outcome out;
    struct ctx *c = world_ctx(w);
    assert_int_equal(realm_apply(c, &order, &out).code, ERR_CONFLICT);
    assert_string_equal(c->fault.field, "role admin");
}

/* AZ-14: planning does everything and keeps nothing. */
static void a_plan_changes_nothing(void **state)
{
    struct world *w = *state;
    size_t before = events(w);
    struct realm_outcome out = plan(w, whole, false);
    assert_false(out.applied);
    assert_int_equal(out.changes_n, 7);
    for (size_t i = 0; i < out.changes_n; i++)
        assert_null(out.changes[i].secret);
    assert_int_equal(events(w), before);
    assert_false(has_client(w, "spa"));
    assert_string_equal(plan(w, whole, false).version, out.version);
}

/* AZ-06: what was planned for is what is changed. */
static void a_plan_for_another_state_is_refused(void **state)
{
    struct world *w = *state;
    struct realm_order order = { .if_version = plan(w, whole, false).version };
    struct realm_outcome out;
    admin_role_add(w, TENANT_DEFAULT_ID, "between", "x:y");
    assert_int_equal(apply_order(w, whole, order, &out).code, ERR_CONFLICT);
    assert_false(has_client(w, "spa"));
    order.if_version = plan(w, whole, false).version;
    story_does(w, apply_order(w, whole, order, &out));
    assert_true(out.applied);
}

/* ---- what the file does not name ---- */

static void what_is_not_named_stays(void **state)
{
    struct world *w = *state;
    (void)apply(w, whole);
    struct realm_outcome out = apply(w, "{'roles':[],'clients':[],'tenants':[]}");
    assert_int_equal(out.changes_n, 0);
}

static void what_is_pruned_is_removed(void **state)
{
    struct world *w = *state;
    struct realm_outcome out = { 0 };
    (void)apply(w, whole);
    story_does(w, apply_order(w,
                              "{'tenants':[],'roles':[{'name':'auditor','permissions':["
                              "'audit:read']}],'clients':[]}",
                              (struct realm_order){ .prune = true }, &out));
    /* acme with its role and its client, and spa; of providers and resources nothing is said. */
    assert_int_equal(out.changes_n, 4);
    assert_false(has_client(w, "worker"));
    assert_true(has_role(w, TENANT_DEFAULT_ID, "auditor"));
    const struct tenant_row *tenant = NULL;
    story_does(w, tenant_find_slug(world_ctx(w), "acme", &tenant));
    assert_null(tenant);
    assert_non_null(strstr(exported(w, false), "https://api.example.com"));
}

/* What is built in, our own API, the operators' tenant, and who registered themselves. */
static void what_is_nobodys_configuration_is_never_pruned(void **state)
{
    struct world *w = *state;
    struct realm_outcome out = { 0 };
    struct client_made made;
    struct client_registration_row registration = { .kind = REGISTERED_OPENLY, .hash = "hash" };
    struct client_new itself = { .id = "itself", .registration = &registration };
    itself.metadata.redirect_uris = text_split(w->arena, "https://app.example/cb", ' ');
    story_does(w, client_create(world_ctx(w), &itself, &made));
    story_does(w, apply_order(w,
                              "{'tenants':[],'roles':[],'clients':[],'providers':[],"
                              "'resources':[]}",
                              (struct realm_order){ .prune = true }, &out));
    assert_int_equal(out.changes_n, 0);
    assert_true(has_client(w, "itself"));
    assert_true(has_client(w, CLIENT_FIRST_PARTY));
    assert_true(has_role(w, TENANT_DEFAULT_ID, "admin"));
    assert_null(strstr(exported(w, false), "itself"));
}

/* ---- members ---- */

static void members_get_their_roles(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    const char *file = "{'roles':[{'tenant':'acme','name':'support','permissions':['users:list']}],"
                       "'members':[{'tenant':'acme','email':'Member@acme.example',"
                       "'roles':['support']}]}";
    assert_int_equal(apply(w, file).changes_n, 2);
    struct client c = admin_client_of(w, "member@acme.example");
    assert_status(client_get(&c, "/admin/users"), 200);
    assert_int_equal(apply(w, file).changes_n, 0);
    (void)apply(w, "{'members':[{'tenant':'acme','email':'member@acme.example'}]}");
    assert_problem(client_get(&c, "/admin/users"), 403, "forbidden");
    struct realm_outcome out;
    assert_int_equal(apply_order(w, "{'members':[{'email':'nobody@acme.example'}]}",
                                 (struct realm_order){ 0 }, &out)
                         .code,
                     ERR_INVALID_FIELD);
}

/* ---- secrets ---- */

static const char with_secret[] =
    "{'clients':[{'client_id':'worker','secret':{'env':'REALM_TEST_SECRET'},"
    "'metadata':{'grant_types':['client_credentials'],'scope':'jobs:run'}}]}";

static void a_secret_is_referred_to(void **state)
{
    struct world *w = *state;
    (void)unsetenv("REALM_TEST_SECRET");
    refuses(w, with_secret, "clients[0].secret.env");
    (void)setenv("REALM_TEST_SECRET", SECRET, 1);
    struct realm_outcome out = apply(w, with_secret);
    assert_int_equal(out.changes_n, 1);
    assert_null(out.changes[0].secret);
    assert_true(works(w, SECRET));
    assert_int_equal(apply(w, with_secret).changes_n, 0);
    /* The one before works for a day more. */
    (void)setenv("REALM_TEST_SECRET", OTHER_SECRET, 1);
    out = apply(w, with_secret);
    assert_int_equal(out.changes_n, 1);
    assert_string_equal(out.changes[0].differences[0].name, "secret");
    assert_true(works(w, OTHER_SECRET));
    assert_true(works(w, SECRET));
    world_pass(w, DAYS + 1);
    assert_false(works(w, SECRET));
    assert_int_equal(apply(w, with_secret).changes_n, 0);
    assert_null(strstr(exported(w, false), OTHER_SECRET));
}

/* Only a hash is kept of it, which is no place for what can be guessed. */
static void a_short_secret_is_refused(void **state)
{
    struct world *w = *state;
    struct realm_outcome out;
    (void)setenv("REALM_TEST_SECRET", "hunter2", 1);
    assert_int_equal(apply_order(w, with_secret, (struct realm_order){ 0 }, &out).code,
                     ERR_INVALID_FIELD);
    assert_false(has_client(w, "worker"));
}

static void the_secret_of_a_provider_is_compared(void **state)
{
    struct world *w = *state;
    static const char file[] =
        "{'providers':[{'id':'work','kind':'openid','secret':{'env':'REALM_TEST_SECRET'},"
        "'metadata':{'issuer':'https://idp.example.com','client_id':'us'}}]}";
    (void)setenv("REALM_TEST_SECRET", SECRET, 1);
    assert_int_equal(apply(w, file).changes_n, 1);
    assert_int_equal(apply(w, file).changes_n, 0);
    (void)setenv("REALM_TEST_SECRET", OTHER_SECRET, 1);
    assert_int_equal(apply(w, file).changes_n, 1);
    assert_int_equal(apply(w, file).changes_n, 0);
}

/* ---- a file that is wrong ---- */

static void mistakes_are_named_by_their_place(void **state)
{
    struct world *w = *state;
    refuses(w, "{'tennants':[]}", "tennants");
    refuses(w, "{'tenants':{}}", "tenants");
    refuses(w, "{'tenants':[{'name':'x'}]}", "tenants[0].slug");
    refuses(w, "{'tenants':[{'slug':'a'},{'slug':'b','colour':'red'}]}", "tenants[1].colour");
    refuses(w, "{'tenants':[{'slug':'a','status':'asleep'}]}", "tenants[0].status");
    refuses(w, "{'roles':[{'name':'a'},{'name':'b'},{'name':'a'}]}", "roles[2]");
    refuses(w, "{'clients':[{'client_id':'a','metadata':{'redirect_uri':'https://x.example'}}]}",
            "clients[0].metadata.redirect_uri");
    refuses(w,
            "{'clients':[{'client_id':'a','secret':{},'metadata':{'grant_types':["
            "'client_credentials']}}]}",
            "clients[0].secret");
    refuses(w, "{'scenarios':[{'expect':200}]}", "scenarios[0].route");
    refuses(w, "{'scenarios':[{'expect':7,'route':'/'}]}", "scenarios[0].expect");
}

/* IN-17: not what another parser makes of it. */
static void what_is_not_json_is_refused(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = { "",
                                       "[]",
                                       "{",
                                       "{'roles':[]",
                                       "{'roles':[],'roles':[]}",
                                       "{'roles':[]} x",
                                       "{'roles':[{'name':'a','name':'b'}]}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct realm *realm = NULL;
        const char *json = story_json(w, "%s", bad[i]);
        assert_int_equal(realm_read(world_ctx(w), bytes_of(json), &realm).code, ERR_INVALID_JSON);
    }
}

static void many_things_fit_into_a_file(void **state)
{
    struct world *w = *state;
    enum { MANY = 600 };
    struct text_buffer file = text_buffer(w->arena);
    text_add(&file, "{'roles':[");
    for (int i = 0; i < MANY; i++)
        text_addf(&file, "%s{'name':'r%d','permissions':['a:b','a:c','a:d','a:e']}",
                  i == 0 ? "" : ",", i);
    text_add(&file, "]}");
    const struct realm *realm = read_realm(w, text_of(&file));
    assert_non_null(realm);
}

/* ---- scenarios ---- */

static struct realm_proof proof_of(struct world *w, const char *scenario)
{
    const char *file = text_printf(w->arena, "{'scenarios':[%s]}", scenario);
    return plan(w, file, false).proofs[0];
}

static void scenarios_see_what_is_planned(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    static const char file[] =
        "{'roles':[{'tenant':'acme','name':'support','permissions':['users:list','invoices:*']}],"
        "'members':[{'tenant':'acme','email':'member@acme.example','roles':['support']}],"
        "'scenarios':["
        "{'user':'member@acme.example','tenant':'acme','route':'/admin/users','expect':200},"
        "{'user':'member@acme.example','tenant':'acme','permission':'invoices:pay','expect':200},"
        "{'user':'member@acme.example','tenant':'acme','permission':'ledger:read','expect':403},"
        "{'roles':['support'],'tenant':'acme','method':'DELETE','route':'/admin/users/x',"
        " 'expect':403},"
        "{'route':'/admin/users','expect':401}]}";
    struct realm_outcome out = plan(w, file, false);
    assert_true(out.proven);
    assert_int_equal(out.proofs_n, 5);
    /* They leave nothing: nobody has the address of who stands for anybody. */
    assert_true(apply(w, file).applied);
    assert_null(strstr(exported(w, true), "uauth.invalid"));
}

static void a_scenario_that_does_not_hold_undoes_all(void **state)
{
    struct world *w = *state;
    struct realm_outcome out =
        apply(w, "{'roles':[{'name':'support','permissions':['users:delete']}],"
                 "'scenarios':[{'name':'deletes nobody','roles':['support'],'method':'DELETE',"
                 "'route':'/admin/users/x','expect':403}]}");
    assert_false(out.proven);
    assert_false(out.applied);
    assert_int_equal(out.proofs[0].got, 200);
    assert_false(has_role(w, TENANT_DEFAULT_ID, "support"));
}

/* TN-01, TN-10: a tenant asks who acts in it for membership and a second factor. */
static void a_tenant_is_part_of_a_scenario(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    (void)admin_tenant(w, "other");
    assert_int_equal(proof_of(w, "{'user':'admin@acme.example','tenant':'acme',"
                                 "'route':'/admin/users','expect':200}")
                         .got,
                     200);
    assert_int_equal(proof_of(w, "{'user':'admin@acme.example','tenant':'other',"
                                 "'route':'/admin/users','expect':403}")
                         .got,
                     403);
    (void)apply(w, "{'tenants':[{'slug':'acme','require_mfa':true}]}");
    static const char one[] = "{'user':'admin@acme.example','tenant':'acme',"
                              "'route':'/admin/users','second_factor':%s,'expect':200}";
    assert_int_equal(proof_of(w, text_printf(w->arena, one, "true")).got, 200);
    assert_int_equal(proof_of(w, text_printf(w->arena, one, "false")).got, 401);
}

/* AZ-02: a token of an application carries what its scopes say, and opens no row of our own. */
static void scopes_and_clients_narrow(void **state)
{
    struct world *w = *state;
    (void)admin_person(w, TENANT_DEFAULT_ID, BOB, "admin");
    (void)apply(w, whole);
    assert_int_equal(proof_of(w, "{'user':'" BOB "','permission':'users:list','expect':200}").got,
                     200);
    assert_int_equal(proof_of(w, "{'user':'" BOB "','scopes':['users:read'],"
                                 "'permission':'users:list','expect':200}")
                         .got,
                     403);
    assert_int_equal(proof_of(w, "{'user':'" BOB "','client':'spa','permission':'users:list',"
                                 "'expect':200}")
                         .got,
                     200);
    assert_int_equal(proof_of(w, "{'user':'" BOB "','client':'spa','permission':'users:write',"
                                 "'expect':200}")
                         .got,
                     403);
    assert_int_equal(proof_of(w, "{'user':'" BOB "','client':'spa','route':'/auth/me/sessions',"
                                 "'expect':200}")
                         .got,
                     403);
    assert_int_equal(proof_of(w, "{'user':'" BOB "','client':'spa','scopes':['other'],"
                                 "'permission':'users:list','expect':200}")
                         .got,
                     400);
    assert_int_equal(
        proof_of(w, "{'user':'" BOB "','client':'gone','permission':'a:b','expect':200}").got, 401);
    assert_int_equal(proof_of(w, "{'client':'worker','permission':'jobs:run','expect':200}").got,
                     200);
}

/* Scenarios say of every row what the service says. */
static void scenarios_agree_with_the_service(void **state)
{
    struct world *w = *state;
    static const char *const roles[] = { "user", "moderator", "admin" };
    size_t n = 0;
    const struct route *rows = routes(&n);
    const struct admin_tenant *t = admin_tenant(w, "acme");
    for (size_t k = 0; k < sizeof roles / sizeof *roles; k++) {
        const char *email = text_printf(w->arena, "%s@roles.example", roles[k]);
        (void)admin_person(w, t->id, email, roles[k]);
        struct client c = admin_client_of(w, email);
        for (size_t i = 0; i < n; i++) {
            if (!text_starts(rows[i].path, "/admin/"))
                continue;
            const char *path = story_path(w, &rows[i]);
            struct sent sent = { .method = story_method(rows[i].method), .target = path };
            int status = client_send(&c, &sent).status;
            struct realm_proof proof =
                proof_of(w, text_printf(w->arena,
                                        "{'user':'%s','tenant':'acme','method':'%s','route':'%s',"
                                        "'expect':200}",
                                        email, rows[i].method, path));
            bool refused = status == 403 || status == 401;
            if (refused ? proof.got != status : proof.got != 200)
                fail_msg("%s %s by %s: %d, and the scenario says %lld", rows[i].method, path,
                         roles[k], status, (long long)proof.got);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_file_is_applied_once),
        STORY(a_new_client_gets_a_secret),
        STORY(what_is_exported_applies_without_a_change),
        STORY(only_what_is_different_is_changed),
        STORY(one_refusal_undoes_all),
        STORY(a_refusal_names_the_thing),
        STORY(a_plan_changes_nothing),
        STORY(a_plan_for_another_state_is_refused),
        STORY(what_is_not_named_stays),
        STORY(what_is_pruned_is_removed),
        STORY(what_is_nobodys_configuration_is_never_pruned),
        STORY(members_get_their_roles),
        STORY(a_secret_is_referred_to),
        STORY(a_short_secret_is_refused),
        STORY(the_secret_of_a_provider_is_compared),
        STORY(mistakes_are_named_by_their_place),
        STORY(what_is_not_json_is_refused),
        STORY(many_things_fit_into_a_file),
        STORY(scenarios_see_what_is_planned),
        STORY(a_scenario_that_does_not_hold_undoes_all),
        STORY(a_tenant_is_part_of_a_scenario),
        STORY(scopes_and_clients_narrow),
        STORY(scenarios_agree_with_the_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
