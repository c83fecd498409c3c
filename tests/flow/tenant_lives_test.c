/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long sessions and tokens live in a tenant that asks for shorter lives than the service's.
 */
#include "admin_story.h"
#include "oauth_story.h"

#include "oauth/client_change.h"

#define REFRESHES "grant_type=refresh_token&client_id=" APP "&refresh_token=%s"

/* ---- sessions ---- */

static void a_session_ends_when_the_tenant_says(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    assert_status(admin_settings(w, t, "{'session_idle_minutes':5,'session_absolute_hours':1}"),
                  200);
    struct client idle = story_browser(w, t->member_email, "session");
    struct client used = story_browser(w, t->admin_email, "session");
    struct client theirs = story_browser(w, other->member_email, "session");
    for (size_t minutes = 0; minutes < 59; minutes++) {
        assert_status(client_get(&used, "/auth/me"), 200);
        world_pass(w, MINUTES);
        if (minutes == 3)
            assert_status(client_get(&idle, "/auth/me"), 200);
    }
    assert_status(client_get(&idle, "/auth/me"), 401);
    assert_status(client_get(&used, "/auth/me"), 200);
    assert_status(client_get(&theirs, "/auth/me"), 200);
    world_pass(w, MINUTES);
    assert_status(client_get(&used, "/auth/me"), 401);
    assert_status(client_get(&theirs, "/auth/me"), 200);
}

/* What was begun before ends earlier, too; of no other tenant. */
static void shorter_lives_hold_at_once(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client b = story_browser(w, t->member_email, "session");
    struct client theirs = story_browser(w, other->member_email, "session");
    struct client c = client_new(w);
    const char *refresh = story_sign_in(&c, t->member_email);
    const char *refresh_theirs = story_sign_in(&c, other->member_email);
    world_pass(w, 10 * MINUTES);
    struct client admin = admin_client_of(w, t->admin_email);
    assert_status(client_get(&b, "/auth/me"), 200);
    assert_status(admin_change(&admin, HTTP_PATCH, admin_settings_path(w, t),
                               story_json(w, "{'session_idle_minutes':2,'refresh_token_days':1}")),
                  200);
    world_pass(w, 2 * MINUTES);
    assert_status(client_get(&b, "/auth/me"), 401);
    assert_status(client_get(&theirs, "/auth/me"), 200);
    world_pass(w, DAYS);
    assert_problem(story_refresh(&c, refresh), 400, "invalid-grant");
    assert_status(story_refresh(&c, refresh_theirs), 200);
}

/* TN-10: going round through tenants makes nothing live longer. */
static void switching_lengthens_nothing(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    bool added = false;
    story_does(w, membership_add(world_ctx(w), other->id, t->member, &added));
    struct client b = story_browser(w, t->member_email, "session");
    for (size_t hours = 0; hours < 46; hours++) {
        world_pass(w, 30 * MINUTES);
        const char *to = hours % 2 == 0 ? other->id : t->id;
        struct answer a =
            client_post(&b, text_printf(w->arena, "/auth/tenants/%s/switch", to), NULL);
        assert_status(a, 200);
        b.csrf = answer_text(&a, "csrf_token");
    }
    world_pass(w, 59 * MINUTES);
    assert_status(client_get(&b, "/auth/me"), 200);
    world_pass(w, MINUTES);
    assert_status(client_get(&b, "/auth/me"), 401);
}

/* TN-10: nor is a tenant with shorter ones entered by naming it. */
static void an_old_session_does_not_act_in_it(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    bool added = false;
    story_does(w, membership_add(world_ctx(w), t->id, other->member, &added));
    struct client b = story_browser(w, other->member_email, "session");
    const struct sent named = { .method = HTTP_GET,
                                .target = "/auth/me",
                                .headers = { { "x-tenant-id", t->id } } };
    assert_status(client_send(&b, &named), 200);
    assert_status(admin_settings(w, t, "{'session_absolute_hours':1}"), 200);
    assert_status(client_send(&b, &named), 200);
    world_pass(w, 30 * MINUTES);
    assert_status(client_get(&b, "/auth/me"), 200);
    world_pass(w, 31 * MINUTES);
    assert_status(client_get(&b, "/auth/me"), 200);
    assert_problem(client_send(&b, &named), 401, "step-up-required");
}

/* ---- tokens ---- */

/* The client APP of the tenant, which may refresh, and a browser of its member. */
static struct client browser_of_app(struct world *w, const struct admin_tenant *t)
{
    struct ctx *c = world_ctx(w);
    struct client_new new = { .id = APP, .tenant_id = t->id };
    struct client_made made;
    const char *metadata =
        "{'token_endpoint_auth_method':'none','first_party':true,"
        "'grant_types':['authorization_code','refresh_token'],"
        "'redirect_uris':['" APP_CALLBACK "'],'scope':'openid profile email offline_access'}";
    story_does(w, client_metadata_read(c, bytes_of(story_json(w, "%s", metadata)), &new.metadata));
    story_does(w, client_create(c, &new, &made));
    return story_browser(w, t->member_email, "session");
}

static int64_t life_of(struct world *w, const struct answer *tokens, const char *name)
{
    struct answer claims = story_claims(w, answer_text(tokens, name));
    return strtoll(answer_text(&claims, "exp"), NULL, 10) -
           strtoll(answer_text(&claims, "iat"), NULL, 10);
}

static void tokens_live_as_long_as_the_tenant_says(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    assert_status(admin_settings(w, t,
                                 "{'access_token_minutes':2,'id_token_minutes':3,"
                                 "'refresh_token_days':1,'refresh_absolute_days':2}"),
                  200);
    struct client b = browser_of_app(w, t);
    struct answer a = oauth_exchange(w, oauth_code(&b, "scope=openid%20offline_access"), "");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "expires_in"), "120");
    assert_int_equal(life_of(w, &a, "access_token"), 120);
    assert_int_equal(life_of(w, &a, "id_token"), 180);
    for (size_t i = 0; i < 2; i++) {
        world_pass(w, 23 * HOURS);
        a = oauth_post(w, "/oauth2/token", APP, NULL,
                       text_printf(w->arena, REFRESHES, answer_text(&a, "refresh_token")));
        assert_status(a, 200);
        assert_string_equal(answer_text(&a, "expires_in"), "120");
        assert_int_equal(life_of(w, &a, "id_token"), 180);
    }
    world_pass(w, 2 * HOURS);
    assert_oauth_error(
        oauth_post(w, "/oauth2/token", APP, NULL,
                   text_printf(w->arena, REFRESHES, answer_text(&a, "refresh_token"))),
        400, "invalid_grant");
}

static void an_unused_refresh_token_ends(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    assert_status(admin_settings(w, t, "{'refresh_token_days':1}"), 200);
    struct client c = client_new(w);
    const char *refresh = story_sign_in(&c, t->member_email);
    world_pass(w, DAYS - 1);
    struct answer a = story_refresh(&c, refresh);
    assert_status(a, 200);
    world_pass(w, DAYS);
    assert_problem(story_refresh(&c, answer_text(&a, "refresh_token")), 400, "invalid-grant");
}

/* A client on its own behalf, and our own API. */
static void every_access_token_lives_as_long(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client_new new = { .id = WEB, .tenant_id = t->id };
    struct client_made made;
    struct ctx *c = world_ctx(w);
    assert_status(admin_settings(w, t, "{'access_token_minutes':2}"), 200);
    const char *metadata = "{'grant_types':['client_credentials'],'scope':'things:read'}";
    story_does(w, client_metadata_read(c, bytes_of(story_json(w, "%s", metadata)), &new.metadata));
    story_does(w, client_create(c, &new, &made));
    struct answer a =
        oauth_post(w, "/oauth2/token", WEB, made.secret, "grant_type=client_credentials");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "expires_in"), "120");
    struct client m = client_new(w);
    a = story_login(&m, t->member_email, "");
    assert_string_equal(answer_text(&a, "expires_in"), "120");
    a = story_refresh(&m, answer_text(&a, "refresh_token"));
    assert_string_equal(answer_text(&a, "expires_in"), "120");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_session_ends_when_the_tenant_says),
        STORY(shorter_lives_hold_at_once),
        STORY(switching_lengthens_nothing),
        STORY(an_old_session_does_not_act_in_it),
        STORY(tokens_live_as_long_as_the_tenant_says),
        STORY(an_unused_refresh_token_ends),
        STORY(every_access_token_lives_as_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
