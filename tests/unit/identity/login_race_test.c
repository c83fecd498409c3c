/* SPDX-License-Identifier: Apache-2.0 */
/* Many at once, with one of something that works once. */
#include "identity/login.h"

#include "sign_in_testing.h"

enum { CROWD = 64 };

/* No limit is met, and whoever waits for a hash is patient: this is about single use alone. */
static struct factor prepared(struct house *h)
{
    h->config->rate_limit = false;
    return enrolled(h->c, person(h->c, EMAIL));
}

/* One of a crowd, at the time of the test. */
static void come_to(struct ctx *c, const struct login *attempt, int64_t now, enum err_code *code)
{
    struct login_done done;
    c->now = now;
    *code = tries(c, attempt, &done);
    assert_true(*code == ERR_OK || *code == ERR_INVALID_CREDENTIALS);
    assert_int_equal(done.sid != NULL, *code == ERR_OK);
}

struct rush {
    struct login attempt;
    int64_t now;
};

static bool rushes(struct ctx *c, void *arg)
{
    const struct rush *rush = arg;
    enum err_code code = ERR_OK;
    come_to(c, &rush->attempt, rush->now, &code);
    return code == ERR_OK;
}

static size_t sessions_n(struct ctx *c)
{
    static const char sql_count[] = "SELECT count(*) FROM sessions";
    struct table t;
    OK(db_run(c, sql_count, NULL, 0, &t));
    return (size_t)table_int(&t, 0, 0);
}

/* MF-02: 64 at once with one code. */
static void one_totp_code_is_one_sign_in(void **state)
{
    struct house *h = house_of(state);
    struct factor f = prepared(h);
    struct rush rush = { .attempt = { .email = EMAIL,
                                      .password = PASSWORD,
                                      .mfa_code = code_at(h->c, &f, 0),
                                      .mode = SESSION_TOKEN },
                         .now = h->c->now };
    assert_int_equal(house_crowd_run(h, CROWD, rushes, &rush), 1);
    assert_int_equal(sessions_n(h->c), 1);
    assert_int_equal(events_called(h->c, "login.succeeded").n, 1);
    assert_int_equal(events_called(h->c, "mfa.failed").n, CROWD - 1);
}

/* MF-08: 64 at once with one recovery code. */
static void one_recovery_code_is_one_sign_in(void **state)
{
    struct house *h = house_of(state);
    struct factor f = prepared(h);
    struct rush rush = { .attempt = { .email = EMAIL,
                                      .password = PASSWORD,
                                      .mfa_code = f.recovery.at[7],
                                      .mode = SESSION_TOKEN },
                         .now = h->c->now };
    assert_int_equal(house_crowd_run(h, CROWD, rushes, &rush), 1);
    assert_int_equal(sessions_n(h->c), 1);
    assert_int_equal(events_called(h->c, "mfa.recovery_code_used").n, 1);
}

struct handles {
    const char *mfa_token;
    struct texts codes;
    _Atomic size_t next;
    int64_t now;
};

/* Each with another good code. */
static bool rushes_with_a_handle(struct ctx *c, void *arg)
{
    struct handles *h = arg;
    enum err_code code = ERR_OK;
    size_t mine = h->next++;
    come_to(
        c, &(struct login){ .mfa_token = h->mfa_token, .mfa_code = h->codes.at[mine % h->codes.n] },
        h->now, &code);
    return code == ERR_OK;
}

/* MF-02 class: 64 at once with one handle and ten good codes. */
static void one_handle_is_one_sign_in(void **state)
{
    struct house *h = house_of(state);
    struct factor f = prepared(h);
    struct handles handles = { .mfa_token = mfa_token_of(h->c, SESSION_TOKEN, NULL),
                               .codes = f.recovery,
                               .now = h->c->now };
    assert_int_equal(house_crowd_run(h, CROWD, rushes_with_a_handle, &handles), 1);
    assert_int_equal(sessions_n(h->c), 1);
}

/* RL-07: 64 wrong codes at once, and no more than the factor allows are looked at. */
static void no_race_passes_the_lock_of_a_factor(void **state)
{
    struct house *h = house_of(state);
    h->config->mfa_lock_failures = 10;
    struct factor f = prepared(h);
    struct rush rush = { .attempt = { .email = EMAIL,
                                      .password = PASSWORD,
                                      .mfa_code = wrong_code(h->c, &f),
                                      .mode = SESSION_TOKEN },
                         .now = h->c->now };
    assert_int_equal(house_crowd_run(h, CROWD, rushes, &rush), 0);
    assert_int_equal(events_called(h->c, "mfa.locked").n, 1);
    struct event_rows rows = events_called(h->c, "mfa.failed");
    size_t looked_at = 0;
    for (size_t i = 0; i < rows.n; i++)
        looked_at += strstr(rows.at[i].detail, "wrong") != NULL;
    assert_int_equal(looked_at, 10);
    assert_int_equal(tries_both(h->c, PASSWORD, code_at(h->c, &f, 0)), ERR_INVALID_CREDENTIALS);
}

static bool confirms(struct ctx *c, void *arg)
{
    const struct mfa_confirm *confirm = arg;
    struct texts codes;
    bool done = mfa_confirm(c, confirm, &codes).code == ERR_OK;
    assert_true(done || c->fault.code == ERR_CONFLICT);
    return done;
}

/* MF-10: one of many confirms an enrolment, and its codes are the ones that count. */
static void an_enrolment_is_confirmed_once(void **state)
{
    struct ctx *c = ctx_of(state);
    struct totp_enrolment begun;
    struct factor f;
    bool has = false;
    int64_t left = 0;
    const char *user = person(c, EMAIL);
    OK(mfa_enrol(c, user, &begun));
    assert_true(base32_decode(c->arena, bytes_of(begun.secret), &f.secret));
    struct mfa_confirm confirm = { .user_id = user, .code = code_at(c, &f, 0) };
    assert_int_equal(house_crowd_run(house_of(state), 8, confirms, &confirm), 1);
    OK(mfa_state(c, user, &has, &left));
    assert_int_equal(left, RECOVERY_CODES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(one_totp_code_is_one_sign_in),   HOUSE_TEST(one_recovery_code_is_one_sign_in),
        HOUSE_TEST(one_handle_is_one_sign_in),      HOUSE_TEST(no_race_passes_the_lock_of_a_factor),
        HOUSE_TEST(an_enrolment_is_confirmed_once),
    };
    return cmocka_run_group_tests_name("identity/login_race", tests, NULL, NULL);
}
