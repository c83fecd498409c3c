/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forgotten, reset and changed passwords.
 */
#include "identity/account.h"
#include "store/factors.h"
#include "store/identities.h"
#include "store/one_time_tokens.h"
#include "tests/unit/identity/identity_testing.h"

static struct house *house_of(void **state)
{
    return *state;
}

static RESULT changes(struct ctx *c, const char *user_id, const char *current, const char *new)
{
    const struct account_password change = { .user_id = user_id,
                                             .current_password = current,
                                             .new_password = new };
    return account_change_password(c, &change);
}

/* ---- asking for a link ---- */

static void who_forgot_gets_a_link(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    OK(account_forgot(c, "ADA@Example.com"));
    const char *text = mail_taken(c, EMAIL);
    assert_non_null(strstr(text, "Hello Ada Lovelace,"));
    assert_non_null(strstr(text, "/reset-password?token="));
    assert_non_null(strstr(text, "for 30 minutes."));
    const struct event_row *event = event_called(c, "password.reset_asked");
    assert_string_equal(event->user_id, id);
    assert_string_equal(event->outcome, "done");
}

/* PR-06, PR-14, EN-10: who may not reset gets no mail, and the answer is the same */
static void others_get_no_mail_and_the_same_answer(void **state)
{
    struct ctx *c = house_of(state)->c;
    bool found = false;
    const char *id = NULL;
    OK(user_set_status(c, person(c, "disabled@example.com"), USER_DISABLED, &found));
    OK(user_add(c,
                &(struct user_new){ .email = "elsewhere@example.com",
                                    .email_entered = "elsewhere@example.com",
                                    .full_name = "Signs in with others",
                                    .verified = true },
                &id));
    const char *linked = NULL;
    OK(identity_add(
        c,
        &(struct identity_row){
            .provider = "corp", .issuer = "https://corp.example", .subject = "1", .user_id = id },
        &linked));
    static const char *const addresses[] = { "disabled@example.com", "elsewhere@example.com",
                                             "nobody@example.com" };
    for (size_t i = 0; i < 3; i++)
        OK(account_forgot(c, addresses[i]));
    assert_int_equal(mails_waiting(c), 0);
    struct event_rows events = events_called(c, "password.reset_asked");
    assert_int_equal(events.n, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(events.at[i].outcome, "refused");
    REFUSED(account_forgot(c, "no address"), INVALID_FIELD);
}

/* AT-04: the owner of an address that somebody registered, and who asks for a link, has the account
 * and nothing that came before. */
static void who_has_not_proven_the_address_does_so_by_it(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct account_registered made;
    const struct account_registration registration = { .email = EMAIL,
                                                       .password = PASSWORD,
                                                       .full_name = "Mallory" };
    OK(account_register(c, &registration, &made));
    const char *first = mailed_token(c, EMAIL);
    OK(account_forgot(c, EMAIL));
    const char *text = mail_taken(c, EMAIL);
    assert_null(strstr(text, "Mallory"));
    OK(account_reset(c, token_in(c, text), OTHER_PASSWORD));
    assert_int_equal(user_called(c, EMAIL)->email_verified_at, c->now);
    assert_true(has_password(c, made.id, OTHER_PASSWORD));
    REFUSED(account_verify_email(c, first), INVALID_TOKEN_LINK);
}

/* Who was taken over from another system without a password has no other way in. */
static void who_has_no_way_in_gets_one(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = NULL;
    OK(user_add(c,
                &(struct user_new){ .email = "imported@example.com",
                                    .email_entered = "imported@example.com",
                                    .full_name = "Imported",
                                    .verified = true },
                &id));
    OK(account_forgot(c, "imported@example.com"));
    OK(account_reset(c, mailed_token(c, "imported@example.com"), OTHER_PASSWORD));
    assert_true(has_password(c, id, OTHER_PASSWORD));
}

/* PR-10: a thousand requests send as many mails as the allowance, with one answer */
static void forgetting_does_not_flood(void **state)
{
    struct ctx *c = house_of(state)->c;
    (void)person(c, EMAIL);
    struct arena_mark mark = arena_mark(c->arena);
    for (int i = 0; i < 1000; i++) {
        OK(account_forgot(c, i % 2 == 0 ? EMAIL : "nobody@example.com"));
        arena_rewind(c->arena, mark);
    }
    assert_int_equal(mails_waiting(c), 5);
    assert_int_equal(events_called(c, "password.reset_asked").n, 10);
}

/* ---- resetting ---- */

/* PR-02, PR-05, PR-07, RT-11: it works once, ends every session, and does not sign in */
static void a_reset_works_once_and_ends_sessions(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const char *sid = session_of(c, id);
    OK(account_forgot(c, EMAIL));
    const char *token = mailed_token(c, EMAIL);
    OK(account_reset(c, token, OTHER_PASSWORD));
    assert_true(has_password(c, id, OTHER_PASSWORD));
    assert_false(session_lives(c, sid));
    struct session_rows sessions;
    OK(sessions_of(c, id, (struct page){ .limit = 10 }, &sessions));
    assert_int_equal(sessions.n, 0);
    assert_null(strstr(mail_taken(c, EMAIL), "token="));
    assert_string_equal(event_called(c, "password.reset")->detail, "{\"sessions_ended\":\"1\"}");
    REFUSED(account_reset(c, token, "Third-horse-9-saddle"), INVALID_TOKEN_LINK);
    assert_true(has_password(c, id, OTHER_PASSWORD));
}

/* PR-07: the second factor stays */
static void a_reset_leaves_the_second_factor(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const char *factor = NULL;
    bool done = false;
    OK(totp_enrol(c, id, "sealed", &factor));
    OK(totp_confirm(c, id, factor, 1, &done));
    OK(account_forgot(c, EMAIL));
    OK(account_reset(c, mailed_token(c, EMAIL), OTHER_PASSWORD));
    assert_true(user_called(c, EMAIL)->totp);
}

static void a_weak_password_leaves_the_link_good(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    OK(account_forgot(c, EMAIL));
    const char *token = mailed_token(c, EMAIL);
    REFUSED(account_reset(c, token, "short"), WEAK_PASSWORD);
    REFUSED(account_reset(c, token, "Lovelace1x"), WEAK_PASSWORD);
    assert_true(has_password(c, id, PASSWORD));
    OK(account_reset(c, token, OTHER_PASSWORD));
}

/* PR-02: the newer link replaces the older; a change of the password kills both */
static void a_link_dies_with_a_newer_one_and_with_the_password(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    OK(account_forgot(c, EMAIL));
    const char *first = mailed_token(c, EMAIL);
    OK(account_forgot(c, EMAIL));
    const char *second = mailed_token(c, EMAIL);
    REFUSED(account_reset(c, first, OTHER_PASSWORD), INVALID_TOKEN_LINK);
    OK(changes(c, id, PASSWORD, OTHER_PASSWORD));
    REFUSED(account_reset(c, second, "Third-horse-9-saddle"), INVALID_TOKEN_LINK);
}

/* PR-09: a link is good for 30 minutes, and its token is not in the database */
static void a_link_ends_with_its_time_and_is_stored_as_a_hash(void **state)
{
    struct ctx *c = house_of(state)->c;
    (void)person(c, EMAIL);
    OK(account_forgot(c, EMAIL));
    const char *token = mailed_token(c, EMAIL);
    assert_int_equal(strlen(token), 43);
    enum one_time_outcome how = ONE_TIME_DONE;
    struct one_time_row row;
    OK(one_time_use(c, ONE_TIME_RESET_PASSWORD, token, &how, &row));
    assert_int_equal(how, ONE_TIME_UNKNOWN);
    c->now += 30 * 60;
    REFUSED(account_reset(c, token, OTHER_PASSWORD), INVALID_TOKEN_LINK);
    c->now--;
    OK(account_reset(c, token, OTHER_PASSWORD));
}

static void a_disabled_or_erased_user_resets_nothing(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    bool found = false;
    OK(account_forgot(c, EMAIL));
    const char *token = mailed_token(c, EMAIL);
    OK(user_set_status(c, id, USER_DISABLED, &found));
    REFUSED(account_reset(c, token, OTHER_PASSWORD), INVALID_TOKEN_LINK);
    assert_true(has_password(c, id, PASSWORD));
    OK(user_delete(c, id, &found));
    REFUSED(account_reset(c, token, OTHER_PASSWORD), INVALID_TOKEN_LINK);
    REFUSED(account_reset(c, "", OTHER_PASSWORD), INVALID_TOKEN_LINK);
}

/* PR-04: the link alone says whose password it is */
static void a_link_of_one_resets_no_other(void **state)
{
    struct ctx *c = house_of(state)->c;
    (void)person(c, EMAIL);
    const char *bob = person(c, "bob@example.com");
    OK(account_forgot(c, EMAIL));
    OK(account_reset(c, mailed_token(c, EMAIL), OTHER_PASSWORD));
    assert_true(has_password(c, bob, PASSWORD));
}

static bool resets(struct ctx *c, void *arg)
{
    return account_reset(c, arg, OTHER_PASSWORD).code == ERR_OK;
}

/* PR-05: of 64 at once with one link, one succeeds */
static void of_a_crowd_one_resets(void **state)
{
    struct house *h = house_of(state);
    struct ctx *c = h->c;
    const char *id = person(c, EMAIL);
    OK(account_forgot(c, EMAIL));
    char token[64] = "";
    (void)snprintf(token, sizeof token, "%s", mailed_token(c, EMAIL));
    assert_int_equal(house_crowd_run(h, 64, resets, token), 1);
    assert_true(has_password(c, id, OTHER_PASSWORD));
    assert_int_equal(events_called(c, "password.reset").n, 1);
    assert_int_equal(mails_waiting(c), 1);
}

/* ---- changing ---- */

/* RT-11, AU-10: a change keeps the session at hand, ends the others, and is told */
static void a_change_keeps_one_session_and_is_told(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const char *here = session_of(c, id);
    const char *there = session_of(c, id);
    const struct account_password change = {
        .user_id = id, .sid = here, .current_password = PASSWORD, .new_password = OTHER_PASSWORD
    };
    OK(account_change_password(c, &change));
    assert_true(has_password(c, id, OTHER_PASSWORD));
    assert_true(session_lives(c, here));
    assert_false(session_lives(c, there));
    assert_non_null(strstr(mail_taken(c, EMAIL), "password of your account was changed"));
    assert_string_equal(event_called(c, "password.changed")->session_id, here);
}

/* PR-11: the present password is asked for, and guessing it is throttled */
static void a_change_needs_the_present_password(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    REFUSED(changes(c, id, "", OTHER_PASSWORD), INVALID_CREDENTIALS);
    for (int i = 0; i < 4; i++)
        REFUSED(changes(c, id, "Wrong-horse-7-battery", OTHER_PASSWORD), INVALID_CREDENTIALS);
    REFUSED(changes(c, id, PASSWORD, OTHER_PASSWORD), RATE_LIMITED);
    assert_true(has_password(c, id, PASSWORD));
    assert_int_equal(mails_waiting(c), 0);
}

/* PR-15: the policy is the same here */
static void a_change_keeps_to_the_policy(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    REFUSED(changes(c, id, PASSWORD, "short"), WEAK_PASSWORD);
    REFUSED(changes(c, id, PASSWORD, "Password1"), WEAK_PASSWORD);
    REFUSED(changes(c, id, PASSWORD, "Lovelace1x"), WEAK_PASSWORD);
    REFUSED(changes(c, id, PASSWORD, PASSWORD), WEAK_PASSWORD);
    (void)changes(c, id, PASSWORD, "short").code;
    assert_string_equal(c->fault.field, "new_password");
}

static void nobody_who_is_gone_or_disabled_changes_a_password(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    bool found = false;
    REFUSED(changes(c, "0190a1b2-0000-7000-8000-000000000000", PASSWORD, OTHER_PASSWORD),
            NOT_FOUND);
    OK(user_set_status(c, id, USER_DISABLED, &found));
    assert_int_not_equal(changes(c, id, PASSWORD, OTHER_PASSWORD).code, ERR_OK);
    fault_clear(c);
    assert_true(has_password(c, id, PASSWORD));
}

struct changing {
    const char *user_id;
    int64_t now;
};

static bool changes_in_a_crowd(struct ctx *c, void *arg)
{
    const struct changing *by = arg;
    c->now = by->now;
    return changes(c, by->user_id, PASSWORD, OTHER_PASSWORD).code == ERR_OK;
}

/* AZ-06, PR-11: what was the present password when it was shown, and is not any more, changes
 * nothing. */
static void of_a_crowd_that_shows_the_present_password_one_changes_it(void **state)
{
    struct house *h = house_of(state);
    struct changing by = { .user_id = person(h->c, EMAIL), .now = h->c->now };
    h->config->rate_limit = false;
    assert_int_equal(house_crowd_run(h, 16, changes_in_a_crowd, &by), 1);
    assert_int_equal(events_called(h->c, "password.changed").n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(who_forgot_gets_a_link),
        HOUSE_TEST(others_get_no_mail_and_the_same_answer),
        HOUSE_TEST(who_has_not_proven_the_address_does_so_by_it),
        HOUSE_TEST(who_has_no_way_in_gets_one),
        HOUSE_TEST(forgetting_does_not_flood),
        HOUSE_TEST(a_reset_works_once_and_ends_sessions),
        HOUSE_TEST(a_reset_leaves_the_second_factor),
        HOUSE_TEST(a_weak_password_leaves_the_link_good),
        HOUSE_TEST(a_link_dies_with_a_newer_one_and_with_the_password),
        HOUSE_TEST(a_link_ends_with_its_time_and_is_stored_as_a_hash),
        HOUSE_TEST(a_disabled_or_erased_user_resets_nothing),
        HOUSE_TEST(a_link_of_one_resets_no_other),
        HOUSE_TEST(of_a_crowd_one_resets),
        HOUSE_TEST(a_change_keeps_one_session_and_is_told),
        HOUSE_TEST(a_change_needs_the_present_password),
        HOUSE_TEST(a_change_keeps_to_the_policy),
        HOUSE_TEST(nobody_who_is_gone_or_disabled_changes_a_password),
        HOUSE_TEST(of_a_crowd_that_shows_the_present_password_one_changes_it),
    };
    return cmocka_run_group_tests_name("identity/account_password", tests, NULL, NULL);
}
