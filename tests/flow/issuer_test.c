/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tenant with an issuer of its own: where it is, who is there, what turning it on and off does.
 */
#include "issuer_story.h"
#include "page_story.h"

#include "admin_story.h"
#include "identity/tenancy.h"
#include "store/users.h"
#include "tests/unit/crypto/jose_testing.h"
#include "token/issuer.h"
#include "token/keyring.h"

#define DOCUMENT "/.well-known/openid-configuration"

static struct answer got(struct world *w, const char *path)
{
    struct client c = client_new(w);
    return client_get(&c, path);
}

/* ---- where it is ---- */

/* OpenID Connect Discovery 4, RFC 8414 3.1: the same by either rule. */
static void its_documents_name_its_own_addresses(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    static const char *const paths[] = {
        "/t/acme" DOCUMENT,
        DOCUMENT "/t/acme",
        "/t/acme/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/t/acme",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct answer a = got(w, paths[i]);
        assert_status(a, 200);
        assert_string_equal(answer_text(&a, "issuer"), ISSUER "/t/acme");
        assert_string_equal(answer_text(&a, "token_endpoint"), ISSUER "/t/acme/oauth2/token");
        assert_string_equal(answer_text(&a, "jwks_uri"), ISSUER "/t/acme/.well-known/jwks.json");
        assert_null(answer_text(&a, "status_list_aggregation_endpoint"));
    }
    struct answer own = got(w, DOCUMENT);
    assert_string_equal(answer_text(&own, "issuer"), ISSUER);
    assert_string_equal(answer_text(&own, "token_endpoint"), ISSUER "/oauth2/token");
    (void)s;
}

/* TN-05: no name that comes with a request leads to a tenant, and there is nothing for the rest. */
static void what_is_no_issuer_is_not_there(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    const char *id = NULL;
    story_does(w, tenant_add(world_ctx(w), "plain", "Plain", &id));
    static const char *const paths[] = {
        "/t/plain" DOCUMENT,
        "/t/nobody" DOCUMENT,
        "/t/ACME" DOCUMENT,
        "/t/acme/" DOCUMENT,
        "/t/acme/t/acme" DOCUMENT,
        "/t/acme" DOCUMENT "/t/acme",
        "/t/acme/auth/me",
        "/t/acme/admin/users",
        "/t/acme/sign-in",
        "/t/acme/consent",
        "/t/acme/healthz",
        "/t/acme",
        "/t/acme/openapi.json",
        "/t/acme/oauth2/status-lists",
        DOCUMENT "/t/acme/x",
        DOCUMENT "/t/nobody",
        "/.well-known/jwks.json/t/acme",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (got(w, paths[i]).status != 404)
            fail_msg("%s is there", paths[i]);
    struct client c = client_new(w);
    static const char *const hosts[] = { "acme.test", "192.0.2.7", "acme" };
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        assert_status(
            client_send(&c, &(struct sent){ .target = "/t/acme" DOCUMENT, .host = hosts[i] }), 421);
    /* TN-06 */
    story_does(w, tenancy_set_status(world_ctx(w), NULL, s.at[1].tenant_id, TENANT_DISABLED));
    assert_status(got(w, "/t/acme" DOCUMENT), 404);
    assert_status(got(w, "/t/globex" DOCUMENT), 200);
    story_does(w, tenancy_set_status(world_ctx(w), NULL, s.at[1].tenant_id, TENANT_ACTIVE));
    assert_status(got(w, "/t/acme" DOCUMENT), 200);
}

/* ---- who is there ---- */

/* TN-11: an application of the tenant signs its members in, and nobody else. */
static void only_members_sign_in_there(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    struct answer t = issuer_tokens(&s, &s.at[1], "");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "iss"), ISSUER "/t/acme");
    assert_string_equal(answer_text(&claims, "aud"), ISSUER "/t/acme");
    assert_string_equal(answer_text(&claims, "tenant_id"), s.at[1].tenant_id);
    claims = story_claims(w, answer_text(&t, "id_token"));
    assert_string_equal(answer_text(&claims, "iss"), ISSUER "/t/acme");
    (void)story_person(w, BOB);
    s.ada = story_browser(w, BOB, "session");
    struct answer a = issuer_authorize(&s, &s.at[1], &s.at[1], "");
    assert_string_equal(oauth_param(&a, "error"), "access_denied");
    assert_string_equal(oauth_param(&a, "iss"), ISSUER "/t/acme");
}

/* Who has to sign in does so on the pages of the service, and goes on where they came from. */
static void a_request_that_waits_keeps_its_issuer(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    struct client signed_in = s.ada;
    s.ada = browser_new(w);
    struct answer a = issuer_authorize(&s, &s.at[1], &s.at[1], "");
    const char *handle = oauth_param(&a, "request");
    assert_true(text_starts(answer_header(&a, "location"), "/sign-in?request="));
    assert_status(story_login(&s.ada, ADA, "'mode':'session'"), 200);
    a = client_get(&s.ada, text_printf(w->arena, "/oauth2/authorize/continue?request=%s", handle));
    assert_non_null(oauth_param(&a, "code"));
    assert_string_equal(oauth_param(&a, "iss"), ISSUER "/t/acme");
    const char *form =
        oauth_form(w, exchange_form(w, oauth_param(&a, "code")), "client_id=app-acme");
    assert_status(issuer_post(w, &s.at[1], "/oauth2/token", NULL, form), 200);
    (void)signed_in;
}

/* The first-party API is the service's own, and its tokens are. */
static void the_api_of_the_service_takes_no_token_of_a_tenant(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    struct answer t = issuer_tokens(&s, &s.at[1], "");
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    assert_status(client_get(&c, "/t/acme/oauth2/userinfo"), 200);
    assert_status(client_get(&c, "/auth/me"), 401);
    assert_status(client_get(&c, "/auth/verify"), 401);
    struct client first = client_new(w);
    (void)story_sign_in(&first, ADA);
    assert_status(client_get(&first, "/auth/me"), 200);
    assert_status(client_get(&first, "/t/acme/oauth2/userinfo"), 401);
}

/* ---- its keys ---- */

static struct keyring *keys_of(struct world *w, const char *slug)
{
    struct keyring *keys = NULL;
    story_does(w, issuer_keys(world_ctx(w), slug, &keys));
    return keys;
}

/* JOSE-07: what globex signs is nothing at acme, whatever it says, and the reverse; nor is what the
 * service signs. */
static void a_key_of_another_issuer_signs_nothing_here(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    static const char *const signers[] = { NULL, "acme", "globex" };
    for (size_t at = 0; at < PLACES; at++) {
        struct answer t = issuer_tokens(&s, &s.at[at], "");
        struct answer claims = story_claims(w, answer_text(&t, "access_token"));
        for (size_t by = 0; by < PLACES; by++) {
            const char *token = NULL;
            story_does(w, keyring_sign(world_ctx(w), keys_of(w, signers[by]), "at+jwt", claims.body,
                                       &token));
            struct client c = story_bearer(w, token);
            const char *path = text_printf(w->arena, "%s/oauth2/userinfo", s.at[at].path);
            assert_status(client_get(&c, path), at == by ? 200 : 401);
        }
    }
}

static const char *jwks_of(struct world *w, const struct place *p)
{
    struct answer a = got(w, text_printf(w->arena, "%s/.well-known/jwks.json", p->path));
    assert_status(a, 200);
    return a.body;
}

/* TN-02: each has its own turns. */
static void one_is_rotated_and_the_others_stay(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    struct client admin = client_new(w);
    const char *before[PLACES];
    for (size_t i = 0; i < PLACES; i++)
        before[i] = jwks_of(w, &s.at[i]);
    assert_string_not_equal(before[0], before[1]);
    assert_string_not_equal(before[1], before[2]);
    (void)admin_person(w, TENANT_DEFAULT_ID, "root@example.com", "admin");
    admin = admin_client_of(w, "root@example.com");
    struct answer a = client_post(&admin, "/admin/keys/rotate",
                                  story_json(w, "{'tenant':'acme','emergency':true}"));
    assert_status(a, 200);
    struct answer listed = client_get(&admin, "/admin/keys?tenant=acme");
    assert_status(listed, 200);
    assert_string_equal(listed.body, a.body);
    assert_status(client_get(&admin, "/admin/keys?tenant=nobody"), 404);
    assert_string_equal(jwks_of(w, &s.at[0]), before[0]);
    assert_string_not_equal(jwks_of(w, &s.at[1]), before[1]);
    assert_string_equal(jwks_of(w, &s.at[2]), before[2]);
    assert_status(client_post(&admin, "/admin/keys/rotate", "{}"), 200);
    assert_string_equal(jwks_of(w, &s.at[2]), before[2]);
    (void)issuer_tokens(&s, &s.at[1], "");
}

/* A key that was stolen is broken with before the tenant is there again. */
static void keys_of_a_suspended_tenant_are_rotated(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    const char *before = jwks_of(w, &s.at[1]);
    bool found = false;
    (void)admin_person(w, TENANT_DEFAULT_ID, "root@example.com", "admin");
    struct client admin = admin_client_of(w, "root@example.com");
    story_does(w, tenant_set_status(world_ctx(w), s.at[1].tenant_id, TENANT_DISABLED, &found));
    const char *target = text_printf(w->arena, "%s/.well-known/jwks.json", s.at[1].path);
    assert_status(client_get(&admin, target), 404);
    const char *keys = text_printf(w->arena, "/admin/keys?tenant=%s", s.at[1].slug);
    assert_status(client_get(&admin, keys), 200);
    assert_status(client_post(&admin, "/admin/keys/rotate",
                              story_json(w, "{'tenant':'%s','emergency':true}", s.at[1].slug)),
                  200);
    story_does(w, tenant_set_status(world_ctx(w), s.at[1].tenant_id, TENANT_ACTIVE, &found));
    assert_string_not_equal(jwks_of(w, &s.at[1]), before);
}

/* ---- turning it on and off ---- */

static bool refreshes(struct world *w, const struct place *at, const struct place *by,
                      const char *token)
{
    const char *form = text_printf(
        w->arena, "grant_type=refresh_token&client_id=%s&refresh_token=%s", by->app, token);
    return issuer_post(w, at, "/oauth2/token", NULL, form).status == 200;
}

/* What was granted before is of the issuer that was left: nobody takes it along. */
static void turning_it_off_ends_what_its_clients_hold(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    const struct place *acme = &s.at[1];
    struct answer t = issuer_tokens(&s, acme, "");
    struct answer other = issuer_tokens(&s, &s.at[2], "");
    world_pass(w, 1);
    issuer_turn(w, acme->tenant_id, false);
    world_pass(w, 1);
    assert_status(got(w, "/t/acme" DOCUMENT), 404);
    assert_false(refreshes(w, &s.at[0], acme, answer_text(&t, "refresh_token")));
    assert_true(refreshes(w, &s.at[2], &s.at[2], answer_text(&other, "refresh_token")));
    struct answer a = issuer_authorize(&s, &s.at[0], acme, "");
    assert_non_null(oauth_param(&a, "code"));
    assert_string_equal(oauth_param(&a, "iss"), ISSUER);
    issuer_turn(w, acme->tenant_id, true);
    world_pass(w, 1);
    assert_false(refreshes(w, acme, acme, answer_text(&t, "refresh_token")));
    t = issuer_tokens(&s, acme, "");
    assert_true(refreshes(w, acme, acme, answer_text(&t, "refresh_token")));
}

/* Its name is in the tokens that are about. */
static void its_tenant_is_not_renamed(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    struct ctx *c = world_ctx(w);
    const struct tenant_row *tenant = NULL;
    const struct tenant_row *out = NULL;
    story_does(w, tenant_find(c, s.at[1].tenant_id, &tenant));
    struct tenant_row renamed = *tenant;
    renamed.slug = "acme2";
    err e = tenancy_update(c, NULL, &renamed, &out);
    assert_int_equal(e.code, ERR_CONFLICT);
    renamed.slug = "acme";
    renamed.name = "Another name";
    story_does(w, tenancy_update(world_ctx(w), NULL, &renamed, &out));
    issuer_turn(w, s.at[1].tenant_id, false);
    renamed.slug = "acme2";
    story_does(w, tenancy_update(world_ctx(w), NULL, &renamed, &out));
}

/* ---- signing out ---- */

/* JOSE-07: a hint of one issuer signs nobody out at another. */
static void a_hint_signs_out_at_its_own_issuer(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    struct answer t = issuer_tokens(&s, &s.at[1], "");
    const char *hint = answer_text(&t, "id_token");
    static const char *const others[] = { "", "/t/globex" };
    for (size_t i = 0; i < 2; i++) {
        struct answer a = client_get(
            &s.ada, text_printf(w->arena, "%s/oauth2/logout?id_token_hint=%s", others[i], hint));
        assert_status(a, 200);
        assert_status(client_get(&s.ada, "/auth/me"), 200);
    }
    assert_status(
        client_get(&s.ada, text_printf(w->arena, "/t/acme/oauth2/logout?id_token_hint=%s", hint)),
        303);
    assert_status(client_get(&s.ada, "/auth/me"), 401);
}

/* Front-Channel Logout 1.0 3: whoever is told of the end hears the name that it knows. */
static void who_is_told_of_the_end_hears_of_its_own_issuer(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct places s = issuer_places(w);
    (void)issuer_client(w, &s.at[1], "framed",
                        "{'token_endpoint_auth_method':'none','first_party':true,"
                        "'redirect_uris':['" APP_CALLBACK "'],"
                        "'post_logout_redirect_uris':['https://app.test/out'],"
                        "'frontchannel_logout_uri':'https://app.test/frame'}");
    struct answer a = issuer_authorize(&s, &s.at[1], &s.at[1], "client_id=framed");
    const char *form = oauth_form(w, exchange_form(w, oauth_param(&a, "code")), "client_id=framed");
    struct answer t = issuer_post(w, &s.at[1], "/oauth2/token", NULL, form);
    assert_status(t, 200);
    a = client_get(&s.ada,
                   text_printf(w->arena,
                               "/t/acme/oauth2/logout?id_token_hint=%s&post_logout_redirect_uri="
                               "https%%3A%%2F%%2Fapp.test%%2Fout",
                               answer_text(&t, "id_token")));
    assert_status(a, 303);
    const char *page = answer_header(&a, "location");
    assert_true(text_starts(page, "/signed-out?client_id=framed"));
    a = client_get(&s.ada, page);
    assert_status(a, 200);
    assert_non_null(strstr(a.body, "iss=http%3A%2F%2Flocalhost%3A8080%2Ft%2Facme"));
    assert_non_null(strstr(a.body, "https://app.test/out"));
}

/* Who is asked first answers on a page of the service, and is led back to the application. */
static void who_is_asked_first_goes_back_to_the_application(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    (void)issuer_client(w, &s.at[1], "asking",
                        "{'token_endpoint_auth_method':'none','redirect_uris':['" APP_CALLBACK "'],"
                        "'post_logout_redirect_uris':['https://app.test/out']}");
    static const char query[] =
        "client_id=asking&post_logout_redirect_uri=https%3A%2F%2Fapp.test%2Fout";
    struct answer a = client_get(&s.ada, text_printf(w->arena, "/t/acme/oauth2/logout?%s", query));
    assert_status(a, 200);
    a = page_post(&s.ada, "/oauth2/logout/confirm", page_hidden(&a, "csrf_token"),
                  text_printf(w->arena, "session=%s&%s", page_hidden(&a, "session"), query));
    assert_status(a, 303);
    assert_string_equal(answer_header(&a, "location"), "https://app.test/out");
    assert_status(client_get(&s.ada, text_printf(w->arena, "/oauth2/logout?%s", query)), 400);
}

/* TN-12: the calls of one tenant's people are counted for them alone. */
static void one_tenants_calls_are_not_anothers(void **state)
{
    struct world *w = *state;
    struct places s = issuer_places(w);
    struct answer t = issuer_tokens(&s, &s.at[1], "");
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    bool added = false;
    story_does(w, membership_add(world_ctx(w), s.at[2].tenant_id, story_person(w, BOB), &added));
    s.ada = story_browser(w, BOB, "session");
    t = issuer_tokens(&s, &s.at[2], "");
    struct client bob = story_bearer(w, answer_text(&t, "access_token"));
    struct answer a = { 0 };
    for (int i = 0; i < 200 && a.status != 429; i++)
        a = client_get(&c, "/t/acme/oauth2/userinfo");
    assert_status(a, 429);
    assert_status(client_get(&bob, "/t/globex/oauth2/userinfo"), 200);
}

static const char *const limited[] = { "AUTH_RATE_LIMIT=on", NULL };

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(its_documents_name_its_own_addresses),
        STORY(what_is_no_issuer_is_not_there),
        STORY(only_members_sign_in_there),
        STORY(a_request_that_waits_keeps_its_issuer),
        STORY(the_api_of_the_service_takes_no_token_of_a_tenant),
        STORY(a_key_of_another_issuer_signs_nothing_here),
        STORY(one_is_rotated_and_the_others_stay),
        STORY(keys_of_a_suspended_tenant_are_rotated),
        STORY(turning_it_off_ends_what_its_clients_hold),
        STORY(its_tenant_is_not_renamed),
        STORY(a_hint_signs_out_at_its_own_issuer),
        STORY(who_is_told_of_the_end_hears_of_its_own_issuer),
        STORY(who_is_asked_first_goes_back_to_the_application),
        STORY_WITH(one_tenants_calls_are_not_anothers, limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
