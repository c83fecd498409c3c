/* SPDX-License-Identifier: Apache-2.0 */
#include "sign_in_testing.h"
#include "store/authorizations.h"
#include "store/clients.h"

static void a_right_password_signs_in(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct login_done done = signed_in(c, SESSION_COOKIE, NULL);
    assert_string_equal(done.user->id, user);
    assert_string_equal(done.tenant_id, TENANT_DEFAULT_ID);
    assert_string_equal(text_join(c->arena, done.rights.roles, " "), "user");
    assert_string_equal(text_join(c->arena, done.scopes, " "), "users:read");
    assert_string_equal(text_join(c->arena, done.amr, " "), "pwd");
    assert_string_equal(done.acr, LOGIN_ACR_PASSWORD);
    assert_int_equal(done.auth_time, c->now);
    assert_int_equal(done.mode, SESSION_COOKIE);
    assert_false(done.must_change_password);
    assert_null(done.mfa_token);
    const struct session_row *row = NULL;
    OK(session_resume(c, done.secret, &row));
    assert_string_equal(row->id, done.sid);
    const struct event_row *event = event_called(c, "login.succeeded");
    assert_string_equal(event->user_id, user);
    assert_string_equal(event->session_id, done.sid);
    assert_string_equal(event->outcome, "done");
}

static void the_authorization_behind_the_tokens_has_what_was_shown(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct authorization_row *row = NULL;
    (void)person(c, EMAIL);
    struct login_done done = signed_in(c, SESSION_TOKEN, NULL);
    assert_null(done.secret);
    OK(authorization_find_live(c, done.authorization_id, &row));
    assert_string_equal(row->client_id, CLIENT_FIRST_PARTY);
    assert_string_equal(row->session_id, done.sid);
    assert_string_equal(text_join(c->arena, row->scopes, " "), "users:read");
    assert_string_equal(text_join(c->arena, row->amr, " "), "pwd");
    assert_string_equal(row->acr, LOGIN_ACR_PASSWORD);
}

/* SS-01: every sign-in is another session, whatever the browser brought along. */
static void each_sign_in_has_a_session_of_its_own(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, EMAIL);
    struct login_done first = signed_in(c, SESSION_COOKIE, NULL);
    struct login_done second = signed_in(c, SESSION_COOKIE, first.device);
    assert_string_not_equal(first.sid, second.sid);
    assert_string_not_equal(first.secret, second.secret);
}

static void a_sign_in_is_noted(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct user_row *user = NULL;
    const char *id = person(c, EMAIL);
    c->now += 5;
    (void)signed_in(c, SESSION_TOKEN, NULL);
    OK(user_find(c, id, &user));
    assert_int_equal(user->last_login_at, c->now);
}

/* ---- refusals ---- */

/* A user whom only `hash` (NULL: none) and `verified` tell from others. */
static const char *somebody(struct ctx *c, const char *email, const char *hash, bool verified)
{
    struct user_new new = { .email = email,
                            .email_entered = email,
                            .full_name = "Some Body",
                            .password_hash = hash,
                            .verified = verified };
    const char *id = NULL;
    OK(user_add(c, &new, &id));
    assert_non_null(id);
    return id;
}

static const char *stored(struct ctx *c, const char *password)
{
    const char *hash = NULL;
    OK(password_hash(c, password, &hash));
    return hash;
}

/* An imported hash of PASSWORD. */
static const char imported[] = "$pbkdf2-sha256$i=1000$c2FsdHNhbHRzYWx0$"
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

struct one {
    const char *email, *password, *why;
};

/* One of each kind whom a sign-in refuses, with the right password where there is one. */
static void people_refused(struct ctx *c, struct one out[static 7])
{
    bool found = false;
    (void)person(c, EMAIL);
    OK(user_set_status(c, somebody(c, "disabled@example.com", stored(c, PASSWORD), true),
                       USER_DISABLED, &found));
    (void)somebody(c, "unverified@example.com", stored(c, PASSWORD), false);
    (void)somebody(c, "without@example.com", NULL, true);
    (void)somebody(c, "imported@example.com", imported, true);
    const struct one all[] = {
        { EMAIL, OTHER_PASSWORD, "password" },
        { NOBODY, PASSWORD, "unknown" },
        { "no address at all", PASSWORD, "unknown" },
        { "disabled@example.com", PASSWORD, "status" },
        { "unverified@example.com", PASSWORD, "unverified" },
        { "without@example.com", PASSWORD, "no password" },
        { "imported@example.com", OTHER_PASSWORD, "password" },
    };
    memcpy(out, all, sizeof all);
}

/* EN-01: one hash, one event, one answer, whoever it is and whatever they typed. */
static void every_refusal_takes_the_same_path(void **state)
{
    struct ctx *c = ctx_of(state);
    struct one all[7];
    people_refused(c, all);
    for (size_t i = 0; i < 7; i++, c->now++) {
        uint64_t hashes = hashes_done(c);
        size_t events = events_all(c);
        assert_int_equal(tries_password(c, all[i].email, all[i].password), ERR_INVALID_CREDENTIALS);
        assert_int_equal(hashes_done(c) - hashes, 1);
        assert_int_equal(events_all(c) - events, 1);
        struct event_rows rows = events_called(c, "login.failed");
        assert_int_equal(rows.n, i + 1);
        assert_string_equal(rows.at[0].outcome, "refused");
        assert_non_null(strstr(rows.at[0].detail, all[i].why));
        assert_null(rows.at[0].session_id);
    }
}

/* EN-02, EN-05: nothing is said of tenants, scopes or factors before the password is right. */
static void what_else_was_asked_for_changes_no_refusal(void **state)
{
    struct ctx *c = ctx_of(state);
    struct login_done done;
    (void)enrolled(c, person(c, EMAIL));
    const char *const emails[] = { EMAIL, NOBODY };
    for (size_t i = 0; i < 2; i++) {
        struct login attempt = { .email = emails[i],
                                 .password = OTHER_PASSWORD,
                                 .tenant_id = "no-such-tenant",
                                 .scope = "users:read",
                                 .mode = SESSION_COOKIE };
        assert_int_equal(tries(c, &attempt, &done), ERR_INVALID_CREDENTIALS);
        assert_null(done.mfa_token);
        assert_int_equal(done.methods.n, 0);
        assert_null(done.device);
        assert_null(done.user);
    }
}

/* AU-05: an address that nobody has is kept as a hash only. */
static void an_unknown_address_is_not_written_down(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_int_equal(tries_password(c, "my-secret@example.com", PASSWORD), ERR_INVALID_CREDENTIALS);
    const struct event_row *event = event_called(c, "login.failed");
    assert_null(event->user_id);
    assert_null(strstr(event->detail, "my-secret"));
    assert_non_null(strstr(event->detail, "identifier"));
}

/* EN-01: an address that nobody has costs what it costs at some account, always the same one. */
enum { UUID_RANDOM_END = 24 /* where the last group of an id begins */ };

static void some_password_stands_in_for_none(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *hash = NULL, *again = NULL;
    OK(password_like(c, "800000000000", &hash));
    assert_null(hash);
    const char *one = somebody(c, EMAIL, "one", true);
    OK(password_like(c, "000000000000", &hash));
    assert_string_equal(hash, "one");
    OK(password_like(c, "ffffffffffff", &hash));
    assert_string_equal(hash, "one");
    const char *two = somebody(c, EMAIL_2, "two", true);
    for (unsigned i = 0; i < 256; i++) {
        const char *point = text_printf(c->arena, "%02x0000000000", i);
        OK(password_like(c, point, &hash));
        OK(password_like(c, point, &again));
        assert_string_equal(hash, again);
    }
    OK(password_like(c, one + UUID_RANDOM_END, &hash));
    assert_string_equal(hash, "one");
    OK(password_like(c, two + UUID_RANDOM_END, &hash));
    assert_string_equal(hash, "two");
}

/* AU-04: where the event cannot be written, nobody gets in. */
static void without_its_event_nothing_happens(void **state)
{
    struct ctx *c = ctx_of(state);
    static const char sql_break[] = "ALTER TABLE events RENAME TO events_away";
    static const char sql_mend[] = "ALTER TABLE events_away RENAME TO events";
    static const char sql_count[] = "SELECT count(*) FROM sessions";
    struct table t;
    (void)person(c, EMAIL);
    OK(db_run(c, sql_break, NULL, 0, NULL));
    assert_int_not_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
    OK(db_run(c, sql_count, NULL, 0, &t));
    assert_int_equal(table_int(&t, 0, 0), 0);
    OK(db_run(c, sql_mend, NULL, 0, NULL));
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
}

static enum err_code tries_login(struct ctx *c, struct login attempt)
{
    struct login_done done;
    return tries(c, &attempt, &done);
}

/* RL-10: one value of each, within bounds, before anything is counted or hashed. */
static void what_is_out_of_bounds_is_refused_before_it_costs_anything(void **state)
{
    struct ctx *c = ctx_of(state);
    char *long_text = arena_alloc(c->arena, PASSWORD_BYTES_MAX + 2);
    memset(long_text, 'a', PASSWORD_BYTES_MAX + 1);
    const char *long_code = "aaaaaaaabbbbbbbbccccccccddddddddx";
    const struct login bad[] = {
        { .password = PASSWORD },
        { .email = EMAIL },
        { .email = long_text, .password = PASSWORD },
        { .email = EMAIL, .password = long_text },
        { .email = EMAIL, .password = "\xff\xfe no UTF-8" },
        { .email = EMAIL, .password = PASSWORD, .mfa_code = long_code },
        { .email = EMAIL, .password = PASSWORD, .tenant_id = long_text },
        { .mfa_token = "x" },
        { .mfa_token = "x", .mfa_code = long_code },
        { .mfa_token = "x", .mfa_code = "123456", .email = EMAIL },
        { .mfa_token = "x", .mfa_code = "123456", .password = PASSWORD },
        { .mfa_token = "x", .mfa_code = "123456", .tenant_id = "none" },
        { .mfa_token = "x", .mfa_code = "123456", .scope = "users:read" },
    };
    (void)person(c, EMAIL);
    uint64_t hashes = hashes_done(c);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(tries_login(c, bad[i]), ERR_INVALID_FIELD);
    assert_int_equal(
        tries_login(c, (struct login){ .email = EMAIL, .password = PASSWORD, .scope = "a  b" }),
        ERR_INVALID_SCOPE);
    assert_int_equal(hashes_done(c), hashes);
    assert_int_equal(events_all(c), 0);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
}

/* MF-05, RL-10: spellings of an address are one account. */
static void an_address_is_known_in_either_case(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, EMAIL);
    assert_int_equal(tries_password(c, "Ada@EXAMPLE.com", PASSWORD), ERR_OK);
    assert_int_equal(tries_password(c, " ada@example.com", PASSWORD), ERR_INVALID_CREDENTIALS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_right_password_signs_in),
        HOUSE_TEST(the_authorization_behind_the_tokens_has_what_was_shown),
        HOUSE_TEST(each_sign_in_has_a_session_of_its_own),
        HOUSE_TEST(a_sign_in_is_noted),
        HOUSE_TEST(every_refusal_takes_the_same_path),
        HOUSE_TEST(what_else_was_asked_for_changes_no_refusal),
        HOUSE_TEST(an_unknown_address_is_not_written_down),
        HOUSE_TEST(some_password_stands_in_for_none),
        HOUSE_TEST(without_its_event_nothing_happens),
        HOUSE_TEST(what_is_out_of_bounds_is_refused_before_it_costs_anything),
        HOUSE_TEST(an_address_is_known_in_either_case),
    };
    return cmocka_run_group_tests_name("identity/login", tests, NULL, NULL);
}
