/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenarios of a realm file: what has to hold in the state that is planned.
 */
#include "realm_story.h"

#include "app/routes.h"

/* ---- scenarios ---- */

static struct realm_proof proof_of(struct world *w, const char *scenario)
{
    const char *file = text_printf(w->arena, "{'scenarios':[%s]}", scenario);
    return realm_story_plan(w, file).proofs[0];
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
    struct realm_outcome out = realm_story_plan(w, file);
    assert_true(out.proven);
    assert_int_equal(out.proofs_n, 5);
    /* They leave nothing: nobody has the address of who stands for anybody. */
    assert_true(realm_story_apply(w, file).applied);
    assert_null(strstr(realm_story_export(w, true), "uauth.invalid"));
}

/* Whoever stands for anybody has an address that nobody can register before. */
static void nobody_registers_what_is_tried_with(void **state)
{
    struct world *w = *state;
    (void)admin_person(w, TENANT_DEFAULT_ID, "scenario@uauth.invalid", NULL);
    static const char scenario[] = "{'roles':['moderator'],'permission':'users:list','expect':200}";
    assert_int_equal(proof_of(w, scenario).got, 200);
}

static void a_scenario_that_does_not_hold_undoes_all(void **state)
{
    struct world *w = *state;
    struct realm_outcome out = realm_story_apply(
        w, "{'roles':[{'name':'support','permissions':['users:delete']}],"
           "'scenarios':[{'name':'deletes nobody','roles':['support'],'method':'DELETE',"
           "'route':'/admin/users/x','expect':403}]}");
    assert_false(out.proven);
    assert_false(out.applied);
    assert_int_equal(out.proofs[0].got, 200);
    assert_false(realm_story_has_role(w, TENANT_DEFAULT_ID, "support"));
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
    (void)realm_story_apply(w, "{'tenants':[{'slug':'acme','require_mfa':true}]}");
    static const char one[] = "{'user':'admin@acme.example','tenant':'acme',"
                              "'route':'/admin/users','second_factor':%s,'expect':200}";
    assert_int_equal(proof_of(w, text_printf(w->arena, one, "true")).got, 200);
    assert_int_equal(proof_of(w, text_printf(w->arena, one, "false")).got, 401);
}

/* AZ-02, SD-24: a token of an application carries what its scopes say, and opens no row of our own.
 */
static void scopes_and_clients_narrow(void **state)
{
    struct world *w = *state;
    (void)admin_person(w, TENANT_DEFAULT_ID, BOB, "admin");
    (void)realm_story_apply(w, realm_whole);
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

#define OWN_ISSUER                                                                                 \
    "'tenants':[{'slug':'acme','settings':{'issuer':'own'}}],"                                     \
    "'clients':[{'client_id':'theirs','tenant':'acme','metadata':{"                                \
    "'redirect_uris':['https://app.example.com/cb'],'grant_types':['authorization_code',"          \
    "'client_credentials'],'scope':'openid users:list jobs:run'}},"                                \
    "{'client_id':'ours','metadata':{'redirect_uris':['https://app.example.com/cb'],"              \
    "'token_endpoint_auth_method':'none','scope':'openid users:list'}}]"
#define BY_THEIRS "'user':'admin@acme.example','tenant':'acme','client':'theirs'"

/* JOSE-07: a client is one at the issuer that its tenant has, and its tokens are taken there. */
static void clients_are_found_at_their_issuer(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *scenario;
        int64_t got;
    } rows[] = {
        { "'client':'theirs','permission':'jobs:run'", 200 },
        { "'client':'theirs','permission':'jobs:stop'", 403 },
        { BY_THEIRS ",'permission':'users:list'", 200 },
        { BY_THEIRS ",'scopes':['users:write'],'permission':'users:list'", 400 },
        { BY_THEIRS ",'route':'/t/acme/oauth2/userinfo'", 200 },
        { BY_THEIRS ",'route':'/oauth2/userinfo'", 401 },
        { BY_THEIRS ",'route':'/admin/users'", 401 },
        { BY_THEIRS ",'route':'/t/acme/admin/users'", 404 },
        { BY_THEIRS ",'route':'/t/other/oauth2/userinfo'", 404 },
        { BY_THEIRS ",'route':'/t/nobody/oauth2/userinfo'", 404 },
        { "'user':'admin@acme.example','tenant':'acme','client':'ours',"
          "'route':'/t/acme/oauth2/userinfo'",
          401 },
        { "'user':'admin@acme.example','tenant':'acme','client':'ours',"
          "'route':'/oauth2/userinfo'",
          200 },
        { "'user':'admin@acme.example','tenant':'acme','route':'/t/acme/oauth2/userinfo'", 401 },
        { "'route':'/t/acme/.well-known/jwks.json'", 200 },
    };
    (void)admin_tenant(w, "acme");
    (void)admin_tenant(w, "other");
    /* In the state that is planned, and in the one that is there. */
    for (int applied = 0; applied < 2; applied++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            const char *file = text_printf(
                w->arena, "{" OWN_ISSUER ",'scenarios':[{%s,'expect':%d}]}", rows[i].scenario, 200);
            struct realm_proof proof = realm_story_plan(w, file).proofs[0];
            if (proof.got != rows[i].got)
                fail_msg("%s: %lld", rows[i].scenario, (long long)proof.got);
        }
        if (applied == 0)
            (void)realm_story_apply(w, "{" OWN_ISSUER "}");
    }
    assert_null(world_ctx(w)->issuer);
    assert_non_null(world_ctx(w)->keys);
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
        STORY(scenarios_see_what_is_planned),       STORY(a_scenario_that_does_not_hold_undoes_all),
        STORY(a_tenant_is_part_of_a_scenario),      STORY(scopes_and_clients_narrow),
        STORY(clients_are_found_at_their_issuer),   STORY(scenarios_agree_with_the_service),
        STORY(nobody_registers_what_is_tried_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
