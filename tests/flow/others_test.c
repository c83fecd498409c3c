/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is somebody else's: nobody is named by a request that proves nothing about them, and
 * nobody's sign-in is ended or used by what another one holds.
 */
#include "story.h"

#include "app/routes.h"
#include "identity/people.h"
#include "web/guard.h"

static void refuse_row(const struct route *row, const char *what, struct answer a)
{
    fail_msg("%s %s %s answers %d: %s", row->method, row->path, what, a.status, a.body);
}

/* The request of the row with a body that says whom it is about. */
static struct sent about(struct world *w, const struct route *row, const char *user_id)
{
    return (struct sent){ .method = story_method(row->method),
                          .target = story_path(w, row),
                          .json = story_json(w, "{'user_id':'%s'}", user_id) };
}

static bool takes_json(const struct route *row)
{
    return route_has_body(row) && row->in != NULL && (row->flags & FORM) == 0;
}

/* Eve is who she was: her password, no second factor, her session. */
static void assert_untouched(struct client *eve)
{
    struct answer me = client_get(eve, "/auth/me");
    assert_status(me, 200);
    assert_string_equal(answer_text(&me, "mfa_enabled"), "false");
    struct client again = client_new(eve->w);
    assert_status(story_login(&again, EVE, ""), 200);
}

/*
 * AT-15: a body that names whose credential it is about makes none: without a session it is refused
 * for that, with one for the field, whoever it names.
 */
static void nobody_is_named_in_a_body(void **state)
{
    struct world *w = *state;
    struct client nobody = client_new(w);
    struct client ada = client_new(w);
    struct client eve = client_new(w);
    size_t n = 0;
    size_t tried = 0;
    const struct route *rows = routes(&n);
    const char *ids[] = { story_person(w, ADA), story_person(w, EVE) };
    (void)story_sign_in(&ada, ADA);
    (void)story_sign_in(&eve, EVE);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 2 && takes_json(&rows[i]); k++, tried++) {
            struct sent sent = about(w, &rows[i], ids[k]);
            struct answer unknown = client_send(&nobody, &sent);
            struct answer known = client_send(&ada, &sent);
            if (rows[i].guard != &guard_open && unknown.status != 401)
                refuse_row(&rows[i], "by nobody", unknown);
            /* For administrators, and for programs, which have tokens of their own to register by.
             */
            bool for_others =
                (rows[i].permission != NULL && known.status == 403) ||
                (text_starts(rows[i].path, "/oauth2/register") && known.status == 401);
            if (!for_others && (known.status != 400 || !answer_holds(&known, "user_id")))
                refuse_row(&rows[i], "about somebody", known);
        }
    }
    assert_true(tried > 20);
    assert_untouched(&eve);
    struct answer begun = client_post(&ada, "/auth/me/mfa/totp", "{}");
    assert_status(begun, 201);
}

/* ---- administrators ---- */

static struct client admin(struct world *w)
{
    struct client c = client_new(w);
    const char *id = story_person(w, BOB);
    story_does(w, people_give_role(world_ctx(w), id, "admin", NULL));
    (void)story_sign_in(&c, BOB);
    return c;
}

/*
 * PR-12: what an administrator can do about the password of another one is what anybody can: have a
 * link sent to its owner.
 */
static void an_administrator_only_has_a_link_sent(void **state)
{
    struct world *w = *state;
    struct client bob = admin(w);
    struct client eve = client_new(w);
    const char *id = story_person(w, EVE);
    story_does(w, people_give_role(world_ctx(w), id, "admin", NULL));
    (void)story_sign_in(&eve, EVE);
    size_t mails = world_mails(w);
    static const char *const tried[][2] = {
        { "/auth/me/password",
          "'current_password':'" STORY_PASSWORD "','new_password':'Mine-now-7'" },
        { "/auth/reset-password", "'token':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',"
                                  "'password':'Mine-now-7'" },
        { "/auth/change-email", "'email':'bob2@example.com','password':'" STORY_PASSWORD "'" },
    };
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        assert_problem(story_post(&bob, tried[i][0], "{%s,'user_id':'%s'}", tried[i][1], id), 400,
                       "invalid-field");
        assert_problem(story_post(&bob, tried[i][0], "{%s,'user':'" EVE "'}", tried[i][1]), 400,
                       "invalid-field");
    }
    assert_int_equal(world_mails(w), mails);
    struct answer asked = story_post(&bob, "/auth/forgot-password", "{'email':'" EVE "'}");
    assert_status(asked, 202);
    assert_string_equal(asked.body, "");
    assert_int_equal(world_mails(w), mails + 1);
    assert_string_equal(w->mails[mails].to, EVE);
    assert_untouched(&eve);
    assert_status(story_post(&eve, "/auth/reset-password",
                             "{'token':'%s','password':'Another-horse-8'}",
                             world_link_token(w, EVE)),
                  204);
}

/* ---- revoking ---- */

/* RT-14: with one's own sign-in nobody ends another's, by whichever of its tokens or handles they
 * name; the answer does not tell whether there is such a one. */
static void nobody_ends_the_sign_in_of_another(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    struct client ada = client_new(w);
    struct client eve = client_new(w);
    const char *refresh = story_sign_in(&ada, ADA);
    struct answer claims = story_claims(w, ada.token);
    (void)story_sign_in(&eve, EVE);
    static const char *const unknown = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const char *const names[] = { refresh,
                                  ada.token,
                                  answer_text(&claims, "sid"),
                                  answer_text(&claims, "jti"),
                                  answer_text(&claims, "grant_id"),
                                  unknown };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct answer ended =
            client_delete(&eve, text_printf(w->arena, "/auth/me/sessions/%.200s", names[i]));
        assert_problem(ended, 404, "not-found");
        assert_problem(story_post(&eve, "/auth/logout", "{'refresh_token':'%s'}", names[i]), 400,
                       "invalid-field");
        assert_problem(story_post(&eve, "/auth/logout",
                                  "{'token':'%s','token_type_hint':'refresh_token'}", names[i]),
                       400, "invalid-field");
    }
    /* A token of the wrong kind at the door of the other one neither works nor ends anything. */
    assert_problem(story_refresh(&eve, ada.token), 400, "invalid-field");
    assert_problem(story_refresh(&eve, unknown), 400, "invalid-grant");
    assert_status(client_post(&eve, "/auth/logout?all=true", NULL), 204);
    assert_problem(client_get(&eve, "/auth/me"), 401, "invalid-token");
    assert_status(client_get(&ada, "/auth/me"), 200);
    assert_status(story_refresh(&ada, refresh), 200);
}

/* RT-14: the refresh cookie of one beside the token of another is not what is signed out. */
static void a_cookie_beside_a_token_is_not_signed_out(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    struct client ada = story_browser(w, ADA, "spa");
    struct client eve = client_new(w);
    (void)story_sign_in(&eve, EVE);
    struct sent sent = { .method = HTTP_POST,
                         .target = "/auth/logout?all=true",
                         .headers = { { "cookie", text_printf(w->arena, "refresh=%s",
                                                              client_cookie(&ada, "refresh")) } } };
    assert_status(client_send(&eve, &sent), 204);
    assert_status(client_post(&ada, "/auth/refresh", "{}"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(nobody_is_named_in_a_body),
        STORY(an_administrator_only_has_a_link_sent),
        STORY(nobody_ends_the_sign_in_of_another),
        STORY(a_cookie_beside_a_token_is_not_signed_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
