/* SPDX-License-Identifier: Apache-2.0 */
#include "sign_in_testing.h"

enum { MINUTE = 60, FAST = 10000 }; /* a limit that no test of factors meets */

/* ---- both at once ---- */

static void both_factors_at_once_sign_in(void **state)
{
    struct ctx *c = ctx_of(state);
    struct factor f = enrolled(c, person(c, EMAIL));
    struct login_done done;
    struct login attempt = {
        .email = EMAIL, .password = PASSWORD, .mfa_code = code_at(c, &f, 0), .mode = SESSION_COOKIE
    };
    assert_int_equal(tries(c, &attempt, &done), ERR_OK);
    assert_string_equal(text_join(c->arena, done.amr, " "), "pwd otp mfa");
    assert_string_equal(done.acr, LOGIN_ACR_MFA);
    attempt.mfa_code = f.recovery.at[3];
    assert_int_equal(tries(c, &attempt, &done), ERR_OK);
    assert_string_equal(text_join(c->arena, done.amr, " "), "pwd rc mfa");
    assert_string_equal(done.acr, LOGIN_ACR_MFA);
}

static void a_code_that_is_not_needed_does_no_harm(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, EMAIL);
    assert_int_equal(tries_both(c, PASSWORD, "123456"), ERR_OK);
    assert_int_equal(tries_both(c, PASSWORD, NO_CODE), ERR_OK);
    assert_int_equal(tries_both(c, OTHER_PASSWORD, "123456"), ERR_INVALID_CREDENTIALS);
}

/* What an attempt with both factors costs, having been refused. */
struct cost {
    uint64_t hashes;
    size_t events;
};
static struct cost cost_of(struct ctx *c, const char *email, const char *password, const char *code)
{
    uint64_t hashes = hashes_done(c);
    size_t events = events_all(c);
    struct login attempt = { .email = email, .password = password, .mfa_code = code };
    struct login_done done;
    assert_int_equal(tries(c, &attempt, &done), ERR_INVALID_CREDENTIALS);
    assert_null(done.mfa_token);
    return (struct cost){ hashes_done(c) - hashes, events_all(c) - events };
}

/* MF-14, EN-01: a wrong password with a right code, a right one with a wrong code, and an address
 * that nobody has: one answer, and as much work. */
static void no_refusal_tells_which_factor_was_wrong(void **state)
{
    struct ctx *c = ctx_of(state);
    house_of(state)->config->login_per_minute = FAST;
    struct factor f = enrolled(c, person(c, EMAIL));
    (void)person(c, EMAIL_2);
    const struct {
        const char *email, *password, *code;
        uint64_t hashes;
    } rows[] = {
        { EMAIL, OTHER_PASSWORD, code_at(c, &f, 0), 1 },
        { EMAIL, PASSWORD, wrong_code(c, &f), 1 },
        { EMAIL, OTHER_PASSWORD, wrong_code(c, &f), 1 },
        { EMAIL_2, OTHER_PASSWORD, "123456", 1 },
        { NOBODY, PASSWORD, "123456", 1 },
        { EMAIL, OTHER_PASSWORD, NO_TOTP, 1 },
        { EMAIL, PASSWORD, NO_TOTP, 1 },
        { NOBODY, PASSWORD, NO_TOTP, 1 },
        { EMAIL, OTHER_PASSWORD, f.recovery.at[0], 2 },
        { EMAIL, PASSWORD, NO_CODE, 2 },
        { EMAIL, OTHER_PASSWORD, NO_CODE, 2 },
        { EMAIL_2, OTHER_PASSWORD, NO_CODE, 2 },
        { NOBODY, PASSWORD, NO_CODE, 2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cost cost = cost_of(c, rows[i].email, rows[i].password, rows[i].code);
        assert_int_equal(cost.hashes, rows[i].hashes);
        assert_int_equal(cost.events, 1);
    }
    assert_int_equal(tries_both(c, PASSWORD, f.recovery.at[0]), ERR_OK);
    assert_int_equal(tries_both(c, PASSWORD, code_at(c, &f, 0)), ERR_OK);
}

/* MF-16: whoever has no password cannot use up the factor's attempts. */
static void wrong_passwords_do_not_lock_the_factor(void **state)
{
    struct ctx *c = ctx_of(state);
    struct config *config = house_of(state)->config;
    config->login_per_minute = FAST;
    config->mfa_lock_failures = 5;
    const char *user = person(c, EMAIL);
    struct factor f = enrolled(c, user);
    int64_t failures = -1;
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(tries_both(c, OTHER_PASSWORD, wrong_code(c, &f)), ERR_INVALID_CREDENTIALS);
    OK(factor_failures(c, user, &failures));
    assert_int_equal(failures, 0);
    assert_int_equal(tries_both(c, PASSWORD, code_at(c, &f, 0)), ERR_OK);
}

/* RL-04: what a restart forgets is an allowance that would have been full again within a minute,
 * and not how often a factor was wrong. */
static void a_restart_gives_no_attempts_at_a_factor_back(void **state)
{
    struct house *h = house_of(state);
    struct ctx *c = h->c;
    h->config->mfa_lock_failures = 5;
    struct factor f = enrolled(c, person(c, EMAIL));
    for (size_t i = 0; i < 5; i++) {
        kv_close(h->kv);
        OK(kv_memory_open(c, 1 << 20, &h->kv));
        c->kv = h->kv;
        assert_int_equal(tries_both(c, PASSWORD, wrong_code(c, &f)), ERR_INVALID_CREDENTIALS);
    }
    assert_int_equal(tries_both(c, PASSWORD, code_at(c, &f, 0)), ERR_INVALID_CREDENTIALS);
    assert_int_equal(events_called(c, "mfa.locked").n, 1);
}

/* MF-01: at most login_per_minute codes a minute, over however many sign-ins. */
static void codes_are_guessed_no_faster_than_passwords(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct factor f = enrolled(c, user);
    int64_t failures = 0;
    size_t limited = 0;
    for (size_t i = 0; i < 100; i++)
        limited += tries_both(c, PASSWORD, wrong_code(c, &f)) == ERR_RATE_LIMITED;
    assert_int_equal(limited, 95);
    OK(factor_failures(c, user, &failures));
    assert_int_equal(failures, 5);
}

/* ---- in two steps ---- */

/* EN-05, SS-07: a right password is asked for a code, and has no session until then. */
static void a_right_password_is_asked_for_a_code(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct factor f = enrolled(c, user);
    struct login_done done;
    struct session_rows sessions;
    const struct session_row *row = NULL;
    struct login attempt = { .email = EMAIL, .password = PASSWORD, .mode = SESSION_COOKIE };
    assert_int_equal(tries(c, &attempt, &done), ERR_MFA_REQUIRED);
    assert_string_equal(text_join(c->arena, done.methods, " "), "totp recovery_code");
    assert_null(done.secret);
    assert_null(done.device);
    assert_null(done.authorization_id);
    OK(sessions_of(c, user, (struct page){ .limit = 10 }, &sessions));
    assert_int_equal(sessions.n, 0);
    REFUSED(session_resume(c, done.mfa_token, &row), INVALID_SESSION);
    assert_string_equal(event_called(c, "login.mfa_required")->user_id, user);
    assert_int_equal(tries_second(c, done.mfa_token, code_at(c, &f, 0), &done), ERR_OK);
    assert_int_equal(done.mode, SESSION_COOKIE);
    assert_string_equal(text_join(c->arena, done.amr, " "), "pwd otp mfa");
    OK(session_resume(c, done.secret, &row));
}

static void a_handle_carries_what_was_asked_for_first(void **state)
{
    struct ctx *c = ctx_of(state);
    struct factor f = enrolled(c, person(c, EMAIL));
    struct login_done done;
    struct login attempt = {
        .email = EMAIL, .password = PASSWORD, .scope = "users:read", .mode = SESSION_SPA
    };
    assert_int_equal(tries(c, &attempt, &done), ERR_MFA_REQUIRED);
    assert_int_equal(tries_second(c, done.mfa_token, f.recovery.at[0], &done), ERR_OK);
    assert_int_equal(done.mode, SESSION_SPA);
    assert_string_equal(text_join(c->arena, done.scopes, " "), "users:read");
    attempt.scope = NULL;
    attempt.tenant_id = "none";
    assert_int_equal(tries(c, &attempt, &done), ERR_MFA_REQUIRED);
    assert_int_equal(tries_second(c, done.mfa_token, f.recovery.at[1], &done), ERR_OK);
    assert_null(done.tenant_id);
}

/* MF-06 class: a handle is good for one sign-in. */
static void a_handle_is_used_once(void **state)
{
    struct ctx *c = ctx_of(state);
    struct factor f = enrolled(c, person(c, EMAIL));
    struct login_done done;
    const char *token = mfa_token_of(c, SESSION_TOKEN, NULL);
    assert_int_equal(tries_second(c, token, f.recovery.at[0], &done), ERR_OK);
    assert_int_equal(tries_second(c, token, f.recovery.at[1], &done), ERR_INVALID_CREDENTIALS);
    assert_int_equal(tries_both(c, PASSWORD, f.recovery.at[1]), ERR_OK);
}

/* MF-01: five codes a handle. */
static void a_handle_is_good_for_a_few_codes(void **state)
{
    struct ctx *c = ctx_of(state);
    house_of(state)->config->login_per_minute = FAST;
    struct factor f = enrolled(c, person(c, EMAIL));
    struct login_done done;
    for (size_t wrong = 4; wrong <= 5; wrong++) {
        const char *token = mfa_token_of(c, SESSION_TOKEN, NULL);
        for (size_t i = 0; i < wrong; i++)
            assert_int_equal(tries_second(c, token, wrong_code(c, &f), &done),
                             ERR_INVALID_CREDENTIALS);
        assert_int_equal(tries_second(c, token, code_at(c, &f, (int64_t)wrong - 4), &done),
                         wrong == 4 ? ERR_OK : ERR_INVALID_CREDENTIALS);
    }
}

static void a_handle_ends_after_five_minutes(void **state)
{
    struct ctx *c = ctx_of(state);
    struct factor f = enrolled(c, person(c, EMAIL));
    struct login_done done;
    const char *first = mfa_token_of(c, SESSION_TOKEN, NULL);
    const char *second = mfa_token_of(c, SESSION_TOKEN, NULL);
    c->now += MFA_TOKEN_SECONDS - 1;
    assert_int_equal(tries_second(c, first, code_at(c, &f, 0), &done), ERR_OK);
    c->now += 1;
    assert_int_equal(tries_second(c, second, code_at(c, &f, 1), &done), ERR_INVALID_CREDENTIALS);
    assert_int_equal(tries_second(c, "unknown", "123456", &done), ERR_INVALID_CREDENTIALS);
}

/* A handle says that a password was right; after a change it is not. */
static void a_handle_dies_with_the_password_and_the_status(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct factor f = enrolled(c, user);
    struct login_done done;
    struct password_row row;
    int64_t ended = 0;
    bool found = false;
    const char *token = mfa_token_of(c, SESSION_TOKEN, NULL);
    OK(password_find(c, user, &row));
    OK(password_set(c, user, row.hash, false, NULL, &ended));
    assert_int_equal(tries_second(c, token, code_at(c, &f, 0), &done), ERR_INVALID_CREDENTIALS);
    token = mfa_token_of(c, SESSION_TOKEN, NULL);
    OK(user_set_status(c, user, USER_DISABLED, &found));
    assert_int_equal(tries_second(c, token, code_at(c, &f, 0), &done), ERR_INVALID_CREDENTIALS);
}

/* Also where the handle itself was left, as after a restore. */
static void a_handle_of_another_epoch_is_dead(void **state)
{
    static const char sql_raise[] = "UPDATE users SET epoch = epoch + 1";
    struct ctx *c = ctx_of(state);
    struct factor f = enrolled(c, person(c, EMAIL));
    struct login_done done;
    const char *token = mfa_token_of(c, SESSION_TOKEN, NULL);
    OK(db_run(c, sql_raise, NULL, 0, NULL));
    assert_int_equal(tries_second(c, token, code_at(c, &f, 0), &done), ERR_INVALID_CREDENTIALS);
}

static void a_handle_of_a_known_device_is_for_that_device(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    const char *device = signed_in(c, SESSION_COOKIE, NULL).device;
    struct factor f = enrolled(c, user);
    struct login_done done;
    const char *token = mfa_token_of(c, SESSION_COOKIE, device);
    assert_int_equal(tries_second(c, token, code_at(c, &f, 0), &done), ERR_INVALID_CREDENTIALS);
    struct login attempt = { .mfa_token = token, .mfa_code = code_at(c, &f, 0), .device = device };
    assert_int_equal(tries(c, &attempt, &done), ERR_OK);
    assert_string_equal(done.device, device);
}

/* MF-07: right passwords give nothing back; completing a sign-in gives both steps back. */
static void only_a_completed_sign_in_gives_attempts_back(void **state)
{
    struct ctx *c = ctx_of(state);
    struct factor f = enrolled(c, person(c, EMAIL));
    struct login_done done;
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        assert_int_equal(
            tries_second(c, mfa_token_of(c, SESSION_TOKEN, NULL), f.recovery.at[i], &done), ERR_OK);
    for (size_t i = 0; i < 5; i++)
        (void)mfa_token_of(c, SESSION_TOKEN, NULL);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_RATE_LIMITED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(both_factors_at_once_sign_in),
        HOUSE_TEST(a_code_that_is_not_needed_does_no_harm),
        HOUSE_TEST(no_refusal_tells_which_factor_was_wrong),
        HOUSE_TEST(wrong_passwords_do_not_lock_the_factor),
        HOUSE_TEST(a_restart_gives_no_attempts_at_a_factor_back),
        HOUSE_TEST(codes_are_guessed_no_faster_than_passwords),
        HOUSE_TEST(a_right_password_is_asked_for_a_code),
        HOUSE_TEST(a_handle_carries_what_was_asked_for_first),
        HOUSE_TEST(a_handle_is_used_once),
        HOUSE_TEST(a_handle_is_good_for_a_few_codes),
        HOUSE_TEST(a_handle_ends_after_five_minutes),
        HOUSE_TEST(a_handle_dies_with_the_password_and_the_status),
        HOUSE_TEST(a_handle_of_another_epoch_is_dead),
        HOUSE_TEST(a_handle_of_a_known_device_is_for_that_device),
        HOUSE_TEST(only_a_completed_sign_in_gives_attempts_back),
    };
    return cmocka_run_group_tests_name("identity/login_mfa", tests, NULL, NULL);
}
