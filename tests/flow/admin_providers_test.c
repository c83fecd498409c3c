/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Providers by the admin API: for operators with all rights, since whoever says where a provider is
 * may be anybody who signs in with it.
 */
#include "admin_story.h"

#include "federation/provider.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(one_is_made_changed_and_removed),
        STORY(nobody_undoes_what_they_have_not_read),
        STORY(what_is_no_provider_is_refused),
        STORY(a_domain_of_another_provider_is_taken),
        STORY(it_is_for_operators_with_all_rights),
        STORY(a_secret_is_given_again_for_another_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
