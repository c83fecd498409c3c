/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who signs in or proves who they are once more: what was before neither lives on nor grows old
 * with them.
 */
#include "story.h"

#include "identity/last_admin.h"
#include "identity/people.h"
#include "store/tenants.h"

static struct answer confirm(struct client *client)
{
    return story_post(client, "/auth/me/confirm", "{'password':'" STORY_PASSWORD "'}");
}

/* AZ-07: the token of a confirmation says what holds now, however old the one that asked is. */
static void a_role_that_was_taken_does_not_come_back_by_a_confirmation(void **state)
{
    struct world *w = *state;
    const char *id = story_person(w, ADA);
    struct client c = client_new(w);
    story_does(w, people_give_role(world_ctx(w), id, ROLE_ADMIN, NULL));
    struct answer a = story_login(&c, ADA, "");
    assert_status(a, 200);
    c.token = answer_text(&a, "access_token");
    struct answer claims = story_claims(w, c.token);
    assert_true(answer_holds(&claims, "admin:*"));
    story_does(w, people_take_role(world_ctx(w), id, ROLE_ADMIN, NULL));
    a = confirm(&c);
    assert_status(a, 200);
    claims = story_claims(w, answer_text(&a, "access_token"));
    assert_false(answer_holds(&claims, "admin"));
    assert_false(answer_holds(&claims, "admin:*"));
    assert_true(answer_holds(&claims, "user"));
}

/* Decision 5: a token without tenant stays one; the field chooses for one request. */
static void a_token_without_tenant_stays_one_when_it_is_confirmed(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client c = client_new(w);
    struct answer a = story_login(&c, ADA, "'tenant_id':'none'");
    assert_status(a, 200);
    c.token = answer_text(&a, "access_token");
    const struct sent sent = { .method = HTTP_POST,
                               .target = "/auth/me/confirm",
                               .json = story_json(w, "{'password':'" STORY_PASSWORD "'}"),
                               .headers = { { "x-tenant-id", TENANT_DEFAULT_ID } } };
    a = client_send(&c, &sent);
    assert_status(a, 200);
    struct answer claims = story_claims(w, answer_text(&a, "access_token"));
    assert_null(answer_text(&claims, "tenant_id"));
    assert_false(answer_holds(&claims, "user"));
}

/* AZ-12 class: a sign-in for certain scopes is not one for all of them in whatever tenant. */
static void a_scope_without_a_tenant_is_refused(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client c = client_new(w);
    assert_status(story_login(&c, ADA, "'tenant_id':'none','scope':'users:read'"), 400);
    assert_status(story_login(&c, ADA, "'tenant_id':'none'"), 200);
    assert_status(story_login(&c, ADA, "'scope':'users:read'"), 200);
}

/* AZ-12: a proxy that names no permission has not said that everybody may. */
static void an_empty_requirement_lets_nobody_in(void **state)
{
    static const char *const empty[] = { "permission=", "scope=", "acr=", "max_age=",
                                         "permission" };
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client browser = story_browser(w, ADA, "session");
    assert_status(client_get(&browser, "/auth/verify"), 200);
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        const char *target = text_printf(w->arena, "/auth/verify?%s", empty[i]);
        assert_status(client_get(&browser, target), 400);
    }
}

/* Decision 22: Envoy appends path and query of the request that it asks about. */
static void the_query_of_somebody_elses_request_asks_for_nothing(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client browser = story_browser(w, ADA, "session");
    assert_status(client_get(&browser, "/auth/verify/shop?page=2&scope=wide&max_age=old"), 200);
    assert_status(client_get(&browser, "/auth/verify?page=2"), 400);
}

/* AZ-16: everything that is known of one goes to who has shown lately who they are. */
static void an_export_wants_a_recent_sign_in(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client browser = story_browser(w, ADA, "session");
    assert_status(client_get(&browser, "/auth/me/export"), 200);
    world_pass(w, 6 * MINUTES);
    assert_status(client_get(&browser, "/auth/me/export"), 401);
}

/* SS-01, SS-10: the family of whoever used this browser before ends, whoever signs in next. */
static void a_sign_in_ends_the_family_that_the_browser_held(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    struct client browser = story_browser(w, ADA, "spa");
    const char *held = client_cookie(&browser, "refresh");
    assert_non_null(held);
    struct answer a = story_login(&browser, EVE, "'mode':'session'");
    assert_status(a, 200);
    assert_null(client_cookie(&browser, "refresh"));
    struct client other = client_new(w);
    assert_status(story_refresh(&other, held), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_role_that_was_taken_does_not_come_back_by_a_confirmation),
        STORY(a_token_without_tenant_stays_one_when_it_is_confirmed),
        STORY(a_scope_without_a_tenant_is_refused),
        STORY(an_empty_requirement_lets_nobody_in),
        STORY(the_query_of_somebody_elses_request_asks_for_nothing),
        STORY(an_export_wants_a_recent_sign_in),
        STORY(a_sign_in_ends_the_family_that_the_browser_held),
    };
    return cmocka_run_group_tests_name("flow/another_sign_in", tests, NULL, NULL);
}
