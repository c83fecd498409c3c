/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/mfa.h"

#include "sign_in_testing.h"

/* What `code` is to the factor of EMAIL. */
static enum mfa_method used(struct ctx *c, const char *user, const char *code)
{
    enum mfa_method method = MFA_TOTP;
    OK(mfa_use(c, user, code, &method));
    return method;
}

static enum err_code confirmed(struct ctx *c, const char *user, const char *code)
{
    struct texts codes = { NULL, 0 };
    fault_clear(c);
    enum err_code result =
        mfa_confirm(c, &(struct mfa_confirm){ .user_id = user, .code = code }, &codes).code;
    assert_int_equal(codes.n, result == ERR_OK ? RECOVERY_CODES : 0);
    fault_clear(c);
    return result;
}

/* MF-10: begun is not enrolled; the first code decides, and other sessions end. */
static void a_factor_counts_once_its_first_code_was_right(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct totp_enrolment begun;
    struct factor f;
    struct texts codes;
    struct login_done other = signed_in(c, SESSION_COOKIE, NULL);
    struct login_done mine = signed_in(c, SESSION_COOKIE, NULL);
    (void)mails_taken(c);
    assert_int_equal(confirmed(c, user, "123456"), ERR_CONFLICT);
    OK(mfa_enrol(c, user, &begun));
    assert_true(base32_decode(c->arena, bytes_of(begun.secret), &f.secret));
    assert_int_equal(f.secret.n, TOTP_SECRET_BYTES);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
    assert_int_equal(used(c, user, code_at(c, &f, 0)), MFA_NONE);
    assert_int_equal(confirmed(c, user, wrong_code(c, &f)), ERR_INVALID_CREDENTIALS);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
    struct mfa_confirm confirm = { .user_id = user, .sid = mine.sid, .code = code_at(c, &f, 0) };
    OK(mfa_confirm(c, &confirm, &codes));
    assert_int_equal(codes.n, RECOVERY_CODES);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_MFA_REQUIRED);
    assert_true(session_is_live(c, mine.sid));
    assert_false(session_is_live(c, other.sid));
    assert_non_null(strstr(mail_taken(c, EMAIL), "authenticator app was added"));
    assert_string_equal(event_called(c, "mfa.enabled")->user_id, user);
}

static void the_uri_names_the_service_and_the_account(void **state)
{
    struct ctx *c = ctx_of(state);
    struct totp_enrolment begun;
    OK(mfa_enrol(c, person(c, EMAIL), &begun));
    assert_true(text_starts(begun.otpauth_uri, "otpauth://totp/uauth:ada%40example.com?secret="));
    assert_non_null(strstr(begun.otpauth_uri, begun.secret));
    assert_true(text_starts(begun.qr_svg, "<svg"));
}

/* MF-10: a factor that is enrolled is not replaced by another enrolment; one that is not is. */
static void another_enrolment_replaces_only_one_that_is_not_confirmed(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct totp_enrolment begun;
    struct factor first, second;
    OK(mfa_enrol(c, user, &begun));
    assert_true(base32_decode(c->arena, bytes_of(begun.secret), &first.secret));
    OK(mfa_enrol(c, user, &begun));
    assert_true(base32_decode(c->arena, bytes_of(begun.secret), &second.secret));
    assert_int_equal(confirmed(c, user, code_at(c, &first, 0)), ERR_INVALID_CREDENTIALS);
    assert_int_equal(confirmed(c, user, code_at(c, &second, 0)), ERR_OK);
    REFUSED(mfa_enrol(c, user, &begun), CONFLICT);
    c->now += 2 * TOTP_PERIOD;
    assert_int_equal(used(c, user, code_at(c, &second, 0)), MFA_TOTP);
}

/* MF-10: the secret is stored sealed for its user; moved to another user it does not open. */
static void a_secret_moved_to_another_user_does_not_open(void **state)
{
    static const char sql_find[] = "SELECT sealed_secret FROM totp_factors WHERE user_id = $1";
    static const char sql_move[] = "UPDATE totp_factors SET sealed_secret = $2 WHERE user_id = $1";
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL), *other = person(c, EMAIL_2);
    struct factor f = enrolled(c, user);
    (void)enrolled(c, other);
    struct table t;
    enum mfa_method method = MFA_NONE;
    OK(DB_RUN(c, sql_find, &t, P_TEXT(user)));
    const char *sealed = table_text(&t, 0, 0);
    assert_null(strstr(sealed, base32_encode(c->arena, f.secret)));
    OK(DB_RUN(c, sql_move, NULL, P_TEXT(other), P_TEXT(sealed)));
    REFUSED(mfa_use(c, other, code_at(c, &f, 0), &method), INTERNAL);
}

/* MF-11: the steps before, at and after now; no others. */
static void a_code_is_good_for_three_steps(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct factor f = enrolled(c, user);
    assert_int_equal(used(c, user, code_at(c, &f, -2)), MFA_NONE);
    assert_int_equal(used(c, user, code_at(c, &f, 2)), MFA_NONE);
    assert_int_equal(used(c, user, code_at(c, &f, -1)), MFA_TOTP);
    assert_int_equal(used(c, user, code_at(c, &f, 0)), MFA_TOTP);
    assert_int_equal(used(c, user, code_at(c, &f, 1)), MFA_TOTP);
}

/* MF-02, MF-11: each step once, and none before one that was used; also if the clock goes back. */
static void a_code_is_used_once(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct factor f = enrolled(c, user);
    const char *code = code_at(c, &f, 0), *before = code_at(c, &f, -1);
    const char *next = code_at(c, &f, 1);
    assert_int_equal(used(c, user, code), MFA_TOTP);
    assert_int_equal(used(c, user, code), MFA_NONE);
    assert_int_equal(used(c, user, before), MFA_NONE);
    c->now -= 10 * TOTP_PERIOD;
    assert_int_equal(used(c, user, code_at(c, &f, 0)), MFA_NONE);
    c->now += 11 * TOTP_PERIOD;
    assert_int_equal(used(c, user, code), MFA_NONE);
    assert_int_equal(used(c, user, next), MFA_TOTP);
}

/* MF-02: six ASCII digits and nothing else. */
static void a_code_around_which_something_stands_is_wrong(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct factor f = enrolled(c, user);
    const char *code = code_at(c, &f, 0);
    struct text_buffer wide = text_buffer(c->arena);
    for (size_t i = 0; i < TOTP_DIGITS; i++)
        text_addf(&wide, "\xEF\xBC%c", 0x90 + code[i] - '0');
    const char *const others[] = {
        text_printf(c->arena, " %s", code),
        text_printf(c->arena, "%s ", code),
        text_printf(c->arena, "%.3s %s", code, code + 3),
        text_printf(c->arena, "%s\u200b", code),
        text_printf(c->arena, "%.3s-%s", code, code + 3),
        text_printf(c->arena, "%s\n", code),
        text_printf(c->arena, "0%s", code),
        text_of(&wide),
        "",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(used(c, user, others[i]), MFA_NONE);
    assert_int_equal(used(c, user, code), MFA_TOTP);
}

/* ---- recovery codes ---- */

/* MF-08: each works once, in either case and without its dashes, and no other does. */
static void a_recovery_code_is_used_once(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct factor f = enrolled(c, user);
    const char *code = f.recovery.at[0];
    bool has = false;
    int64_t left = 0;
    assert_int_equal(strlen(code), 19);
    assert_int_equal(used(c, user, NO_CODE), MFA_NONE);
    assert_int_equal(used(c, user, code), MFA_RECOVERY_CODE);
    assert_int_equal(used(c, user, code), MFA_NONE);
    assert_non_null(strstr(mail_taken(c, EMAIL), "9 are left"));
    assert_non_null(strstr(event_called(c, "mfa.recovery_code_used")->detail, "\"9\""));
    char *plain = ARENA_NEWS(c->arena, char, 17);
    for (size_t i = 0, n = 0; n < 16; i++) {
        if (f.recovery.at[1][i] != '-')
            plain[n++] = (char)(f.recovery.at[1][i] & ~(f.recovery.at[1][i] >= 'a' ? 0x20 : 0));
    }
    assert_int_equal(used(c, user, plain), MFA_RECOVERY_CODE);
    assert_int_equal(used(c, user, f.recovery.at[1]), MFA_NONE);
    OK(mfa_state(c, user, &has, &left));
    assert_true(has);
    assert_int_equal(left, RECOVERY_CODES - 2);
}

static void recovery_codes_are_distinct_and_stored_as_hashes(void **state)
{
    static const char sql_find[] = "SELECT hash FROM recovery_codes WHERE user_id = $1";
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct factor f = enrolled(c, user);
    struct table t;
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(f.recovery.at[i], f.recovery.at[j]);
    }
    OK(DB_RUN(c, sql_find, &t, P_TEXT(user)));
    assert_int_equal(t.rows, RECOVERY_CODES);
    for (size_t i = 0; i < t.rows; i++)
        assert_true(text_starts(table_text(&t, i, 0), "$argon2id$"));
}

static void a_new_set_replaces_the_old(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct texts codes;
    REFUSED(mfa_recovery_codes(c, user, &codes), CONFLICT);
    struct factor f = enrolled(c, user);
    OK(mfa_recovery_codes(c, user, &codes));
    assert_non_null(strstr(mail_taken(c, EMAIL), "new set of recovery codes"));
    assert_int_equal(used(c, user, f.recovery.at[0]), MFA_NONE);
    assert_int_equal(used(c, user, codes.at[0]), MFA_RECOVERY_CODE);
}

/* A code belongs to its user. */
static void nobody_uses_the_code_of_another(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL), *other = person(c, EMAIL_2);
    struct factor f = enrolled(c, user);
    (void)enrolled(c, other);
    assert_int_equal(used(c, other, f.recovery.at[0]), MFA_NONE);
    assert_int_equal(used(c, user, f.recovery.at[0]), MFA_RECOVERY_CODE);
}

/* ---- wrong ones, and the end ---- */

/* MF-01, MF-16: wrong codes of both kinds count together; the last locks, and the owner is told
 * once. */
static void too_many_wrong_codes_lock_the_factor(void **state)
{
    struct ctx *c = ctx_of(state);
    house_of(state)->config->mfa_lock_failures = 6;
    const char *user = person(c, EMAIL);
    struct factor f = enrolled(c, user);
    const char *const wrong[] = { wrong_code(c, &f), NO_CODE, NO_TOTP };
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(mails_n(c), 0);
        assert_int_equal(used(c, user, wrong[i % 3]), MFA_NONE);
    }
    assert_non_null(strstr(mail_taken(c, EMAIL), "locked"));
    assert_string_equal(event_called(c, "mfa.locked")->user_id, user);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(used(c, user, code_at(c, &f, 0)), MFA_NONE);
    assert_int_equal(used(c, user, f.recovery.at[0]), MFA_NONE);
    assert_int_equal(mails_n(c), 0);
    assert_int_equal(events_called(c, "mfa.locked").n, 1);
    OK(mfa_unlock(c, user, NULL));
    assert_int_equal(used(c, user, code_at(c, &f, 0)), MFA_TOTP);
    assert_string_equal(event_called(c, "mfa.unlocked")->user_id, user);
}

/* MF-07: what gives the attempts back is a right code. */
static void a_right_code_gives_the_attempts_back(void **state)
{
    struct ctx *c = ctx_of(state);
    struct config *config = house_of(state)->config;
    config->mfa_lock_failures = 5;
    config->login_per_minute = 1000;
    const char *user = person(c, EMAIL);
    struct factor f = enrolled(c, user);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(used(c, user, wrong_code(c, &f)), MFA_NONE);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_MFA_REQUIRED);
    int64_t failures = 0;
    OK(factor_failures(c, user, &failures));
    assert_int_equal(failures, 4);
    assert_int_equal(used(c, user, f.recovery.at[0]), MFA_RECOVERY_CODE);
    OK(factor_failures(c, user, &failures));
    assert_int_equal(failures, 0);
}

static void a_removed_factor_is_gone_with_its_codes(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL), *admin = person(c, EMAIL_2);
    struct factor f = enrolled(c, user);
    bool has = true;
    int64_t left = 1;
    OK(mfa_remove(c, user, admin));
    assert_non_null(strstr(mail_taken(c, EMAIL), "were removed"));
    assert_string_equal(event_called(c, "mfa.disabled")->actor_id, admin);
    OK(mfa_state(c, user, &has, &left));
    assert_false(has);
    assert_int_equal(left, 0);
    assert_int_equal(used(c, user, f.recovery.at[0]), MFA_NONE);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
    REFUSED(mfa_remove(c, user, admin), NOT_FOUND);
    REFUSED(mfa_remove(c, "nobody", admin), NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_factor_counts_once_its_first_code_was_right),
        HOUSE_TEST(the_uri_names_the_service_and_the_account),
        HOUSE_TEST(another_enrolment_replaces_only_one_that_is_not_confirmed),
        HOUSE_TEST(a_secret_moved_to_another_user_does_not_open),
        HOUSE_TEST(a_code_is_good_for_three_steps),
        HOUSE_TEST(a_code_is_used_once),
        HOUSE_TEST(a_code_around_which_something_stands_is_wrong),
        HOUSE_TEST(a_recovery_code_is_used_once),
        HOUSE_TEST(recovery_codes_are_distinct_and_stored_as_hashes),
        HOUSE_TEST(a_new_set_replaces_the_old),
        HOUSE_TEST(nobody_uses_the_code_of_another),
        HOUSE_TEST(too_many_wrong_codes_lock_the_factor),
        HOUSE_TEST(a_right_code_gives_the_attempts_back),
        HOUSE_TEST(a_removed_factor_is_gone_with_its_codes),
    };
    return cmocka_run_group_tests_name("identity/mfa", tests, NULL, NULL);
}
