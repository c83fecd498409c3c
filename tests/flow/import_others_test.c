/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People of Keycloak and Auth0: they sign in as before, with the roles that they had and no more.
 */
#include "import_story.h"

#include "app/routes.h"
#include "identity/role_rules.h"
#include "realm/auth0.h"
#include "realm/keycloak.h"
#include "statements.h"
#include "store/roles.h"
#include "store/tenants.h"

static RESULT take_over(struct world *w, struct bytes file, const char *tenant,
                        struct keycloak_outcome *done)
{
    struct router *router = NULL;
    size_t n = 0;
    const struct route *rows = routes(&n);
    story_does(w, router_new(world_ctx(w), w->arena, rows, n, &router));
    struct keycloak_order order = { .bytes = file, .tenant = tenant, .router = router };
    return keycloak_apply(world_ctx(w), &order, done);
}

static void import_file(struct world *w, struct bytes file, const char *tenant,
                        struct keycloak_outcome *done, struct import_outcome *out, int report)
{
    story_does(w, take_over(w, file, tenant, done));
    *out = import(w, (struct import_order){ .format = &import_keycloak,
                                            .bytes = file,
                                            .tenant = tenant,
                                            .also = &done->roles,
                                            .report = report });
}

static void import_realm(struct world *w, const char *tenant, struct keycloak_outcome *done,
                         struct import_outcome *out, int report)
{
    import_file(w, data_file(w, "keycloak-realm.json"), tenant, done, out, report);
}

static void users_of_keycloak_sign_in_as_before(void **state)
{
    struct world *w = *state;
    struct keycloak_outcome done;
    struct import_outcome out;
    const struct admin_tenant *acme = admin_tenant(w, "acme");
    int report = report_new(w);
    import_realm(w, "acme", &done, &out, report);
    assert_int_equal(out.records, 10);
    assert_int_equal(out.added, 7);
    assert_int_equal(out.left_out, 2);
    signs_in(w, "argon@acme.example");
    signs_in(w, "sha512@acme.example");
    signs_in(w, "sha1@acme.example");
    struct client c = client_new(w);
    struct answer a = story_login(&c, "argon@acme.example", "");
    struct answer claims = story_claims(w, answer_text(&a, "access_token"));
    assert_string_equal(answer_text(&claims, "tenant_id"), acme->id);
    assert_true(answer_holds(&claims, "support"));
    assert_true(answer_holds(&claims, "shop-orders"));
    assert_null(stored_hash(w, "federated@acme.example"));
    const char *text = report_text(w, report);
    assert_non_null(strstr(text, "second factor"));
    assert_non_null(strstr(text, "identity"));
    (void)close(report);
}

/* AZ-04: a role of an application that is called admin is no administrator here. */
static void no_power_comes_by_a_name(void **state)
{
    struct world *w = *state;
    struct keycloak_outcome done;
    struct import_outcome out;
    (void)admin_tenant(w, "acme");
    import_realm(w, "acme", &done, &out, -1);
    const struct user_row *user = NULL;
    story_does(w, people_find(world_ctx(w), "sha512@acme.example", &user));
    struct held_rows held;
    story_does(w, permissions_held(world_ctx(w), user->id, &held));
    for (size_t i = 0; i < held.n; i++)
        assert_string_equal(held.at[i].permission, "users:read");
}

/* AZ-04: a role of one application does not become that of another, or of the realm. */
static void no_role_becomes_another(void **state)
{
    struct world *w = *state;
    struct keycloak_outcome done;
    struct import_outcome out;
    static const char file[] =
        "{'roles':{'realm':[{'name':'Boss'},{'name':'boss'},{'name':'fine'}],'client':{"
        "'shop':[{'name':'eu-admin'}],'shop-eu':[{'name':'admin'}]}},'users':[{'username':'eve',"
        "'email':'eve@acme.example','enabled':true,'realmRoles':['boss','fine'],"
        "'clientRoles':{'shop':['eu-admin']}}]}";
    (void)admin_tenant(w, "acme");
    import_file(w, bytes_of(story_json(w, "%s", file)), "acme", &done, &out, -1);
    assert_int_equal(out.added, 1);
    assert_int_equal(done.applied.changes_n, 1);
    assert_string_equal(done.applied.changes[0].key, "acme/fine");
    assert_int_equal(done.left_n, 2);
    const struct user_row *user = NULL;
    const struct tenant_row *tenant = NULL;
    struct texts roles;
    story_does(w, people_find(world_ctx(w), "eve@acme.example", &user));
    story_does(w, tenant_find_slug(world_ctx(w), "acme", &tenant));
    story_does(w, roles_given(world_ctx(w), user->id, tenant->id, &roles));
    assert_true(texts_hold(roles, "fine"));
    assert_false(texts_hold(roles, "boss"));
    assert_false(texts_hold(roles, "shop-eu-admin"));
}

static void a_realm_is_taken_over_once(void **state)
{
    struct world *w = *state;
    struct keycloak_outcome done;
    struct import_outcome out;
    (void)admin_tenant(w, "acme");
    import_realm(w, "acme", &done, &out, -1);
    assert_int_equal(done.applied.changes_n, 8);
    import_realm(w, "acme", &done, &out, -1);
    assert_int_equal(done.applied.changes_n, 0);
    assert_int_equal(out.added, 0);
}

/* IN-17: brackets that do not close each other, within a part that is skimmed. */
static RESULT make_support(struct ctx *c)
{
    const char *permissions[] = { "tickets:answer" };
    const struct tenant_row *acme = NULL;
    TRY(tenant_find_slug(c, "acme", &acme));
    return role_create(c, &(struct role_definition){ .tenant_id = acme->id,
                                                     .name = "support",
                                                     .description = "",
                                                     .permissions = { permissions, 1 } });
}

/* What is here already stays as it is, also when it was made a moment before. */
static void what_others_make_meanwhile_stays(void **state)
{
    struct world *w = *state;
    struct keycloak_outcome done;
    const struct role_row *role = NULL;
    const struct admin_tenant *acme = admin_tenant(w, "acme");
    statements_before_unit(make_support);
    story_does(w, take_over(w, data_file(w, "keycloak-realm.json"), "acme", &done));
    story_does(w, role_find(world_ctx(w), acme->id, "support", &role));
    assert_int_equal(role->permissions.n, 1);
    assert_string_equal(role->permissions.at[0], "tickets:answer");
}

static void a_broken_export_is_not_taken_in_part(void **state)
{
    static const char *const exports[] = {
        "{'roles':{'realm':[{'name':'a'}}},'clients':[]}",
        "{'roles':{'client':{'app':[{'name':'a'}}]},'clients':[]}",
        "{'roles':{},'clients':[{'clientId':'a'}}",
    };
    struct world *w = *state;
    for (size_t i = 0; i < sizeof exports / sizeof *exports; i++) {
        struct bytes file = bytes_of(story_json(w, "%s", exports[i]));
        struct keycloak_outcome done;
        assert_int_equal(take_over(w, file, NULL, &done).code, ERR_INVALID_REQUEST);
    }
}

/* IN-17: nor is the part of it that is sent to a service, which would look whole there. */
static void no_part_of_a_broken_export_is_sent(void **state)
{
    static const char *const exports[] = {
        "{'roles':{},'clients':[{'clientId':'a'}}",
        "{'roles':{},'clients':[{'clientId':'a','enabled'}]}",
        "{'roles':{},'clients':{'clientId':'a'}}",
    };
    struct world *w = *state;
    struct bytes json;
    for (size_t i = 0; i < sizeof exports / sizeof *exports; i++)
        assert_int_equal(
            keycloak_configuration(world_ctx(w), bytes_of(story_json(w, "%s", exports[i])), &json)
                .code,
            ERR_INVALID_REQUEST);
    story_does(w, keycloak_configuration(world_ctx(w), data_file(w, "keycloak-realm.json"), &json));
}

/* A file that was cut off is refused before anybody is taken over. */
static void half_an_export_is_none(void **state)
{
    struct world *w = *state;
    struct bytes file = data_file(w, "keycloak-realm.json");
    struct keycloak_roles roles = { { NULL, 0 }, { NULL, 0 } };
    struct import_outcome out;
    file.n -= 10;
    const struct import_order order = {
        .format = &import_keycloak, .bytes = file, .also = &roles, .report = -1
    };
    assert_int_equal(import_people(world_ctx(w), &order, &out).code, ERR_INVALID_REQUEST);
    assert_false(is_there(w, "argon@acme.example"));
}

static void users_of_auth0_sign_in_as_before(void **state)
{
    struct world *w = *state;
    struct auth0_hashes hashes;
    story_does(w, auth0_hashes_read(world_ctx(w), data_file(w, "auth0-hashes.jsonl"), &hashes));
    assert_int_equal(hashes.n, 2);
    struct import_outcome out =
        import(w, (struct import_order){ .format = &import_auth0,
                                         .bytes = data_file(w, "auth0-users.jsonl"),
                                         .also = &hashes,
                                         .report = -1 });
    assert_int_equal(out.added, 3);
    assert_int_equal(out.left_out, 1);
    signs_in(w, "ada@acme.example");
    const struct user_row *user = NULL;
    story_does(w, people_find(world_ctx(w), "grace@acme.example", &user));
    assert_int_equal(user->status, USER_DISABLED);
    assert_int_equal(user->email_verified_at, 0);
    assert_non_null(stored_hash(w, "grace@acme.example"));
    assert_null(stored_hash(w, "alan@acme.example"));
}

static bool first_alone(struct import_file *file, struct bytes *record)
{
    if (file->at > file->bytes.at)
        file->wrong = "It was ended";
    return file->wrong == NULL && import_auth0.next(file, record);
}

/* Who was taken over without a hash is named in the report, not stepped over. */
static void other_hashes_are_another_import(void **state)
{
    struct world *w = *state;
    struct auth0_hashes hashes;
    struct import_format early = import_auth0;
    struct bytes beside = data_file(w, "auth0-hashes.jsonl");
    struct import_order order = { .format = &early,
                                  .bytes = data_file(w, "auth0-users.jsonl"),
                                  .report = -1 };
    struct import_outcome out;
    early.next = first_alone;
    assert_int_equal(import_people(world_ctx(w), &order, &out).code, ERR_INVALID_REQUEST);
    assert_null(stored_hash(w, "ada@acme.example"));
    story_does(w, auth0_hashes_read(world_ctx(w), beside, &hashes));
    order.format = &import_auth0;
    order.also = &hashes;
    order.beside = beside;
    out = import(w, order);
    assert_int_equal(out.resumed_at, 0);
    assert_int_equal(out.added, 2);
    assert_int_equal(out.left_out, 2);
    assert_non_null(stored_hash(w, "grace@acme.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(users_of_keycloak_sign_in_as_before),
        STORY(no_power_comes_by_a_name),
        STORY(no_role_becomes_another),
        STORY(a_realm_is_taken_over_once),
        STORY(what_others_make_meanwhile_stays),
        STORY(a_broken_export_is_not_taken_in_part),
        STORY(no_part_of_a_broken_export_is_sent),
        STORY(half_an_export_is_none),
        STORY(users_of_auth0_sign_in_as_before),
        STORY(other_hashes_are_another_import),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
