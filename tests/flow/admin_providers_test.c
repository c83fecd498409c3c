/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Providers by the admin API: for operators with all rights, since whoever says where a provider is
 * may be anybody who signs in with it.
 */
#include "admin_story.h"

#include "federation/provider_change.h"

#define SECRET "the-secret-at-the-provider"
#define OKTA                                                                                       \
    "{'id':'okta','kind':'openid','name':'Okta','client_secret':'" SECRET                          \
    "','metadata':{'issuer':'https://okta.example','client_id':'us','scopes':['openid']}}"
#define PUT "{'name':'Okta 2','metadata':{'issuer':'https://okta.example','client_id':'us2'}}"

static struct client operator_of(struct world *w)
{
    (void)admin_person(w, TENANT_DEFAULT_ID, "op@example.com", "admin");
    return admin_client_of(w, "op@example.com");
}

static const char *secret_of(struct world *w, const char *id)
{
    const struct provider *p = NULL;
    struct oauth_client client;
    struct provider_place place = { 0 };
    story_does(w, provider_find(world_ctx(w), id, &p));
    story_does(w, provider_client(world_ctx(w), p, &place, &client));
    return client.secret;
}

static void one_is_made_changed_and_removed(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    struct answer made = story_post(&op, "/admin/providers", OKTA);
    assert_status(made, 201);
    assert_string_equal(answer_header(&made, "location"), "/admin/providers/okta");
    assert_string_equal(answer_text(&made, "callback"),
                        "http://localhost:8080/auth/oauth/okta/callback");
    assert_false(answer_holds(&made, SECRET));
    assert_string_equal(secret_of(w, "okta"), SECRET);
    assert_problem(story_post(&op, "/admin/providers", OKTA), 409, "conflict");
    struct answer changed =
        admin_change(&op, HTTP_PUT, "/admin/providers/okta", story_json(w, PUT));
    assert_status(changed, 200);
    assert_string_equal(answer_text(&changed, "name"), "Okta 2");
    /* What is not given again stays. */
    assert_string_equal(secret_of(w, "okta"), SECRET);
    struct answer list = client_get(&op, "/admin/providers");
    assert_status(list, 200);
    assert_true(answer_holds(&list, "okta"));
    assert_null(strstr(list.body, SECRET));
    struct answer events = client_get(&op, "/admin/audit");
    assert_true(answer_holds(&events, "provider.created"));
    assert_true(answer_holds(&events, "provider.updated"));
    assert_null(strstr(events.body, SECRET));
    assert_status(client_delete(&op, "/admin/providers/okta"), 204);
    assert_problem(client_get(&op, "/admin/providers/okta"), 404, "not-found");
    assert_problem(client_delete(&op, "/admin/providers/okta"), 404, "not-found");
}

static void nobody_undoes_what_they_have_not_read(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    assert_status(story_post(&op, "/admin/providers", OKTA), 201);
    struct answer none = client_put(&op, "/admin/providers/okta", story_json(w, PUT));
    assert_status(none, 428);
    struct answer old = admin_send(&op, HTTP_PUT, "/admin/providers/okta", story_json(w, PUT),
                                   "if-match", "\"0000000000000000\"");
    assert_status(old, 412);
}

static void what_is_no_provider_is_refused(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    static const char *const bad[] = {
        "{'id':'Okta','kind':'openid','client_secret':'s','metadata':{'issuer':'https://a.example',"
        "'client_id':'u'}}",
        "{'id':'a','kind':'saml','client_secret':'s','metadata':{'client_id':'u'}}",
        "{'id':'a','kind':'openid','client_secret':'s','metadata':{'client_id':'u'}}",
        "{'id':'a','kind':'openid','client_secret':'s','metadata':{'issuer':'http://a.example',"
        "'client_id':'u'}}",
        "{'id':'a','kind':'openid','metadata':{'issuer':'https://a.example','client_id':'u'}}",
        "{'id':'a','kind':'openid','client_secret':'s','metadata':{'issuer':'https://a.example',"
        "'client_id':'u','other':1}}",
        "{'id':'a','kind':'entra','client_secret':'s','metadata':{'client_id':'u','tenant':"
        "'organizations'}}",
        "{'id':'a','kind':'openid','client_secret':'s','metadata':{'issuer':'https://a.example',"
        "'client_id':'u','tenant_id':'00000000-0000-0000-0000-00000000dead'}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_status(story_post(&op, "/admin/providers", "%s", bad[i]), 400);
}

static void a_domain_of_another_provider_is_taken(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    static const char one[] =
        "{'id':'%s','kind':'openid','client_secret':'s','metadata':{'issuer':'https://a.example',"
        "'client_id':'u','login_domains':['%s']}}";
    assert_status(story_post(&op, "/admin/providers", one, "a", "acme.example"), 201);
    assert_problem(story_post(&op, "/admin/providers", one, "b", "ACME.example"), 409, "conflict");
    assert_problem(client_get(&op, "/admin/providers/b"), 404, "not-found");
}

#define AT(issuer, method, secret)                                                                 \
    "{'name':'Okta'," secret "'metadata':{'issuer':'" issuer                                       \
    "','client_id':'us','token_endpoint_auth_method':'" method "'}}"

/* C14: who may change a provider does not learn its secret by naming another place for it. */
static void a_secret_is_given_again_for_another_place(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    static const char *const refused[] = {
        AT("https://evil.example", "client_secret_post", ""),
        AT("https://evil.example", "client_secret_basic", ""),
        AT("https://okta.example", "private_key_jwt", ""),
    };
    assert_status(story_post(&op, "/admin/providers", OKTA), 201);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct answer a =
            admin_change(&op, HTTP_PUT, "/admin/providers/okta", story_json(w, "%s", refused[i]));
        assert_status(a, 400);
        assert_true(answer_holds(&a, "client_secret"));
    }
    assert_status(admin_change(&op, HTTP_PUT, "/admin/providers/okta",
                               story_json(w, AT("https://okta.example", "client_secret_post", ""))),
                  200);
    assert_string_equal(secret_of(w, "okta"), SECRET);
    /* Not by way of none, either. */
    assert_status(admin_change(&op, HTTP_PUT, "/admin/providers/okta",
                               story_json(w, AT("https://evil.example", "none", ""))),
                  200);
    assert_status(admin_change(&op, HTTP_PUT, "/admin/providers/okta",
                               story_json(w, AT("https://evil.example", "client_secret_post", ""))),
                  400);
    assert_status(admin_change(&op, HTTP_PUT, "/admin/providers/okta",
                               story_json(w, AT("https://evil.example", "client_secret_post",
                                                "'client_secret':'another',"))),
                  200);
    assert_string_equal(secret_of(w, "okta"), "another");
}

/* AZ-04, TN-01: it is power over everybody who signs in there. */
static void it_is_for_operators_with_all_rights(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    struct client boss = admin_client_of(w, admin_tenant(w, "acme")->admin_email);
    (void)admin_person(w, TENANT_DEFAULT_ID, "mod@example.com", "moderator");
    struct client mod = admin_client_of(w, "mod@example.com");
    admin_role_add(w, TENANT_DEFAULT_ID, "federators", "providers:read providers:write");
    (void)admin_person(w, TENANT_DEFAULT_ID, "fed@example.com", "federators");
    struct client fed = admin_client_of(w, "fed@example.com");
    assert_status(story_post(&op, "/admin/providers", OKTA), 201);
    struct client *const others[] = { &boss, &mod, &fed };
    for (size_t i = 0; i < 3; i++) {
        struct client *c = others[i];
        assert_status(story_post(c, "/admin/providers", OKTA), 403);
        assert_status(client_delete(c, "/admin/providers/okta"), 403);
    }
    assert_status(client_get(&boss, "/admin/providers"), 403);
    assert_status(client_get(&mod, "/admin/providers"), 403);
    assert_status(client_get(&fed, "/admin/providers"), 200);
    assert_status(admin_change(&fed, HTTP_PUT, "/admin/providers/okta", story_json(w, PUT)), 403);
}

/* ---- who has named its URLs ---- */

static const char *const inside[] = { "AUTH_INTERNAL_HOSTS=127.0.0.1,idp.inside", NULL };

static enum outbound_origin origin_of(struct world *w, const char *id, const char *url)
{
    const struct provider *p = NULL;
    story_does(w, provider_any(world_ctx(w), id, &p));
    return provider_origin(world_ctx(w), p, url);
}

#define OF(kind, members)                                                                          \
    "{'id':'a','kind':'" kind "','client_secret':'s','metadata':{'client_id':'u'," members "}}"

/* SR-02, SR-11, SR-12: what is called is public, at the port of https, and by its name. */
static void what_the_api_names_is_public(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    static const char *const bad[] = {
        OF("openid", "'issuer':'https://127.0.0.1'"),
        OF("openid", "'issuer':'http://127.0.0.1:8080'"),
        OF("openid", "'issuer':'https://localhost'"),
        OF("openid", "'issuer':'https://10.0.0.1'"),
        OF("openid", "'issuer':'https://169.254.169.254'"),
        OF("openid", "'issuer':'https://[::1]'"),
        OF("openid", "'issuer':'https://[::ffff:10.0.0.1]'"),
        OF("openid", "'issuer':'https://idp.inside:8443'"),
        OF("google", "'issuer':'https://10.0.0.1'"),
        OF("entra", "'tenant':'organizations','tenants':['11111111-1111-1111-1111-111111111111'],"
                    "'issuer':'https://10.0.0.1'"),
        OF("entra", "'tenant':'11111111-1111-1111-1111-111111111111','graph':'https://10.0.0.1'"),
        OF("ciam", "'tenant':'11111111-1111-1111-1111-111111111111',"
                   "'authority':'https://10.0.0.1'"),
        OF("oauth2", "'token_endpoint':'https://10.0.0.1/token'"),
        OF("oauth2", "'userinfo_endpoint':'https://10.0.0.1/user'"),
        OF("oauth2", "'emails_endpoint':'https://10.0.0.1/emails'"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct answer a = story_post(&op, "/admin/providers", "%s", bad[i]);
        assert_status(a, 400);
        assert_non_null(strstr(a.body, "AUTH_INTERNAL_HOSTS"));
    }
    assert_status(story_post(&op, "/admin/providers", OKTA), 201);
    assert_int_equal(origin_of(w, "okta", "https://okta.example/token"), OUTBOUND_FOREIGN);
}

static void what_the_operator_lists_may_be_inside(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    assert_status(
        story_post(&op, "/admin/providers", OF("openid", "'issuer':'https://idp.inside:8443'")),
        201);
    assert_int_equal(origin_of(w, "a", "https://idp.inside:8443/x"), OUTBOUND_CONFIGURED);
    assert_int_equal(origin_of(w, "a", "https://10.0.0.1/x"), OUTBOUND_FOREIGN);
    assert_status(story_post(&op, "/admin/providers", OF("openid", "'issuer':'https://127.0.0.2'")),
                  400);
}

static struct provider_wanted by_command(const char *issuer)
{
    return (struct provider_wanted){ .id = "own",
                                     .kind = "openid",
                                     .secret = SECRET,
                                     .metadata = { .issuer = issuer, .client_id = "us" } };
}

#define OWN(members) "{'metadata':{'client_id':'us'," members "}}"

/* SR-02: the machine's own stay its own until the API names others, and then they never are. */
static void once_the_api_has_named_one_they_are_not_the_machines(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    struct provider_made made;
    struct provider_wanted wanted = by_command("http://127.0.0.1:9000");
    static const char at[] = "http://127.0.0.1:9000/x";
    story_does(w, provider_create(world_ctx(w), &wanted, &made));
    assert_int_equal(origin_of(w, "own", at), OUTBOUND_CONFIGURED);
    struct answer shown = client_get(&op, "/admin/providers/own");
    assert_string_equal(answer_text(&shown, "urls_named_by"), "machine");
    /* Something else by the API leaves them to whoever named them. */
    assert_status(admin_change(&op, HTTP_PUT, "/admin/providers/own",
                               story_json(w, OWN("'issuer':'http://127.0.0.1:9000',"
                                                 "'create_users':true"))),
                  200);
    assert_int_equal(origin_of(w, "own", at), OUTBOUND_CONFIGURED);
    assert_status(admin_change(&op, HTTP_PUT, "/admin/providers/own",
                               story_json(w, OWN("'issuer':'http://127.0.0.1:9001'"))),
                  400);
    assert_status(
        admin_change(&op, HTTP_PUT, "/admin/providers/own",
                     story_json(w, "{'client_secret':'s','metadata':{'client_id':'us','issuer':"
                                   "'https://okta.example'}}")),
        200);
    shown = client_get(&op, "/admin/providers/own");
    assert_string_equal(answer_text(&shown, "urls_named_by"), "api");
    /* A command that changes it vouches for nothing. */
    wanted.name = "Own";
    wanted.metadata.issuer = "http://127.0.0.1:9000";
    story_does(w, provider_change(world_ctx(w), &wanted, &made));
    assert_int_equal(origin_of(w, "own", at), OUTBOUND_FOREIGN);
}

#define APPLY(members)                                                                             \
    "{'providers':[{'id':'own','kind':'openid','metadata':{'client_id':'us'," members "}}]}"

/* SR-02, C14: a whole configuration that is sent is a call of the API like any other. */
static void applying_a_file_by_the_api_is_no_way_around(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    struct provider_made made;
    struct provider_wanted wanted = by_command("https://okta.example");
    story_does(w, provider_create(world_ctx(w), &wanted, &made));
    assert_status(story_post(&op, "/admin/apply", APPLY("'issuer':'https://okta.example'")), 200);
    struct answer a = story_post(&op, "/admin/apply", APPLY("'issuer':'https://evil.example'"));
    assert_status(a, 400);
    assert_non_null(strstr(a.body, "provider own: client_secret"));
    a = story_post(&op, "/admin/apply",
                   APPLY("'token_endpoint_auth_method':'none','issuer':'https://10.0.0.1'"));
    assert_status(a, 400);
    assert_non_null(strstr(a.body, "AUTH_INTERNAL_HOSTS"));
    a = story_post(&op, "/admin/apply",
                   "{'providers':[{'id':'e','kind':'entra','metadata':{'client_id':'us','tenant':"
                   "'11111111-1111-1111-1111-111111111111','token_endpoint_auth_method':'own_key',"
                   "'issuer':'https://evil.example'}}]}");
    assert_status(a, 400);
    assert_non_null(strstr(a.body, "on the machine"));
    assert_string_equal(secret_of(w, "own"), SECRET);
    assert_int_equal(origin_of(w, "own", "https://okta.example/x"), OUTBOUND_CONFIGURED);
}

/* What was stored by a version that took it, and that this one takes no longer, is mended by an
 * update: nothing of before is asked for but the secret, of which nobody knows where it went. */
static void what_is_no_longer_taken_can_be_replaced(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    struct ctx *c = world_ctx(w);
    const struct provider_row *row = NULL;
    bool found = false;
    assert_status(story_post(&op, "/admin/providers", OKTA), 201);
    story_does(w, provider_row_find(c, "okta", &row));
    struct provider_row old = *row;
    old.metadata = "{\"client_id\":\"us\"}";
    story_does(w, provider_update(c, &old, &found));
    struct answer a = admin_change(&op, HTTP_PUT, "/admin/providers/okta", story_json(w, PUT));
    assert_status(a, 400);
    assert_true(answer_holds(&a, "client_secret"));
    a = admin_change(&op, HTTP_PUT, "/admin/providers/okta",
                     story_json(w, "{'name':'Okta','client_secret':'" SECRET "','metadata':"
                                   "{'issuer':'https://okta.example','client_id':'us'}}"));
    assert_status(a, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(one_is_made_changed_and_removed),
        STORY(nobody_undoes_what_they_have_not_read),
        STORY(what_is_no_provider_is_refused),
        STORY(a_domain_of_another_provider_is_taken),
        STORY(it_is_for_operators_with_all_rights),
        STORY(a_secret_is_given_again_for_another_place),
        STORY(what_the_api_names_is_public),
        STORY_WITH(what_the_operator_lists_may_be_inside, inside),
        STORY(once_the_api_has_named_one_they_are_not_the_machines),
        STORY(applying_a_file_by_the_api_is_no_way_around),
        STORY(what_is_no_longer_taken_can_be_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
