/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Going on in another tenant of one's own.
 */
#include "admin_story.h"

#include "store/roles.h"

static void joins(struct world *w, const char *tenant, const char *user, const char *role)
{
    enum role_outcome how = ROLE_UNKNOWN;
    bool added = false;
    story_does(w, membership_add(world_ctx(w), tenant, user, &added));
    story_does(w, role_give(world_ctx(w), tenant, user, role, &how));
}

/* TN-10: rights are those of the new tenant; the old token stays in the old one. */
static void switching_gives_tokens_of_the_other_tenant(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    joins(w, other->id, t->member, "moderator");
    struct client c = admin_client_of(w, t->member_email);
    struct answer list = client_get(&c, "/auth/tenants");
    assert_true(answer_holds(&list, t->id));
    assert_true(answer_holds(&list, other->id));
    assert_false(answer_holds(&list, TENANT_DEFAULT_ID));
    world_pass(w, 60);
    struct answer a =
        client_post(&c, text_printf(w->arena, "/auth/tenants/%s/switch", other->id), NULL);
    assert_status(a, 200);
    struct client there = story_bearer(w, answer_text(&a, "access_token"));
    struct answer claims = story_claims(w, there.token);
    struct answer before = story_claims(w, c.token);
    assert_string_equal(answer_text(&claims, "tenant_id"), other->id);
    assert_string_equal(answer_text(&claims, "auth_time"), answer_text(&before, "auth_time"));
    assert_string_not_equal(answer_text(&claims, "sid"), answer_text(&before, "sid"));
    assert_status(client_get(&there, "/admin/users"), 200);
    assert_problem(client_get(&c, "/admin/users"), 403, "insufficient-scope");
    struct answer again = story_refresh(&there, answer_text(&a, "refresh_token"));
    claims = story_claims(w, answer_text(&again, "access_token"));
    assert_string_equal(answer_text(&claims, "tenant_id"), other->id);
    static const char *const strangers[] = { TENANT_DEFAULT_ID,
                                             "01900000-0000-7000-8000-0000000000ff", "nonsense" };
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        assert_problem(
            client_post(&c, text_printf(w->arena, "/auth/tenants/%s/switch", strangers[i]), NULL),
            404, "not-found");
}

/* A token that was given for less is for less there, too. */
static void switching_widens_no_token(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    joins(w, other->id, t->admin, "admin");
    static const char *const scopes[] = { "users:read", "nothing:at-all" };
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        struct client c = client_new(w);
        struct answer a =
            story_login(&c, t->admin_email, text_printf(w->arena, "'scope':'%s'", scopes[i]));
        c.token = answer_text(&a, "access_token");
        a = client_post(&c, text_printf(w->arena, "/auth/tenants/%s/switch", other->id), NULL);
        assert_status(a, 200);
        struct client there = story_bearer(w, answer_text(&a, "access_token"));
        assert_problem(client_get(&there, "/admin/users"), 403, "insufficient-scope");
    }
}

static void a_browser_switches_its_session(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    joins(w, other->id, t->member, "user");
    struct client b = story_browser(w, t->member_email, "session");
    const char *old = client_cookie(&b, "session");
    struct answer a =
        client_post(&b, text_printf(w->arena, "/auth/tenants/%s/switch", other->id), NULL);
    assert_status(a, 200);
    assert_string_not_equal(client_cookie(&b, "session"), old);
    a = client_get(&b, "/auth/me");
    assert_string_equal(answer_text(&a, "tenant_id"), other->id);
    struct client stale = client_new(w);
    struct sent sent = { .target = "/auth/me",
                         .headers = { { "cookie", text_printf(w->arena, "session=%s", old) } } };
    assert_status(client_send(&stale, &sent), 401);
}

/* TN-10: the policy of the tenant is looked at, by whichever way one comes. */
static void a_tenant_may_ask_for_a_second_factor(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    joins(w, other->id, t->member, "user");
    struct client o = admin_client_of(w, other->admin_email);
    struct client c = admin_client_of(w, t->member_email);
    struct client b = story_browser(w, t->member_email, "session");
    const char *to = text_printf(w->arena, "/auth/tenants/%s/switch", other->id);
    assert_status(admin_change(&o, HTTP_PUT, text_printf(w->arena, "/admin/tenants/%s", other->id),
                               "{\"slug\":\"other\",\"name\":\"Other\",\"require_mfa\":true}"),
                  200);
    struct answer a = client_post(&c, to, NULL);
    assert_problem(a, 401, "step-up-required");
    assert_non_null(strstr(answer_header(&a, "www-authenticate"), "acr_values"));
    struct sent sent = { .target = "/auth/me", .headers = { { "x-tenant-id", other->id } } };
    assert_problem(client_send(&b, &sent), 401, "step-up-required");
    struct client again = client_new(w);
    assert_problem(
        story_login(&again, t->member_email, text_printf(w->arena, "'tenant_id':'%s'", other->id)),
        403, "forbidden");
    /* At home, too; there one enrols. */
    a = story_login(&again, other->member_email, "");
    assert_status(a, 200);
    again.token = answer_text(&a, "access_token");
    a = client_get(&again, "/auth/me");
    assert_null(answer_text(&a, "tenant_id"));
    const char *secret = story_enrol(&again, NULL);
    world_pass(w, 30);
    a = story_login(&again, other->member_email,
                    text_printf(w->arena, "'mfa_code':'%s'", story_code(w, secret)));
    assert_status(a, 200);
    struct answer claims = story_claims(w, answer_text(&a, "access_token"));
    assert_string_equal(answer_text(&claims, "tenant_id"), other->id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(switching_gives_tokens_of_the_other_tenant),
        STORY(switching_widens_no_token),
        STORY(a_browser_switches_its_session),
        STORY(a_tenant_may_ask_for_a_second_factor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
