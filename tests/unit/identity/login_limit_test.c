/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/device.h"
#include "sign_in_testing.h"

enum { LIMIT = 5, MINUTE = 60 }; /* login_per_minute as it is from the start */

/* How many of `n` attempts with a wrong password were looked at. */
static size_t looked_at(struct ctx *c, const char *email, const char *device, size_t n)
{
    size_t looked = 0;
    struct arena_mark mark = arena_mark(c->arena); /* each attempt is a request of its own */
    for (size_t i = 0; i < n; i++, arena_rewind(c->arena, mark)) {
        struct login attempt = { .email = email, .password = OTHER_PASSWORD, .device = device };
        struct login_done done;
        enum err_code code = tries(c, &attempt, &done);
        looked += code == ERR_INVALID_CREDENTIALS;
        assert_true(code == ERR_INVALID_CREDENTIALS || code == ERR_RATE_LIMITED);
    }
    return looked;
}

/* EN-04: an address that nobody has is limited like any other. */
static void attempts_are_limited_whether_or_not_there_is_an_account(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, EMAIL);
    const char *const emails[] = { EMAIL, NOBODY, "no address" };
    for (size_t i = 0; i < 3; i++) {
        uint64_t hashes = hashes_done(c);
        assert_int_equal(looked_at(c, emails[i], NULL, 20), LIMIT);
        assert_int_equal(hashes_done(c) - hashes, LIMIT);
        assert_int_equal(tries_password(c, emails[i], PASSWORD), ERR_RATE_LIMITED);
    }
}

static void who_is_limited_is_told_when_to_come_back(void **state)
{
    struct ctx *c = ctx_of(state);
    struct login_done done;
    struct login attempt = { .email = EMAIL, .password = PASSWORD, .mode = SESSION_TOKEN };
    (void)person(c, EMAIL);
    (void)looked_at(c, EMAIL, NULL, LIMIT);
    assert_int_equal(login(c, &attempt, &done).code, ERR_RATE_LIMITED);
    assert_int_equal(c->fault.code, ERR_RATE_LIMITED);
    assert_in_range(c->fault.retry_after, 1, MINUTE);
    c->now += c->fault.retry_after;
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
}

/* RL-10, MF-05: spellings of one address share one allowance. */
static void another_spelling_has_no_allowance_of_its_own(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, EMAIL);
    assert_int_equal(looked_at(c, EMAIL, NULL, 3), 3);
    assert_int_equal(looked_at(c, "ADA@example.com", NULL, 3), 2);
    assert_int_equal(tries_password(c, "ada@EXAMPLE.COM", PASSWORD), ERR_RATE_LIMITED);
}

static void a_success_gives_its_attempt_back(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, EMAIL);
    for (size_t i = 0; i < 4 * LIMIT; i++)
        assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
    assert_int_equal(looked_at(c, EMAIL, NULL, 20), LIMIT);
}

/* AU-07: a flood writes one event a minute, not one an attempt. */
static void a_flood_is_told_once_a_minute(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    (void)looked_at(c, EMAIL, NULL, 50);
    assert_string_equal(event_called(c, "login.limited")->user_id, user);
    assert_int_equal(events_called(c, "login.failed").n, LIMIT);
    c->now += MINUTE;
    (void)looked_at(c, EMAIL, NULL, 50);
    assert_int_equal(events_called(c, "login.limited").n, 2);
}

/* ---- many at once ---- */

enum { CROWD = 64, EACH = 4 };

static bool tries_wrong_passwords(struct ctx *c, void *arg)
{
    (void)arg;
    return looked_at(c, EMAIL, NULL, EACH) > 0;
}

/* RL-07: 256 sign-ins at once, and five hashes. */
static void no_race_passes_the_limit(void **state)
{
    struct house *h = house_of(state);
    (void)person(h->c, EMAIL);
    uint64_t hashes = hashes_done(h->c);
    assert_in_range(house_crowd_run(h, CROWD, tries_wrong_passwords, NULL), 1, LIMIT);
    assert_in_range(hashes_done(h->c) - hashes, 1, LIMIT);
    assert_int_equal(events_called(h->c, "login.failed").n, hashes_done(h->c) - hashes);
}

/* An attempt that found no room at the gate was not looked at, and does not count. */
static void an_overload_uses_nothing_up(void **state)
{
    struct ctx *c = ctx_of(state);
    struct hash_gate *gate = c->hashes, *narrow = NULL;
    struct hash_slot *slot = NULL;
    (void)person(c, EMAIL);
    OK(hash_gate_new(c, c->arena, 1, 0, &narrow));
    c->hashes = narrow;
    OK(hash_gate_take(c, &slot));
    for (size_t i = 0; i < 4 * LIMIT; i++)
        assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_UNAVAILABLE);
    hash_gate_release(narrow, slot);
    c->hashes = gate;
    assert_int_equal(looked_at(c, EMAIL, NULL, 20), LIMIT);
}

/* ---- known devices ---- */

/* RL-09: whatever others do, the owner gets in from where they have been. */
static void nobody_locks_the_owner_out(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, EMAIL);
    const char *device = signed_in(c, SESSION_COOKIE, NULL).device;
    assert_non_null(device);
    (void)looked_at(c, EMAIL, NULL, 1000);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_RATE_LIMITED);
    (void)signed_in(c, SESSION_COOKIE, device);
    (void)signed_in(c, SESSION_TOKEN, device);
}

/* RL-09: the device's allowance is one, too. */
static void a_known_device_has_an_allowance_of_its_own(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, EMAIL);
    const char *first = signed_in(c, SESSION_COOKIE, NULL).device;
    const char *second = signed_in(c, SESSION_SPA, NULL).device;
    assert_int_equal(looked_at(c, EMAIL, first, 20), LIMIT);
    assert_int_equal(looked_at(c, EMAIL, second, 20), LIMIT);
    assert_int_equal(looked_at(c, EMAIL, NULL, 20), LIMIT);
}

/* A device cookie of EMAIL that is not one any more, or never was. */
static size_t looked_at_beside(struct ctx *c, const char *device)
{
    c->now += MINUTE;
    assert_int_equal(looked_at(c, EMAIL, NULL, 20), LIMIT);
    return looked_at(c, EMAIL, device, 20);
}

/* MF-09, RL-09: forged, of another user, revoked, expired, from before a change of password. */
static void only_a_live_device_of_the_user_counts(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL), *hash = NULL;
    (void)person(c, EMAIL_2);
    const char *device = signed_in(c, SESSION_COOKIE, NULL).device;
    struct login theirs = { .email = EMAIL_2, .password = PASSWORD, .mode = SESSION_COOKIE };
    struct login_done other;
    assert_int_equal(tries(c, &theirs, &other), ERR_OK);
    char *tampered = arena_copy(c->arena, device, strlen(device) + 1);
    tampered[0] = tampered[0] == 'A' ? 'B' : 'A';
    assert_int_equal(looked_at_beside(c, device), LIMIT);
    assert_int_equal(looked_at_beside(c, other.device), 0);
    assert_int_equal(looked_at_beside(c, tampered), 0);
    assert_int_equal(looked_at_beside(c, ""), 0);
    assert_int_equal(looked_at_beside(c, device_new(c, EMAIL, &hash)), 0);
    struct device_rows rows;
    bool removed = false;
    OK(devices_of(c, user, &rows));
    assert_int_equal(rows.n, 1);
    OK(device_remove(c, user, rows.at[0].id, &removed));
    assert_int_equal(looked_at_beside(c, device), 0);
}

static void a_device_dies_with_the_password_and_with_time(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    const char *device = signed_in(c, SESSION_COOKIE, NULL).device;
    struct password_row password;
    int64_t ended = 0;
    c->now += (int64_t)DEVICE_DAYS * 86400 - 2 * MINUTE;
    assert_int_equal(looked_at_beside(c, device), LIMIT);
    c->now += MINUTE;
    assert_int_equal(looked_at_beside(c, device), 0);
    c->now += MINUTE;
    device = signed_in(c, SESSION_COOKIE, NULL).device;
    assert_int_equal(looked_at_beside(c, device), LIMIT);
    OK(password_find(c, user, &password));
    OK(password_set(c, user, password.hash, false, NULL, &ended));
    assert_int_equal(looked_at_beside(c, device), 0);
}

/* SS-15: a device cookie opens nothing and skips nothing. */
static void a_device_cookie_is_no_way_in(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    const char *device = signed_in(c, SESSION_COOKIE, NULL).device;
    const struct session_row *row = NULL;
    struct login attempt = { .email = EMAIL, .password = PASSWORD, .device = device };
    struct login_done done;
    REFUSED(session_resume(c, device, &row), INVALID_SESSION);
    (void)enrolled(c, user);
    assert_int_equal(tries(c, &attempt, &done), ERR_MFA_REQUIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(attempts_are_limited_whether_or_not_there_is_an_account),
        HOUSE_TEST(who_is_limited_is_told_when_to_come_back),
        HOUSE_TEST(another_spelling_has_no_allowance_of_its_own),
        HOUSE_TEST(a_success_gives_its_attempt_back),
        HOUSE_TEST(a_flood_is_told_once_a_minute),
        HOUSE_TEST(no_race_passes_the_limit),
        HOUSE_TEST(an_overload_uses_nothing_up),
        HOUSE_TEST(nobody_locks_the_owner_out),
        HOUSE_TEST(a_known_device_has_an_allowance_of_its_own),
        HOUSE_TEST(only_a_live_device_of_the_user_counts),
        HOUSE_TEST(a_device_dies_with_the_password_and_with_time),
        HOUSE_TEST(a_device_cookie_is_no_way_in),
    };
    return cmocka_run_group_tests_name("identity/login_limit", tests, NULL, NULL);
}
