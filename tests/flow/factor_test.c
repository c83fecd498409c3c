/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second factor: enrolled, asked for, locked, replaced by a recovery code, given up.
 */
#include "story.h"

#include "crypto/totp.h"
#include "identity/login.h"
#include "identity/mfa.h"

/* Ada with a factor: her id; a client that enrolled it; its secret. */
struct ada {
    const char *id;
    struct client c;
    const char *secret;
    struct answer codes;
};

static struct ada ada(struct world *w)
{
    struct ada a = { .id = story_person(w, ADA), .c = client_new(w) };
    (void)story_sign_in(&a.c, ADA);
    a.secret = story_enrol(&a.c, &a.codes);
    return a;
}

static struct answer with_code(struct client *c, const char *code)
{
    return story_login(c, ADA, story_json(c->w, "'mfa_code':'%s'", code));
}

static struct answer second(struct client *c, const char *mfa_token, const char *code)
{
    return story_post(c, "/auth/login", "{'mfa_token':'%s','mfa_code':'%s'}", mfa_token, code);
}

static const char *handle(struct client *c, const char *more)
{
    struct answer a = story_login(c, ADA, more);
    assert_problem(a, 401, "mfa-required");
    assert_true(answer_holds(&a, "totp"));
    assert_true(answer_holds(&a, "recovery_code"));
    assert_null(strstr(a.body, "access_token"));
    return answer_text(&a, "mfa_token");
}

/* The first of the codes that an enrolment gave. */
static const char *recovery_code(const struct ada *a)
{
    const char *at = strstr(a->codes.body, "[\"");
    assert_non_null(at);
    return text_copy(a->c.w->arena, at + 2, strcspn(at + 2, "\""));
}

static const char *wrong_code(struct world *w, const struct ada *a)
{
    const char *right = story_code(w, a->secret);
    return right[0] == '1' ? "271828" : "141421";
}

/* ---- signing in ---- */

static void it_is_asked_for_after_the_password(void **state)
{
    struct world *w = *state;
    struct ada a = ada(w);
    struct client c = client_new(w);
    struct answer done = second(&c, handle(&c, ""), story_code(w, a.secret));
    assert_status(done, 200);
    struct answer claims = story_claims(w, answer_text(&done, "access_token"));
    assert_string_equal(answer_text(&claims, "acr"), LOGIN_ACR_MFA);
    assert_non_null(strstr(claims.body, "[\"pwd\",\"otp\",\"mfa\"]"));
    world_pass(w, TOTP_PERIOD);
    assert_status(with_code(&c, story_code(w, a.secret)), 200);
}

/* MF-03: what was asked for in the first step holds in the second; both doors ask. */
static void every_door_asks_for_it(void **state)
{
    struct world *w = *state;
    struct ada a = ada(w);
    struct client b = browser_new(w);
    const char *token = handle(&b, "'mode':'session','scope':'users:read'");
    assert_null(client_cookie(&b, "session"));
    struct answer done = second(&b, token, story_code(w, a.secret));
    assert_status(done, 200);
    assert_non_null(client_cookie(&b, "session"));
    assert_null(answer_text(&done, "access_token"));
    struct client c = client_new(w);
    struct sent form = { .method = HTTP_POST,
                         .target = "/auth/token",
                         .form = "username=ada%40example.com&password=" STORY_PASSWORD };
    struct answer refused = client_send(&c, &form);
    assert_status(refused, 400);
    assert_string_equal(answer_text(&refused, "error"), "invalid_grant");
    world_pass(w, TOTP_PERIOD);
    form.form = text_printf(w->arena, "%s&mfa_code=%s", form.form, story_code(w, a.secret));
    assert_status(client_send(&c, &form), 200);
}

/* MF-02: a code is used once, whichever door it is shown at. */
static void a_code_is_used_once(void **state)
{
    struct world *w = *state;
    struct ada a = ada(w);
    struct client c = client_new(w);
    const char *code = story_code(w, a.secret);
    assert_status(with_code(&c, code), 200);
    assert_problem(with_code(&c, code), 401, "invalid-credentials");
    assert_problem(second(&c, handle(&c, ""), code), 401, "invalid-credentials");
    assert_problem(story_post(&a.c, "/auth/me/confirm",
                              "{'password':'" STORY_PASSWORD "','mfa_code':'%s'}", code),
                   401, "invalid-credentials");
}

/* MF-11: the step before and the step after, by our clock. */
static void the_window_is_one_step_each_way(void **state)
{
    struct world *w = *state;
    struct ada a = ada(w);
    struct client c = client_new(w);
    static const int64_t late[] = { 2 * TOTP_PERIOD, -2 * TOTP_PERIOD, TOTP_PERIOD };
    static const int status[] = { 401, 401, 200 };
    for (size_t i = 0; i < 3; i++) {
        world_pass(w, 10 * TOTP_PERIOD);
        const char *code = story_code(w, a.secret);
        world_pass(w, late[i]);
        assert_status(with_code(&c, code), status[i]);
    }
    world_pass(w, 10 * TOTP_PERIOD);
    const char *early = story_code(w, a.secret);
    world_pass(w, -TOTP_PERIOD);
    assert_status(with_code(&c, early), 200);
}

/* MF-14: with a wrong password no code makes a difference. */
static void a_wrong_password_is_answered_the_same_with_any_code(void **state)
{
    struct world *w = *state;
    struct ada a = ada(w);
    struct client c = client_new(w);
    const char *codes[] = { story_code(w, a.secret), "000000", recovery_code(&a) };
    for (size_t i = 0; i < 3; i++)
        assert_problem(story_post(&c, "/auth/login",
                                  "{'email':'" ADA "','password':'Wrong-horse-9','mfa_code':'%s'}",
                                  codes[i]),
                       401, "invalid-credentials");
    /* None of them was used up. */
    assert_status(with_code(&c, codes[0]), 200);
    assert_status(with_code(&c, codes[2]), 200);
}

static void a_handle_is_good_for_one_sign_in_and_five_minutes(void **state)
{
    struct world *w = *state;
    struct ada a = ada(w);
    struct client c = client_new(w);
    const char *used = handle(&c, "");
    assert_status(second(&c, used, story_code(w, a.secret)), 200);
    world_pass(w, TOTP_PERIOD);
    assert_problem(second(&c, used, story_code(w, a.secret)), 401, "invalid-credentials");
    const char *old = handle(&c, "");
    world_pass(w, MFA_TOKEN_SECONDS);
    assert_problem(second(&c, old, story_code(w, a.secret)), 401, "invalid-credentials");
    const char *tried = handle(&c, "");
    for (int i = 0; i < MFA_TOKEN_TRIES; i++)
        assert_problem(second(&c, tried, wrong_code(w, &a)), 401, "invalid-credentials");
    assert_problem(second(&c, tried, story_code(w, a.secret)), 401, "invalid-credentials");
    /* It is no other kind of token. */
    c.token = handle(&c, "");
    assert_problem(client_get(&c, "/auth/me"), 401, "invalid-token");
    assert_problem(story_refresh(&c, c.token), 400, "invalid-grant");
}

/* ---- recovery codes ---- */

/* MF-08: each once, and its owner sees how many are left. */
static void a_recovery_code_stands_in_once(void **state)
{
    struct world *w = *state;
    struct ada a = ada(w);
    struct client c = client_new(w);
    const char *code = recovery_code(&a);
    struct answer done = with_code(&c, code);
    assert_status(done, 200);
    struct answer claims = story_claims(w, answer_text(&done, "access_token"));
    assert_true(answer_holds(&claims, "rc"));
    assert_problem(with_code(&c, code), 401, "invalid-credentials");
    done = client_get(&a.c, "/auth/me/recovery-codes");
    assert_string_equal(answer_text(&done, "remaining"), "9");
}

/* ---- lock ---- */

/* MF-01, MF-07, MF-16: wrong codes count whatever happens in between; the owner is told; an
 * administrator opens it. */
static void wrong_codes_lock_it_until_an_administrator_opens_it(void **state)
{
    struct world *w = *state;
    struct ada a = ada(w);
    struct client c = client_new(w);
    for (int i = 0; i < 5; i++) {
        assert_problem(with_code(&c, wrong_code(w, &a)), 401, "invalid-credentials");
        (void)handle(&c, ""); /* the right password alone resets nothing */
    }
    assert_non_null(strstr(world_mail(w, ADA)->text, "locked"));
    assert_problem(with_code(&c, story_code(w, a.secret)), 401, "invalid-credentials");
    assert_problem(with_code(&c, recovery_code(&a)), 401, "invalid-credentials");
    world_pass(w, 30 * DAYS);
    assert_problem(with_code(&c, story_code(w, a.secret)), 401, "invalid-credentials");
    story_does(w, mfa_unlock(world_ctx(w), a.id, NULL));
    assert_status(with_code(&c, story_code(w, a.secret)), 200);
}

static void a_right_code_gives_the_wrong_ones_back(void **state)
{
    struct world *w = *state;
    struct ada a = ada(w);
    struct client c = client_new(w);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 4; i++)
            assert_problem(with_code(&c, wrong_code(w, &a)), 401, "invalid-credentials");
        assert_status(with_code(&c, story_code(w, a.secret)), 200);
        world_pass(w, TOTP_PERIOD);
    }
}

/* ---- step-up ---- */

static struct answer confirm(struct client *c, const char *code)
{
    return story_post(c, "/auth/me/confirm", "{'password':'" STORY_PASSWORD "','mfa_code':'%s'}",
                      code);
}

/* MF-04, RFC 9470: whoever has not just shown the factor neither gives it up nor replaces codes. */
static void giving_it_up_asks_for_it(void **state)
{
    struct world *w = *state;
    struct ada a = ada(w);
    struct answer refused = client_delete(&a.c, "/auth/me/mfa/totp");
    assert_problem(refused, 401, "step-up-required");
    assert_non_null(strstr(answer_header(&refused, "www-authenticate"),
                           "error=\"insufficient_user_authentication\""));
    assert_non_null(strstr(answer_header(&refused, "www-authenticate"), LOGIN_ACR_MFA));
    assert_problem(client_post(&a.c, "/auth/me/recovery-codes", NULL), 401, "step-up-required");
    assert_problem(story_post(&a.c, "/auth/me/confirm", "{'password':'" STORY_PASSWORD "'}"), 401,
                   "mfa-required");
    struct answer done = confirm(&a.c, story_code(w, a.secret));
    assert_status(done, 200);
    a.c.token = answer_text(&done, "access_token");
    struct answer codes = client_post(&a.c, "/auth/me/recovery-codes", NULL);
    assert_status(codes, 200);
    const char *old = recovery_code(&a);
    a.codes = codes;
    struct client c = client_new(w);
    assert_problem(with_code(&c, old), 401, "invalid-credentials");
    assert_status(with_code(&c, recovery_code(&a)), 200);
    world_pass(w, RECENT_SECONDS + 1);
    assert_problem(client_delete(&a.c, "/auth/me/mfa/totp"), 401, "step-up-required");
    done = confirm(&a.c, story_code(w, a.secret));
    a.c.token = answer_text(&done, "access_token");
    assert_status(client_delete(&a.c, "/auth/me/mfa/totp"), 204);
    assert_status(story_login(&c, ADA, ""), 200);
}

/* MF-12: a stolen old session enrols nothing. */
static void enrolling_asks_for_a_recent_sign_in(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    world_pass(w, RECENT_SECONDS + 1);
    struct answer a = client_post(&b, "/auth/me/mfa/totp", "{}");
    assert_problem(a, 401, "step-up-required");
    assert_non_null(strstr(answer_header(&a, "www-authenticate"), "max_age=\"300\""));
    struct client old = b;
    a = story_post(&b, "/auth/me/confirm", "{'password':'" STORY_PASSWORD "'}");
    assert_status(a, 200);
    b.csrf = answer_text(&a, "csrf_token");
    /* SS-01: the session has another secret since. */
    assert_problem(client_get(&old, "/auth/me"), 401, "invalid-session");
    (void)story_enrol(&b, NULL);
}

/* Its recovery codes would be seen by nobody. */
static void what_nobody_waits_for_any_longer_switches_nothing_on(void **state)
{
    struct world *w = *state;
    _Atomic bool given_up = true;
    (void)story_person(w, ADA);
    struct client c = client_new(w);
    (void)story_sign_in(&c, ADA);
    struct answer begun = client_post(&c, "/auth/me/mfa/totp", "{}");
    const char *code = story_code(w, answer_text(&begun, "secret"));
    w->given_up = &given_up;
    assert_problem(story_post(&c, "/auth/me/mfa/totp/confirm", "{'code':'%s'}", code), 503,
                   "unavailable");
    w->given_up = NULL;
    struct answer me = client_get(&c, "/auth/me");
    assert_string_equal(answer_text(&me, "mfa_enabled"), "false");
    assert_status(story_post(&c, "/auth/me/mfa/totp/confirm", "{'code':'%s'}", code), 200);
}

/* MF-10: the secret is shown once; a second enrolment needs the first to be given up. */
static void the_secret_is_shown_once(void **state)
{
    struct world *w = *state;
    struct ada a = ada(w);
    assert_problem(client_post(&a.c, "/auth/me/mfa/totp", "{}"), 409, "conflict");
    struct answer export = client_get(&a.c, "/auth/me/export");
    assert_status(export, 200);
    assert_null(strstr(export.body, a.secret));
    struct answer me = client_get(&a.c, "/auth/me");
    assert_string_equal(answer_text(&me, "mfa_enabled"), "true");
}

/* MF-09, RT-11: enrolling ends the sessions that had not shown it. */
static void enrolling_ends_the_other_sessions(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client other = client_new(w);
    struct client c = client_new(w);
    const char *refresh = story_sign_in(&other, ADA);
    (void)story_sign_in(&c, ADA);
    (void)story_enrol(&c, NULL);
    assert_problem(client_get(&other, "/auth/me"), 401, "invalid-token");
    assert_problem(story_refresh(&other, refresh), 400, "invalid-grant");
    assert_status(client_get(&c, "/auth/me"), 200);
}

/* PR-07: a reset by link does not go round it. */
static void a_reset_does_not_go_round_it(void **state)
{
    struct world *w = *state;
    struct ada a = ada(w);
    struct client c = client_new(w);
    assert_status(story_post(&c, "/auth/forgot-password", "{'email':'" ADA "'}"), 202);
    assert_status(story_post(&c, "/auth/reset-password",
                             "{'token':'%s','password':'Another-horse-8'}",
                             world_link_token(w, ADA)),
                  204);
    struct answer next =
        story_post(&c, "/auth/login", "{'email':'" ADA "','password':'Another-horse-8'}");
    assert_problem(next, 401, "mfa-required");
    assert_status(second(&c, answer_text(&next, "mfa_token"), story_code(w, a.secret)), 200);
}

/* MF-15: a mailbox is no second factor: no code is sent to it, and what is sent for another purpose
 * is no code. */
static void a_mail_is_no_factor(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct ada a = ada(w);
    struct client c = client_new(w);
    size_t mails = world_mails(w);
    for (int i = 0; i < 10; i++) {
        struct answer asked = story_login(&c, ADA, "");
        assert_non_null(strstr(asked.body, "\"methods\":[\"totp\",\"recovery_code\"]"));
    }
    assert_int_equal(world_mails(w), mails);
    assert_status(story_post(&c, "/auth/forgot-password", "{'email':'" ADA "'}"), 202);
    const char *link = world_link_token(w, ADA);
    const char *token = handle(&c, "");
    assert_problem(second(&c, token, link), 400, "invalid-field");
    assert_problem(second(&c, token, text_printf(w->arena, "%.32s", link)), 401,
                   "invalid-credentials");
    assert_problem(second(&c, link, story_code(w, a.secret)), 401, "invalid-credentials");
    assert_status(second(&c, token, story_code(w, a.secret)), 200);
}

int main(void)
{
    static const char *const quick_lock[] = { "AUTH_MFA_LOCK_FAILURES=5", NULL };
    const struct CMUnitTest tests[] = {
        STORY(it_is_asked_for_after_the_password),
        STORY(every_door_asks_for_it),
        STORY(a_code_is_used_once),
        STORY(the_window_is_one_step_each_way),
        STORY(a_wrong_password_is_answered_the_same_with_any_code),
        STORY(a_handle_is_good_for_one_sign_in_and_five_minutes),
        STORY(a_recovery_code_stands_in_once),
        STORY_WITH(wrong_codes_lock_it_until_an_administrator_opens_it, quick_lock),
        STORY_WITH(a_right_code_gives_the_wrong_ones_back, quick_lock),
        STORY(giving_it_up_asks_for_it),
        STORY(enrolling_asks_for_a_recent_sign_in),
        STORY(what_nobody_waits_for_any_longer_switches_nothing_on),
        STORY(the_secret_is_shown_once),
        STORY(enrolling_ends_the_other_sessions),
        STORY(a_reset_does_not_go_round_it),
        STORY(a_mail_is_no_factor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
