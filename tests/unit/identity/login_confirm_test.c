/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"
#include "sign_in_testing.h"
#include "store/authorizations.h"
#include "store/revocations.h"

enum { LIMIT = 5, MINUTE = 60 };

static enum err_code confirms(struct ctx *c, const char *user, const char *sid,
                              const char *password, const char *code)
{
    struct confirmation confirmation = {
        .user_id = user, .sid = sid, .password = password, .mfa_code = code
    };
    fault_clear(c);
    enum err_code result = login_confirm(c, &confirmation).code;
    assert_int_equal(c->fault.code, result);
    fault_clear(c);
    return result;
}

static const struct session_row *live_session(struct ctx *c, const char *sid)
{
    enum session_state state = SESSION_UNKNOWN;
    const struct session_row *row = NULL;
    OK(session_find_id(c, sid, &state, &row));
    assert_int_equal(state, SESSION_LIVE);
    return row;
}

/* Decision 6: auth_time is that of now, of the session and of its authorization. */
static void a_confirmation_renews_the_sign_in(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct authorization_row *authorization = NULL;
    const char *user = person(c, EMAIL);
    struct login_done done = signed_in(c, SESSION_COOKIE, NULL);
    int64_t then = c->now;
    c->now += 20 * MINUTE;
    assert_int_equal(confirms(c, user, done.sid, OTHER_PASSWORD, NULL), ERR_INVALID_CREDENTIALS);
    assert_int_equal(live_session(c, done.sid)->auth_time, then);
    assert_string_equal(event_called(c, "session.confirmed")->outcome, "refused");
    c->now++;
    assert_int_equal(confirms(c, user, done.sid, PASSWORD, NULL), ERR_OK);
    assert_int_equal(live_session(c, done.sid)->auth_time, c->now);
    OK(authorization_find_live(c, done.authorization_id, &authorization));
    assert_int_equal(authorization->auth_time, c->now);
    assert_string_equal(events_called(c, "session.confirmed").at[0].outcome, "done");
}

/* MF-14, MF-06: with a factor both are needed, and no refusal tells which was wrong. */
static void a_user_with_a_factor_shows_it(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct login_done done = signed_in(c, SESSION_COOKIE, NULL);
    struct totp_enrolment begun;
    struct factor f;
    OK(mfa_enrol(c, user, &begun));
    assert_true(base32_decode(c->arena, bytes_of(begun.secret), &f.secret));
    struct mfa_confirm confirm = { .user_id = user, .sid = done.sid, .code = code_at(c, &f, 0) };
    OK(mfa_confirm(c, &confirm, &f.recovery));
    c->now += 2 * TOTP_PERIOD;
    assert_int_equal(confirms(c, user, done.sid, PASSWORD, NULL), ERR_MFA_REQUIRED);
    assert_int_equal(confirms(c, user, done.sid, OTHER_PASSWORD, NULL), ERR_MFA_REQUIRED);
    assert_int_equal(confirms(c, user, done.sid, PASSWORD, wrong_code(c, &f)),
                     ERR_INVALID_CREDENTIALS);
    assert_int_equal(confirms(c, user, done.sid, OTHER_PASSWORD, code_at(c, &f, 0)),
                     ERR_INVALID_CREDENTIALS);
    assert_string_equal(live_session(c, done.sid)->acr, LOGIN_ACR_PASSWORD);
    assert_int_equal(confirms(c, user, done.sid, PASSWORD, code_at(c, &f, 0)), ERR_OK);
    assert_string_equal(live_session(c, done.sid)->acr, LOGIN_ACR_MFA);
    assert_string_equal(text_join(c->arena, live_session(c, done.sid)->amr, " "), "pwd otp mfa");
    assert_int_equal(confirms(c, user, done.sid, PASSWORD, f.recovery.at[0]), ERR_OK);
    assert_string_equal(text_join(c->arena, live_session(c, done.sid)->amr, " "), "pwd rc mfa");
}

static void a_session_that_is_over_is_not_confirmed(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct login_done done = signed_in(c, SESSION_COOKIE, NULL);
    OK(logout(c, user, done.sid, false));
    assert_int_equal(confirms(c, user, done.sid, PASSWORD, NULL), ERR_INVALID_SESSION);
    assert_int_equal(confirms(c, "nobody", done.sid, PASSWORD, NULL), ERR_INVALID_CREDENTIALS);
}

/* PR-11: guessing the present password from inside is limited, too, and counts by the user. */
static void guessing_the_present_password_is_limited(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL), *other = person(c, EMAIL_2);
    struct login_done done = signed_in(c, SESSION_COOKIE, NULL);
    int64_t epoch = 0;
    uint64_t hashes = hashes_done(c);
    for (size_t i = 0; i < 20; i++) {
        err result = i % 2 == 0
                         ? login_check_password(c, user, OTHER_PASSWORD, &epoch)
                         : login_confirm(c, &(struct confirmation){ .user_id = user,
                                                                    .sid = done.sid,
                                                                    .password = OTHER_PASSWORD });
        assert_int_equal(result.code, i < LIMIT ? ERR_INVALID_CREDENTIALS : ERR_RATE_LIMITED);
        fault_clear(c);
    }
    assert_int_equal(hashes_done(c) - hashes, LIMIT);
    REFUSED(login_check_password(c, user, PASSWORD, &epoch), RATE_LIMITED);
    OK(login_check_password(c, other, PASSWORD, &epoch));
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
    c->now += MINUTE;
    for (size_t i = 0; i < 2 * LIMIT; i++)
        OK(login_check_password(c, user, PASSWORD, &epoch));
}

static void who_has_no_password_has_no_right_one(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = NULL;
    int64_t epoch = 0;
    struct user_new new = {
        .email = EMAIL, .email_entered = EMAIL, .full_name = "Ada", .verified = true
    };
    OK(user_add(c, &new, &user));
    uint64_t hashes = hashes_done(c);
    REFUSED(login_check_password(c, user, PASSWORD, &epoch), INVALID_CREDENTIALS);
    REFUSED(login_check_password(c, "nobody", PASSWORD, &epoch), INVALID_CREDENTIALS);
    assert_int_equal(hashes_done(c) - hashes, 2);
}

/* SS-09. */
static void who_is_disabled_has_no_right_password(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t epoch = 0;
    const char *user = person(c, EMAIL);
    bool found = false;
    OK(user_set_status(c, user, USER_DISABLED, &found));
    REFUSED(login_check_password(c, user, PASSWORD, &epoch), INVALID_CREDENTIALS);
}

/* ---- signing out ---- */

static bool is_revoked(struct ctx *c, const char *sid)
{
    bool revoked = false;
    OK(revocation_check(c, &(struct revocation_question){ .sid = sid, .issued_at = c->now },
                        &revoked));
    return revoked;
}

/* SS-02: the session, what was granted with it, and its access tokens. */
static void signing_out_ends_the_session_and_its_tokens(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct session_row *row = NULL;
    const struct authorization_row *authorization = NULL;
    const char *user = person(c, EMAIL);
    struct login_done first = signed_in(c, SESSION_COOKIE, NULL);
    struct login_done second = signed_in(c, SESSION_TOKEN, NULL);
    OK(logout(c, user, first.sid, false));
    REFUSED(session_resume(c, first.secret, &row), INVALID_SESSION);
    OK(authorization_find_live(c, first.authorization_id, &authorization));
    assert_null(authorization);
    assert_true(is_revoked(c, first.sid));
    assert_true(session_is_live(c, second.sid));
    assert_false(is_revoked(c, second.sid));
    assert_string_equal(event_called(c, "logout")->session_id, first.sid);
    OK(logout(c, user, first.sid, false));
    assert_int_equal(events_called(c, "logout").n, 1);
}

static void signing_out_everywhere_ends_all(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    (void)person(c, EMAIL_2);
    struct login_done first = signed_in(c, SESSION_COOKIE, NULL);
    struct login_done second = signed_in(c, SESSION_SPA, NULL), other;
    struct login theirs = { .email = EMAIL_2, .password = PASSWORD, .mode = SESSION_COOKIE };
    assert_int_equal(tries(c, &theirs, &other), ERR_OK);
    OK(logout(c, user, first.sid, true));
    assert_false(session_is_live(c, first.sid));
    assert_false(session_is_live(c, second.sid));
    assert_true(session_is_live(c, other.sid));
    assert_true(is_revoked(c, second.sid));
    assert_string_equal(event_called(c, "logout.all")->user_id, user);
}

/* AZ: nobody ends the session of another. */
static void nobody_signs_another_out(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, EMAIL);
    const char *other = person(c, EMAIL_2);
    struct login_done done = signed_in(c, SESSION_COOKIE, NULL);
    OK(logout(c, other, done.sid, false));
    OK(logout(c, other, done.sid, true));
    assert_true(session_is_live(c, done.sid));
    assert_int_equal(events_called(c, "logout").n + events_called(c, "logout.all").n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_confirmation_renews_the_sign_in),
        HOUSE_TEST(a_user_with_a_factor_shows_it),
        HOUSE_TEST(a_session_that_is_over_is_not_confirmed),
        HOUSE_TEST(guessing_the_present_password_is_limited),
        HOUSE_TEST(who_has_no_password_has_no_right_one),
        HOUSE_TEST(who_is_disabled_has_no_right_password),
        HOUSE_TEST(signing_out_ends_the_session_and_its_tokens),
        HOUSE_TEST(signing_out_everywhere_ends_all),
        HOUSE_TEST(nobody_signs_another_out),
    };
    return cmocka_run_group_tests_name("identity/login_confirm", tests, NULL, NULL);
}
