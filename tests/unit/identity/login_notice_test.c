/* SPDX-License-Identifier: Apache-2.0 */
/* What the owner of an account is told of sign-ins, and how browsers are remembered. */
#include "identity/login.h"

#include "identity/device.h"
#include "sign_in_testing.h"

enum { HOUR = 3600, DAY = 86400, NOTICES = 5 };

/* Signs in from this address with this program; whether a letter told of it. */
static bool told_of(struct ctx *c, enum session_mode mode, const char *device, struct origin from)
{
    struct origin before = c->origin;
    c->origin = from;
    (void)signed_in(c, mode, device);
    c->origin = before;
    struct outbox_rows mails = mails_taken(c);
    const char *text = NULL;
    if (mails.n == 0)
        return false;
    assert_int_equal(mails.n, 1);
    assert_string_equal(mails.at[0].recipient, EMAIL);
    OK(letter_open(c, &mails.at[0], &text));
    assert_non_null(strstr(text, "not seen before"));
    assert_non_null(strstr(text, from.address));
    return true;
}

static const struct origin home = { .address = "192.0.2.7", .user_agent = "Browser/1" };
static const struct origin work = { .address = "198.51.100.9", .user_agent = "Browser/1" };
static const struct origin tool = { .address = "192.0.2.7", .user_agent = "curl/8" };

/* AU-10. */
static void a_sign_in_from_a_new_browser_is_told(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, EMAIL);
    assert_false(told_of(c, SESSION_COOKIE, NULL, home));
    assert_true(told_of(c, SESSION_COOKIE, NULL, home));
    assert_true(told_of(c, SESSION_SPA, NULL, work));
}

static void a_sign_in_from_a_known_browser_is_not(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, EMAIL);
    const char *device = signed_in(c, SESSION_COOKIE, NULL).device;
    assert_false(told_of(c, SESSION_COOKIE, device, work));
    assert_false(told_of(c, SESSION_TOKEN, device, tool));
}

/* AU-10: a program keeps no cookies; it is known by where it comes from and what it says it is. */
static void a_program_is_known_by_its_sessions(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    assert_false(told_of(c, SESSION_TOKEN, NULL, tool));
    assert_false(told_of(c, SESSION_TOKEN, NULL, tool));
    assert_true(told_of(c, SESSION_TOKEN, NULL, home));
    assert_false(told_of(c, SESSION_TOKEN, NULL, home));
    assert_true(told_of(c, SESSION_TOKEN, NULL, work));
    OK(logout(c, user, NULL, true));
    assert_true(told_of(c, SESSION_TOKEN, NULL, tool));
}

/* AU-10: the password alone is no sign-in; both factors are. */
static void a_letter_goes_when_the_sign_in_is_complete(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct login_done done;
    (void)signed_in(c, SESSION_COOKIE, NULL);
    struct factor f = enrolled(c, user);
    const char *token = mfa_token_of(c, SESSION_COOKIE, NULL);
    assert_int_equal(tries_second(c, token, wrong_code(c, &f), &done), ERR_INVALID_CREDENTIALS);
    assert_int_equal(mails_n(c), 0);
    assert_int_equal(tries_second(c, token, code_at(c, &f, 0), &done), ERR_OK);
    (void)mail_taken(c, EMAIL);
}

static void letters_about_sign_ins_are_limited(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, EMAIL);
    (void)signed_in(c, SESSION_COOKIE, NULL);
    for (size_t i = 0; i < 2 * NOTICES; i++)
        (void)signed_in(c, SESSION_COOKIE, NULL);
    assert_int_equal(mails_n(c), NOTICES);
    c->now += HOUR / NOTICES;
    assert_true(told_of(c, SESSION_COOKIE, NULL, work));
}

/* ---- devices ---- */

static struct device_rows devices(struct ctx *c, const char *user)
{
    struct device_rows rows;
    OK(devices_of(c, user, &rows));
    return rows;
}

static void a_browser_is_remembered_and_a_program_is_not(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    assert_null(signed_in(c, SESSION_TOKEN, NULL).device);
    assert_int_equal(devices(c, user).n, 0);
    const char *device = signed_in(c, SESSION_COOKIE, NULL).device;
    assert_int_equal(strlen(device), 87);
    assert_int_equal(devices(c, user).n, 1);
    assert_int_equal(devices(c, user).at[0].expires_at, c->now + (int64_t)DEVICE_DAYS * DAY);
    c->now += DAY;
    assert_string_equal(signed_in(c, SESSION_SPA, device).device, device);
    assert_int_equal(devices(c, user).n, 1);
    assert_int_equal(devices(c, user).at[0].expires_at, c->now + (int64_t)DEVICE_DAYS * DAY);
    assert_string_not_equal(signed_in(c, SESSION_SPA, "forged").device, "forged");
    assert_int_equal(devices(c, user).n, 2);
}

/* MF-09: bound to the user by a key that nobody outside has. */
static void a_device_cookie_is_of_one_user_and_one_key(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *made = NULL, *read = NULL;
    const char *cookie = device_new(c, EMAIL, &made);
    assert_true(device_read(c, cookie, EMAIL, &read));
    assert_string_equal(read, made);
    assert_false(device_read(c, cookie, EMAIL_2, &read));
    assert_false(device_read(c, text_printf(c->arena, "%.86sx", cookie), EMAIL, &read));
    assert_false(device_read(c, text_printf(c->arena, "%sx", cookie), EMAIL, &read));
    assert_false(device_read(c, text_printf(c->arena, "%.43s", cookie), EMAIL, &read));
    /* Decision 14: the setting, where it is given, is the key. */
    house_of(state)->config->session_secret = "0123456789abcdef0123456789abcdef";
    assert_false(device_read(c, cookie, EMAIL, &read));
    assert_true(device_read(c, device_new(c, EMAIL, &made), EMAIL, &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_sign_in_from_a_new_browser_is_told),
        HOUSE_TEST(a_sign_in_from_a_known_browser_is_not),
        HOUSE_TEST(a_program_is_known_by_its_sessions),
        HOUSE_TEST(a_letter_goes_when_the_sign_in_is_complete),
        HOUSE_TEST(letters_about_sign_ins_are_limited),
        HOUSE_TEST(a_browser_is_remembered_and_a_program_is_not),
        HOUSE_TEST(a_device_cookie_is_of_one_user_and_one_key),
    };
    return cmocka_run_group_tests_name("identity/login_notice", tests, NULL, NULL);
}
