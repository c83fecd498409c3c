/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A password that an administrator has set: it opens the door to the place where one takes another,
 * and to nothing else.
 */
#include "story.h"

#include "identity/login.h"
#include "identity/people.h"
#include "web/guard.h"

#define GIVEN  "Given-by-admin-7"
#define CHOSEN "Chosen-by-myself-7"

static const char *give_password(struct world *w, const char *email)
{
    const char *id = story_person(w, email);
    struct ctx *c = world_ctx(w);
    story_does(w, people_set_password(c, id, GIVEN, true, NULL));
    return id;
}

static struct answer log_in(struct client *client, const char *password, const char *more)
{
    return story_post(client, "/auth/login", "{'email':'" ADA "','password':'%s'%s}", password,
                      more);
}

static struct answer change(struct client *client)
{
    return story_post(client, "/auth/me/password",
                      "{'current_password':'" GIVEN "','new_password':'" CHOSEN "'}");
}

static struct answer call(struct client *client, const struct route *row)
{
    struct sent sent = { .method = story_method(row->method),
                         .target = story_path(client->w, row) };
    return client_send(client, &sent);
}

/* Every route that asks who calls: only those of the table that serve the change let them in. */
static void it_is_good_for_the_change_and_nothing_else(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    size_t n = 0;
    const struct route *rows = story_api(w, &n);
    (void)give_password(w, ADA);
    struct answer a = log_in(&c, GIVEN, "");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "must_change_password"), "true");
    c.token = answer_text(&a, "access_token");
    for (size_t i = 0; i < n; i++) {
        bool serves = text_equal(rows[i].path, "/auth/me/password") ||
                      text_equal(rows[i].path, "/auth/logout") ||
                      (text_equal(rows[i].path, "/auth/me") && text_equal(rows[i].method, "GET"));
        bool is_for_users = (rows[i].guard->accepts & ACCEPTS_BEARER) != 0;
        if (!is_for_users || serves || text_starts(rows[i].path, "/auth/verify"))
            continue;
        struct answer refused = call(&c, &rows[i]);
        assert_status(refused, 403);
        if (rows[i].errors == PROBLEM)
            assert_problem(refused, 403, "password-change-required");
    }
    a = client_get(&c, "/auth/verify");
    assert_status(a, 403);
    assert_null(answer_header(&a, "x-auth-user"));
    a = client_get(&c, "/auth/me");
    assert_status(a, 200);
    assert_false(answer_holds(&a, "user"));
    assert_status(client_post(&c, "/auth/logout", NULL), 204);
}

static void its_token_carries_no_rights_before_and_all_after(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)give_password(w, ADA);
    struct answer a = log_in(&c, GIVEN, "");
    c.token = answer_text(&a, "access_token");
    struct answer claims = story_claims(w, c.token);
    assert_string_equal(answer_text(&claims, "acr"), LOGIN_ACR_CHANGE);
    assert_null(answer_text(&claims, "scope"));
    assert_non_null(strstr(claims.body, "\"permissions\":[]"));
    assert_non_null(strstr(claims.body, "\"roles\":[]"));
    struct answer again = story_refresh(&c, answer_text(&a, "refresh_token"));
    assert_status(again, 200);
    claims = story_claims(w, answer_text(&again, "access_token"));
    assert_non_null(strstr(claims.body, "\"permissions\":[]"));
    assert_string_equal(answer_text(&again, "scope"), "");
    assert_status(change(&c), 204);
    again = story_refresh(&c, answer_text(&again, "refresh_token"));
    assert_status(again, 200);
    c.token = answer_text(&again, "access_token");
    claims = story_claims(w, c.token);
    assert_string_equal(answer_text(&claims, "acr"), LOGIN_ACR_PASSWORD);
    assert_true(answer_holds(&claims, "users:read"));
    assert_status(client_get(&c, "/auth/me/sessions"), 200);
    a = log_in(&c, CHOSEN, "");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "must_change_password"), "false");
    assert_problem(log_in(&c, GIVEN, ""), 401, "invalid-credentials");
}

/* SS-01: the session goes on with all its rights, under a new secret. */
static void a_session_goes_on_with_all_its_rights(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    (void)give_password(w, ADA);
    struct answer a = log_in(&b, GIVEN, ",'mode':'session'");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "must_change_password"), "true");
    b.csrf = answer_text(&a, "csrf_token");
    assert_problem(client_get(&b, "/auth/me/sessions"), 403, "password-change-required");
    struct client old = b;
    assert_status(change(&b), 204);
    assert_problem(client_get(&old, "/auth/me"), 401, "invalid-session");
    assert_status(client_get(&b, "/auth/me/sessions"), 200);
    a = client_get(&b, "/auth/me");
    assert_true(answer_holds(&a, "users:read"));
    assert_status(client_get(&b, "/auth/verify?permission=users:read"), 200);
}

/* Decision 5: the field that chooses a tenant gives no rights either. */
static void no_tenant_gives_it_rights(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)give_password(w, ADA);
    struct answer a = log_in(&c, GIVEN, ",'tenant_id':'none'");
    c.token = answer_text(&a, "access_token");
    struct sent sent = { .target = "/auth/me",
                         .headers = { { "x-tenant-id", "00000000-0000-7000-8000-000000000001" } } };
    a = client_send(&c, &sent);
    assert_status(a, 200);
    assert_false(answer_holds(&a, "users:read"));
}

/* The second factor of the sign-in counts after the change, and its age is that of the sign-in. */
static void the_factors_of_the_sign_in_count_after_the_change(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *id = story_person(w, ADA);
    (void)story_sign_in(&c, ADA);
    const char *secret = story_enrol(&c, NULL);
    struct ctx *ctx = world_ctx(w);
    story_does(w, people_set_password(ctx, id, GIVEN, true, NULL));
    c.token = NULL;
    assert_problem(log_in(&c, GIVEN, ""), 401, "mfa-required");
    struct answer a = log_in(&c, GIVEN, story_json(w, ",'mfa_code':'%s'", story_code(w, secret)));
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "must_change_password"), "true");
    c.token = answer_text(&a, "access_token");
    struct answer claims = story_claims(w, c.token);
    assert_string_equal(answer_text(&claims, "acr"), LOGIN_ACR_CHANGE);
    const char *since = answer_text(&claims, "auth_time");
    world_pass(w, 10 * MINUTES);
    assert_status(change(&c), 204);
    a = story_refresh(&c, answer_text(&a, "refresh_token"));
    claims = story_claims(w, answer_text(&a, "access_token"));
    assert_string_equal(answer_text(&claims, "acr"), LOGIN_ACR_MFA);
    assert_string_equal(answer_text(&claims, "auth_time"), since);
}

/* Whoever resets it by a link has taken one of their own. */
static void a_reset_by_link_is_a_change(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)give_password(w, ADA);
    world_pass(w, 1); /* mails of one second are sent in any order */
    assert_status(story_post(&c, "/auth/forgot-password", "{'email':'" ADA "'}"), 202);
    assert_status(story_post(&c, "/auth/reset-password", "{'token':'%s','password':'" CHOSEN "'}",
                             world_link_token(w, ADA)),
                  204);
    struct answer a = log_in(&c, CHOSEN, "");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "must_change_password"), "false");
}

/* PR-02: setting a password ends what its owner had before. */
static void setting_it_ends_what_there_was(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *id = story_person(w, ADA);
    const char *refresh = story_sign_in(&c, ADA);
    struct client browser = story_browser(w, ADA, "session");
    story_does(w, people_set_password(world_ctx(w), id, GIVEN, true, NULL));
    assert_problem(client_get(&browser, "/auth/me"), 401, "invalid-session");
    assert_problem(story_refresh(&c, refresh), 400, "invalid-grant");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(it_is_good_for_the_change_and_nothing_else),
        STORY(its_token_carries_no_rights_before_and_all_after),
        STORY(a_session_goes_on_with_all_its_rights),
        STORY(no_tenant_gives_it_rights),
        STORY(the_factors_of_the_sign_in_count_after_the_change),
        STORY(a_reset_by_link_is_a_change),
        STORY(setting_it_ends_what_there_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
