/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One account from its registration to its end, and how long what it is given lasts.
 */
#include "story.h"

#include "identity/people.h"
#include "store/clients.h"
#include "store/consents.h"

#define OTHER "Another-horse-8-battery"

static struct answer registers(struct client *c, const char *email, const char *password)
{
    return story_post(c, "/auth/register",
                      "{'email':'%s','password':'%s','full_name':'Ada Lovelace'}", email, password);
}

static struct answer verify(struct client *c, const char *token)
{
    return story_post(c, "/auth/verify-email", "{'token':'%s'}", token);
}

/* ---- registering ---- */

/* AT-20, decision 15: the address opens the account, not the form. */
static void nobody_signs_in_before_the_address_is_verified(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    assert_status(registers(&c, ADA, STORY_PASSWORD), 201);
    assert_problem(story_login(&c, ADA, ""), 401, "invalid-credentials");
    const char *link = world_link_token(w, ADA);
    assert_status(verify(&c, link), 204);
    assert_problem(verify(&c, link), 400, "invalid-token-link");
    assert_status(story_login(&c, ADA, ""), 200);
}

/* EN-10: who asks is not told whether the address is taken; its owner is. */
static void a_taken_address_gets_the_same_answer(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    struct answer taken = registers(&c, ADA, OTHER);
    struct answer fresh = registers(&c, EVE, OTHER);
    assert_status(taken, 201);
    assert_status(fresh, 201);
    assert_string_equal(answer_text(&taken, "email_verified"), "false");
    assert_int_equal(strlen(taken.body), strlen(fresh.body) + strlen(ADA) - strlen(EVE));
    assert_null(strstr(world_mail(w, ADA)->text, "token="));
    assert_problem(story_post(&c, "/auth/login", "{'email':'" ADA "','password':'" OTHER "'}"), 401,
                   "invalid-credentials");
    assert_status(story_login(&c, ADA, ""), 200);
}

/* AT-04: whoever verifies chooses the password that works. */
static void verifying_activates_only_that_password(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    assert_status(registers(&c, ADA, OTHER), 201);
    world_pass(w, 1); /* mails of one second are sent in any order */
    assert_status(registers(&c, ADA, STORY_PASSWORD), 201);
    assert_status(verify(&c, world_link_token(w, ADA)), 204);
    assert_problem(story_post(&c, "/auth/login", "{'email':'" ADA "','password':'" OTHER "'}"), 401,
                   "invalid-credentials");
    assert_status(story_login(&c, ADA, ""), 200);
}

static void a_verification_link_ends_after_a_day(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    assert_status(registers(&c, ADA, STORY_PASSWORD), 201);
    const char *link = world_link_token(w, ADA);
    world_pass(w, 24 * HOURS + 1);
    assert_problem(verify(&c, link), 400, "invalid-token-link");
    /* The registration ended with its link, and its password: another link is to choose one. */
    assert_status(story_post(&c, "/auth/verify-email/resend", "{'email':'" ADA "'}"), 202);
    assert_non_null(strstr(world_mail(w, ADA)->text, "/reset-password?token="));
    world_pass(w, 1);
    /* Or one registers anew. */
    assert_status(registers(&c, ADA, STORY_PASSWORD), 201);
    assert_status(verify(&c, world_link_token(w, ADA)), 204);
    assert_status(story_login(&c, ADA, ""), 200);
}

static void the_link_is_sent_again_to_who_asks(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    assert_status(registers(&c, ADA, STORY_PASSWORD), 201);
    const char *first = world_link_token(w, ADA);
    assert_status(story_post(&c, "/auth/verify-email/resend", "{'email':'" ADA "'}"), 202);
    const char *second = world_link_token(w, ADA);
    assert_string_not_equal(first, second);
    size_t mails = world_mails(w);
    assert_status(story_post(&c, "/auth/verify-email/resend", "{'email':'nobody@example.com'}"),
                  202);
    assert_int_equal(world_mails(w), mails);
    assert_status(verify(&c, second), 204);
}

/* ---- passwords ---- */

/* PR-05, PR-07, RT-11: a reset ends everything, works once, and signs nobody in. */
static void a_reset_ends_what_there_was(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    const char *refresh = story_sign_in(&c, ADA);
    struct client browser = story_browser(w, ADA, "session");
    struct client stranger = client_new(w);
    world_pass(w, 1); /* as above */
    assert_status(story_post(&stranger, "/auth/forgot-password", "{'email':'" ADA "'}"), 202);
    const char *link = world_link_token(w, ADA);
    struct answer done = story_post(&stranger, "/auth/reset-password",
                                    "{'token':'%s','password':'" OTHER "'}", link);
    assert_status(done, 204);
    assert_null(strstr(done.body, "token"));
    assert_problem(client_get(&c, "/auth/me"), 401, "invalid-token");
    assert_problem(story_refresh(&c, refresh), 400, "invalid-grant");
    assert_problem(client_get(&browser, "/auth/me"), 401, "invalid-session");
    assert_problem(story_post(&stranger, "/auth/reset-password",
                              "{'token':'%s','password':'" STORY_PASSWORD "'}", link),
                   400, "invalid-token-link");
    assert_problem(story_login(&stranger, ADA, ""), 401, "invalid-credentials");
    assert_null(strstr(world_mail(w, ADA)->text, "token="));
}

/* PR-06, EN-10: nobody learns who has an account. */
static void forgetting_tells_nothing(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    size_t mails = world_mails(w);
    struct answer known = story_post(&c, "/auth/forgot-password", "{'email':'" ADA "'}");
    struct answer unknown = story_post(&c, "/auth/forgot-password", "{'email':'" EVE "'}");
    assert_status(known, 202);
    assert_status(unknown, 202);
    assert_string_equal(known.body, unknown.body);
    assert_int_equal(world_mails(w), mails + 1);
}

static void a_reset_link_ends_after_half_an_hour(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    assert_status(story_post(&c, "/auth/forgot-password", "{'email':'" ADA "'}"), 202);
    const char *link = world_link_token(w, ADA);
    world_pass(w, 30 * MINUTES + 1);
    assert_problem(
        story_post(&c, "/auth/reset-password", "{'token':'%s','password':'" OTHER "'}", link), 400,
        "invalid-token-link");
    assert_status(story_login(&c, ADA, ""), 200);
}

/* A weak password costs the link nothing. */
static void a_weak_password_is_refused_by_name_of_its_field(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    assert_problem(registers(&c, EVE, "Password1"), 400, "weak-password");
    assert_status(story_post(&c, "/auth/forgot-password", "{'email':'" ADA "'}"), 202);
    const char *link = world_link_token(w, ADA);
    struct answer weak =
        story_post(&c, "/auth/reset-password", "{'token':'%s','password':'short'}", link);
    assert_problem(weak, 400, "weak-password");
    assert_non_null(strstr(weak.body, "\"password\""));
    assert_status(
        story_post(&c, "/auth/reset-password", "{'token':'%s','password':'" OTHER "'}", link), 204);
}

/* RT-11: a change ends the other sessions; the one that asks goes on. */
static void a_change_ends_the_other_sessions(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct client other = client_new(w);
    (void)story_person(w, ADA);
    const char *refresh = story_sign_in(&c, ADA);
    const char *others = story_sign_in(&other, ADA);
    assert_problem(story_post(&c, "/auth/me/password",
                              "{'current_password':'wrong','new_password':'" OTHER "'}"),
                   401, "invalid-credentials");
    assert_problem(story_post(&c, "/auth/me/password",
                              "{'current_password':'" STORY_PASSWORD
                              "','new_password':'" STORY_PASSWORD "'}"),
                   400, "weak-password");
    assert_status(story_post(&c, "/auth/me/password",
                             "{'current_password':'" STORY_PASSWORD "','new_password':'" OTHER
                             "'}"),
                  204);
    assert_status(client_get(&c, "/auth/me"), 200);
    assert_status(story_refresh(&c, refresh), 200);
    assert_problem(client_get(&other, "/auth/me"), 401, "invalid-token");
    assert_problem(story_refresh(&other, others), 400, "invalid-grant");
    assert_problem(story_login(&other, ADA, ""), 401, "invalid-credentials");
}

/* ---- one's own data ---- */

/* AU-10: the new address proves itself, and the old one is told. */
static void an_address_changes_by_the_link_that_was_sent_to_it(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    (void)story_sign_in(&c, ADA);
    struct answer a =
        story_post(&c, "/auth/change-email", "{'email':'" BOB "','password':'" STORY_PASSWORD "'}");
    assert_status(a, 202);
    a = client_get(&c, "/auth/me");
    assert_string_equal(answer_text(&a, "email"), ADA);
    assert_status(verify(&c, world_link_token(w, BOB)), 204);
    assert_non_null(strstr(world_mail(w, ADA)->text, "address"));
    struct client again = client_new(w);
    assert_problem(story_login(&again, ADA, ""), 401, "invalid-credentials");
    assert_status(story_login(&again, BOB, ""), 200);
}

/* What is not in the shape cannot be set (OWASP API3). */
static void a_name_changes_and_nothing_else(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    (void)story_sign_in(&c, ADA);
    struct answer a = client_put(&c, "/auth/me", "{\"full_name\":\"Ada King\"}");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "full_name"), "Ada King");
    static const char *const more[] = { "\"roles\":[\"admin\"]", "\"email_verified\":true",
                                        "\"id\":\"x\"", "\"email\":\"x@example.com\"" };
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        assert_problem(client_put(&c, "/auth/me",
                                  text_printf(w->arena, "{\"full_name\":\"Ada\",%s}", more[i])),
                       400, "invalid-field");
    a = client_get(&c, "/auth/me");
    assert_string_equal(answer_text(&a, "full_name"), "Ada King");
    assert_false(answer_holds(&a, "admin"));
}

static void an_account_is_exported_and_erased_by_its_owner(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *id = story_person(w, ADA);
    const char *refresh = story_sign_in(&c, ADA);
    const char *scopes[] = { "orders:read" };
    story_does(w, consent_set(world_ctx(w), id, CLIENT_FIRST_PARTY, (struct texts){ scopes, 1 }));
    struct answer a = client_get(&c, "/auth/me/export");
    assert_status(a, 200);
    assert_true(answer_holds(&a, ADA));
    assert_true(answer_holds(&a, "orders:read"));
    assert_true(answer_holds(&a, "login.succeeded"));
    assert_null(strstr(a.body, "argon2"));
    struct sent sent = { .method = HTTP_DELETE,
                         .target = "/auth/me",
                         .json = "{\"password\":\"wrong\"}" };
    assert_problem(client_send(&c, &sent), 401, "invalid-credentials");
    sent.json = "{\"password\":\"" STORY_PASSWORD "\"}";
    assert_status(client_send(&c, &sent), 204);
    assert_problem(client_get(&c, "/auth/me"), 401, "invalid-token");
    assert_problem(story_refresh(&c, refresh), 400, "invalid-grant");
    assert_problem(story_login(&c, ADA, ""), 401, "invalid-credentials");
    /* The address is free again. */
    c.token = NULL;
    (void)world_mails(w);
    (void)story_person(w, ADA);
    (void)story_sign_in(&c, ADA);
    a = client_get(&c, "/auth/me/export");
    assert_false(answer_holds(&a, "user.deleted"));
}

/* ---- an administrator steps in ---- */

/* RT-11, SS-09: disabling ends everything at once; enabling brings nothing back. */
static void a_disabled_account_is_shut_at_every_door(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *id = story_person(w, ADA);
    const char *refresh = story_sign_in(&c, ADA);
    struct client browser = story_browser(w, ADA, "session");
    story_does(w, people_set_status(world_ctx(w), id, USER_DISABLED, NULL));
    assert_problem(story_login(&c, ADA, ""), 401, "invalid-credentials");
    assert_problem(story_refresh(&c, refresh), 400, "invalid-grant");
    assert_problem(client_get(&browser, "/auth/me"), 401, "invalid-session");
    story_does(w, people_set_status(world_ctx(w), id, USER_ACTIVE, NULL));
    assert_problem(story_refresh(&c, refresh), 400, "invalid-grant");
    assert_problem(client_get(&browser, "/auth/me"), 401, "invalid-session");
    assert_status(story_login(&c, ADA, ""), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(nobody_signs_in_before_the_address_is_verified),
        STORY(a_taken_address_gets_the_same_answer),
        STORY(verifying_activates_only_that_password),
        STORY(a_verification_link_ends_after_a_day),
        STORY(the_link_is_sent_again_to_who_asks),
        STORY(a_reset_ends_what_there_was),
        STORY(forgetting_tells_nothing),
        STORY(a_reset_link_ends_after_half_an_hour),
        STORY(a_weak_password_is_refused_by_name_of_its_field),
        STORY(a_change_ends_the_other_sessions),
        STORY(an_address_changes_by_the_link_that_was_sent_to_it),
        STORY(a_name_changes_and_nothing_else),
        STORY(an_account_is_exported_and_erased_by_its_owner),
        STORY(a_disabled_account_is_shut_at_every_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
