/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that is configured as one file: exported, planned, applied.
 */
#include "realm_story.h"

#include "db/db.h"
#include "store/client_registrations.h"
#include "store/tenant_removal.h"

/* ---- applying ---- */

static void a_file_is_applied_once(void **state)
{
    struct world *w = *state;
    struct realm_outcome out = realm_story_apply(w, realm_whole);
    assert_true(out.applied);
    assert_int_equal(out.changes_n, 7);
    assert_true(realm_story_has_client(w, "worker"));
    const char *version = out.version;
    size_t written = realm_story_events(w);
    out = realm_story_apply(w, realm_whole);
    assert_int_equal(out.changes_n, 0);
    assert_string_not_equal(out.version, version);
    assert_int_equal(realm_story_events(w), written);
}

/* What the file leaves out is as the service has it; what is weaker is refused. */
static void settings_of_tenants_are_what_the_file_says(void **state)
{
    struct world *w = *state;
    (void)realm_story_apply(w, realm_whole);
    assert_non_null(strstr(realm_story_export(w, false), "\"session_idle_minutes\": 30"));
    assert_null(strstr(realm_story_export(w, false), "null"));
    struct realm_outcome out =
        realm_story_apply(w, "{'tenants':[{'slug':'acme','settings':{'password_min_length':20,"
                             "'session_idle_minutes':null}}]}");
    assert_int_equal(out.changes_n, 1);
    const char *file = realm_story_export(w, false);
    assert_non_null(strstr(file, "\"password_min_length\": 20"));
    assert_null(strstr(file, "session_idle_minutes"));
    err refused =
        realm_story_order(w, "{'tenants':[{'slug':'acme','settings':{'access_token_minutes':16}}]}",
                          (struct realm_order){ 0 }, &out);
    assert_int_equal(refused.code, ERR_INVALID_FIELD);
    (void)realm_story_apply(w, "{'tenants':[{'slug':'acme'}]}");
    assert_null(strstr(realm_story_export(w, false), "settings"));
}

/* A secret that had to be made is shown once, and works. */
static void a_new_client_gets_a_secret(void **state)
{
    struct world *w = *state;
    struct realm_outcome out = realm_story_apply(w, realm_whole);
    const char *secret = NULL;
    for (size_t i = 0; i < out.changes_n; i++)
        if (text_equal(out.changes[i].key, "worker"))
            secret = out.changes[i].secret;
        else
            assert_null(out.changes[i].secret);
    assert_non_null(secret);
    assert_true(realm_story_works(w, secret));
    assert_null(strstr(realm_story_export(w, false), secret));
}

static void what_is_exported_applies_without_a_change(void **state)
{
    struct world *w = *state;
    (void)realm_story_apply(w, realm_whole);
    (void)admin_tenant(w, "other");
    struct realm_outcome out = { 0 };
    const char *file = realm_story_export(w, true);
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
    assert_string_equal(realm_story_export(w, true), file);
    assert_null(strstr(realm_story_export(w, false), "members"));
}

static void only_what_is_different_is_changed(void **state)
{
    struct world *w = *state;
    (void)realm_story_apply(w, realm_whole);
    struct realm_outcome out = realm_story_apply(
        w, "{'roles':[{'tenant':'acme','name':'support','permissions':['users:list']}],"
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
    size_t before = realm_story_events(w);
    const char *version = realm_story_plan(w, "{'roles':[]}").version;
    err done =
        realm_story_order(w,
                          "{'tenants':[{'slug':'acme'}],"
                          "'roles':[{'name':'fine','permissions':['a:b']},"
                          "         {'tenant':'nowhere','name':'lost','permissions':['a:b']}]}",
                          (struct realm_order){ 0 }, &out);
    assert_int_equal(done.code, ERR_INVALID_FIELD);
    assert_false(realm_story_has_role(w, TENANT_DEFAULT_ID, "fine"));
    assert_int_equal(realm_story_events(w), before);
    assert_string_equal(realm_story_plan(w, "{'roles':[]}").version, version);
}

/* A failure names the thing that it is about. */
static void a_refusal_names_the_thing(void **state)
{
    struct world *w = *state;
    struct realm_order order = { .realm = realm_story_read(w, "{'roles':[{'name':'admin'}]}") };
    struct realm_outcome out;
    struct ctx *c = world_ctx(w);
    assert_int_equal(realm_apply(c, &order, &out).code, ERR_CONFLICT);
    assert_string_equal(c->fault.field, "role admin");
}

/* AZ-14: planning does everything and keeps nothing. */
static void a_plan_changes_nothing(void **state)
{
    struct world *w = *state;
    size_t before = realm_story_events(w);
    struct realm_outcome out = realm_story_plan(w, realm_whole);
    assert_false(out.applied);
    assert_int_equal(out.changes_n, 7);
    for (size_t i = 0; i < out.changes_n; i++)
        assert_null(out.changes[i].secret);
    assert_int_equal(realm_story_events(w), before);
    assert_false(realm_story_has_client(w, "spa"));
    assert_string_equal(realm_story_plan(w, realm_whole).version, out.version);
}

/* AZ-06: what was planned for is what is changed. */
static void a_plan_for_another_state_is_refused(void **state)
{
    struct world *w = *state;
    struct realm_order order = { .if_version = realm_story_plan(w, realm_whole).version };
    struct realm_outcome out;
    admin_role_add(w, TENANT_DEFAULT_ID, "between", "x:y");
    assert_int_equal(realm_story_order(w, realm_whole, order, &out).code, ERR_CONFLICT);
    assert_false(realm_story_has_client(w, "spa"));
    order.if_version = realm_story_plan(w, realm_whole).version;
    story_does(w, realm_story_order(w, realm_whole, order, &out));
    assert_true(out.applied);
}

static void the_rules_of_a_tenant_are_in_the_file(void **state)
{
    struct world *w = *state;
    static const char on[] = "{'tenants':[{'slug':'acme','refuse_device_grant':true}]}";
    (void)realm_story_apply(w, on);
    assert_non_null(strstr(realm_story_export(w, false), "\"refuse_device_grant\": true"));
    assert_int_equal(realm_story_plan(w, on).changes_n, 0);
    (void)realm_story_apply(w, "{'tenants':[{'slug':'acme','refuse_device_grant':false}]}");
    assert_null(strstr(realm_story_export(w, false), "\"refuse_device_grant\": true"));
}

/* ---- what the file does not name ---- */

static void what_is_not_named_stays(void **state)
{
    struct world *w = *state;
    (void)realm_story_apply(w, realm_whole);
    struct realm_outcome out = realm_story_apply(w, "{'roles':[],'clients':[],'tenants':[]}");
    assert_int_equal(out.changes_n, 0);
}

static void what_is_pruned_is_removed(void **state)
{
    struct world *w = *state;
    struct realm_outcome out = { 0 };
    (void)realm_story_apply(w, realm_whole);
    story_does(w, realm_story_order(w,
                                    "{'tenants':[],'roles':[{'name':'auditor','permissions':["
                                    "'audit:read']}],'clients':[]}",
                                    (struct realm_order){ .prune = true }, &out));
    /* acme with its role and its client, and spa; of providers and resources nothing is said. */
    assert_int_equal(out.changes_n, 4);
    assert_false(realm_story_has_client(w, "worker"));
    assert_true(realm_story_has_role(w, TENANT_DEFAULT_ID, "auditor"));
    const struct tenant_row *tenant = NULL;
    story_does(w, tenant_find_slug(world_ctx(w), "acme", &tenant));
    assert_null(tenant);
    assert_non_null(strstr(realm_story_export(w, false), "https://api.example.com"));
}

static const char sql_suspend[] = "UPDATE tenants SET status = 'disabled' WHERE slug = 'acme'";

/* TN-04: while its tenant is removed in steps, its client is not told of as one of all tenants. */
static void what_goes_with_its_tenant_is_not_exported(void **state)
{
    struct world *w = *state;
    const struct tenant_row *tenant = NULL;
    bool begun = false;
    (void)realm_story_apply(w, realm_whole);
    story_does(w, tenant_find_slug(world_ctx(w), "acme", &tenant));
    story_does(w, DB_RUN(world_ctx(w), sql_suspend, NULL));
    story_does(w, tenant_removal_begin(world_ctx(w), tenant->id, &begun));
    assert_true(begun);
    assert_true(realm_story_has_client(w, "worker"));
    assert_null(strstr(realm_story_export(w, false), "worker"));
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
    story_does(w, realm_story_order(w,
                                    "{'tenants':[],'roles':[],'clients':[],'providers':[],"
                                    "'resources':[]}",
                                    (struct realm_order){ .prune = true }, &out));
    assert_int_equal(out.changes_n, 0);
    assert_true(realm_story_has_client(w, "itself"));
    assert_true(realm_story_has_client(w, CLIENT_FIRST_PARTY));
    assert_true(realm_story_has_role(w, TENANT_DEFAULT_ID, "admin"));
    assert_null(strstr(realm_story_export(w, false), "itself"));
}

/* ---- members ---- */

static void members_get_their_roles(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    const char *file = "{'roles':[{'tenant':'acme','name':'support','permissions':['users:list']}],"
                       "'members':[{'tenant':'acme','email':'Member@acme.example',"
                       "'roles':['support']}]}";
    assert_int_equal(realm_story_apply(w, file).changes_n, 2);
    struct client c = admin_client_of(w, "member@acme.example");
    assert_status(client_get(&c, "/admin/users"), 200);
    assert_int_equal(realm_story_apply(w, file).changes_n, 0);
    (void)realm_story_apply(w, "{'members':[{'tenant':'acme','email':'member@acme.example'}]}");
    assert_problem(client_get(&c, "/admin/users"), 403, "forbidden");
    struct realm_outcome out;
    assert_int_equal(realm_story_order(w, "{'members':[{'email':'nobody@acme.example'}]}",
                                       (struct realm_order){ 0 }, &out)
                         .code,
                     ERR_INVALID_FIELD);
}

/* AU-02: who reads of all people at once has just shown who they are, and is written down. */
static void who_has_which_roles_is_exported_by_who_is_known(void **state)
{
    struct world *w = *state;
    const char *id = NULL;
    const char *op = admin_person(w, TENANT_DEFAULT_ID, "op@example.com", "admin");
    struct client c = admin_client_of(w, "op@example.com");
    struct client key = story_bearer(w, admin_api_key(w, TENANT_DEFAULT_ID, op, "admin:*", &id));
    static const char events[] = "/admin/audit?name=realm.exported";
    assert_status(client_get(&c, "/admin/realm"), 200);
    assert_problem(client_get(&key, "/admin/realm?members=true"), 403, "forbidden");
    assert_status(client_get(&key, "/admin/realm"), 200);
    struct answer told = client_get(&c, events);
    assert_false(answer_holds(&told, op));
    assert_status(client_get(&c, "/admin/realm?members=true"), 200);
    told = client_get(&c, events);
    assert_true(answer_holds(&told, op));
    world_pass(w, RECENT_SECONDS + 1);
    assert_problem(client_get(&c, "/admin/realm?members=true"), 401, "step-up-required");
    assert_status(client_get(&c, "/admin/realm"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_file_is_applied_once),
        STORY(settings_of_tenants_are_what_the_file_says),
        STORY(a_new_client_gets_a_secret),
        STORY(what_is_exported_applies_without_a_change),
        STORY(only_what_is_different_is_changed),
        STORY(one_refusal_undoes_all),
        STORY(a_refusal_names_the_thing),
        STORY(a_plan_changes_nothing),
        STORY(a_plan_for_another_state_is_refused),
        STORY(the_rules_of_a_tenant_are_in_the_file),
        STORY(what_is_not_named_stays),
        STORY(what_is_pruned_is_removed),
        STORY(what_goes_with_its_tenant_is_not_exported),
        STORY(what_is_nobodys_configuration_is_never_pruned),
        STORY(members_get_their_roles),
        STORY(who_has_which_roles_is_exported_by_who_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
