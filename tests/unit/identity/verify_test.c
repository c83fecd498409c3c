/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links that prove an address: of a registration, sent again, and of a change.
 */
#include "identity/account.h"
#include "tests/unit/identity/identity_testing.h"

#define NEW_EMAIL "ada@new.example.com"

static struct house *house_of(void **state)
{
    return *state;
}

static void registered(struct ctx *c)
{
    struct account_registered made;
    OK(account_register(c,
                        &(struct account_registration){
                            .email = EMAIL, .password = PASSWORD, .full_name = "Ada Lovelace" },
                        &made));
}

/* Asks for another address; the token of the link. */
static const char *asked_to_change(struct ctx *c, const char *user_id)
{
    OK(account_change_email(c, &(struct account_email){
                                   .user_id = user_id, .email = NEW_EMAIL, .password = PASSWORD }));
    return mailed_token(c, NEW_EMAIL);
}

/* ---- of a registration ---- */

/* PR-05: a link works once */
static void a_link_works_once(void **state)
{
    struct ctx *c = house_of(state)->c;
    registered(c);
    const char *token = mailed_token(c, EMAIL);
    OK(account_verify_email(c, token));
    REFUSED(account_verify_email(c, token), INVALID_TOKEN_LINK);
    assert_int_equal(events_called(c, "email.verified").n, 1);
}

static void a_link_ends_with_its_time(void **state)
{
    struct ctx *c = house_of(state)->c;
    registered(c);
    const char *token = mailed_token(c, EMAIL);
    c->now += 24 * 3600;
    REFUSED(account_verify_email(c, token), INVALID_TOKEN_LINK);
    c->now--;
    OK(account_verify_email(c, token));
}

/* C3, CD-04: a token of another kind is none */
static void what_is_no_link_of_ours_is_refused(void **state)
{
    struct ctx *c = house_of(state)->c;
    (void)person(c, EMAIL);
    OK(account_forgot(c, EMAIL));
    REFUSED(account_verify_email(c, mailed_token(c, EMAIL)), INVALID_TOKEN_LINK);
    REFUSED(account_verify_email(c, ""), INVALID_TOKEN_LINK);
    REFUSED(account_verify_email(c, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY"),
            INVALID_TOKEN_LINK);
}

static bool follows(struct ctx *c, void *arg)
{
    return account_verify_email(c, arg).code == ERR_OK;
}

/* PR-05: of a crowd with one link, one succeeds */
static void of_a_crowd_one_verifies(void **state)
{
    struct house *h = house_of(state);
    registered(h->c);
    char token[64] = "";
    (void)snprintf(token, sizeof token, "%s", mailed_token(h->c, EMAIL));
    assert_int_equal(house_crowd_run(h, 64, follows, token), 1);
    assert_int_equal(events_called(h->c, "email.verified").n, 1);
}

/* ---- sent again ---- */

static void a_link_is_sent_again_and_the_first_stays_good_until_one_is_used(void **state)
{
    struct ctx *c = house_of(state)->c;
    registered(c);
    const char *first = mailed_token(c, EMAIL);
    OK(account_resend(c, "ADA@example.com"));
    const char *second = mailed_token(c, EMAIL);
    OK(account_verify_email(c, first));
    REFUSED(account_verify_email(c, second), INVALID_TOKEN_LINK);
    assert_true(has_password(c, user_called(c, EMAIL)->id, PASSWORD));
    assert_string_equal(event_called(c, "email.link_asked")->outcome, "done");
}

/* AT-04: whoever asks has shown no password, and of several one may be of somebody who registered
 * the address of another. */
static void who_asks_where_several_have_registered_chooses(void **state)
{
    struct ctx *c = house_of(state)->c;
    registered(c);
    struct account_registration again = { .email = EMAIL,
                                          .password = OTHER_PASSWORD,
                                          .full_name = "Mallory" };
    struct account_registered made;
    OK(account_register(c, &again, &made));
    c->now++;
    assert_int_equal(mails_taken(c).n, 2);
    OK(account_resend(c, EMAIL));
    const char *token = mailed_token(c, EMAIL);
    REFUSED(account_verify_email(c, token), INVALID_TOKEN_LINK);
    OK(account_reset(c, token, "Third-horse-9-staple"));
    const char *id = user_called(c, EMAIL)->id;
    assert_int_equal(user_called(c, EMAIL)->email_verified_at, c->now);
    assert_false(has_password(c, id, PASSWORD));
    assert_false(has_password(c, id, OTHER_PASSWORD));
}

/* EN-10, PR-06: unknown, verified and disabled addresses get the same answer, and no mail */
static void nobody_else_gets_one_and_the_answer_is_the_same(void **state)
{
    struct ctx *c = house_of(state)->c;
    bool found = false;
    (void)person(c, EMAIL);
    OK(user_set_status(c, person(c, "bob@example.com"), USER_DISABLED, &found));
    OK(account_resend(c, EMAIL));
    OK(account_resend(c, "bob@example.com"));
    OK(account_resend(c, "nobody@example.com"));
    assert_int_equal(mails_waiting(c), 0);
    assert_int_equal(events_called(c, "email.link_asked").n, 3);
    REFUSED(account_resend(c, "no address"), INVALID_FIELD);
}

/* PR-10: the answer stays the same when the allowance is used up */
static void links_are_not_sent_without_end(void **state)
{
    struct ctx *c = house_of(state)->c;
    registered(c);
    for (int i = 0; i < 20; i++)
        OK(account_resend(c, EMAIL));
    assert_int_equal(mails_waiting(c), 5);
}

/* ---- of a change ---- */

/* AU-10: the old address is told of the change */
static void an_address_changes_when_its_link_is_followed(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const char *token = asked_to_change(c, id);
    assert_string_equal(user_called(c, EMAIL)->id, id);
    OK(account_verify_email(c, token));
    assert_null(user_called(c, EMAIL));
    const struct user_row *user = user_called(c, NEW_EMAIL);
    assert_string_equal(user->id, id);
    assert_true(user->email_verified_at != 0);
    assert_null(strstr(mail_taken(c, EMAIL), "token="));
    struct audit_personal personal;
    OK(audit_open(c, event_called(c, "email.changed"), &personal));
    assert_string_equal(personal.more, "{\"old\":\"" EMAIL "\",\"new\":\"" NEW_EMAIL "\"}");
    REFUSED(account_verify_email(c, token), INVALID_TOKEN_LINK);
}

/* PR-02: a change of address kills the links that were sent before */
static void a_change_kills_the_links_of_before(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    OK(account_forgot(c, EMAIL));
    const char *reset = mailed_token(c, EMAIL);
    OK(account_verify_email(c, asked_to_change(c, id)));
    REFUSED(account_reset(c, reset, OTHER_PASSWORD), INVALID_TOKEN_LINK);
}

/* PR-11: the present password is asked for */
static void a_change_needs_the_password(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct account_email change = { .user_id = person(c, EMAIL), .email = NEW_EMAIL };
    static const char *const wrong[] = { "", OTHER_PASSWORD, PASSWORD " " };
    for (size_t i = 0; i < 3; i++) {
        change.password = wrong[i];
        REFUSED(account_change_email(c, &change), INVALID_CREDENTIALS);
    }
    change.password = PASSWORD;
    change.email = "not one";
    REFUSED(account_change_email(c, &change), INVALID_FIELD);
    assert_int_equal(mails_waiting(c), 0);
}

/* EN-10: the answer does not tell that the address is taken; its owner is told, without a link */
static void a_taken_address_gets_no_link(void **state)
{
    struct ctx *c = house_of(state)->c;
    (void)person(c, NEW_EMAIL);
    OK(account_change_email(c, &(struct account_email){ .user_id = person(c, EMAIL),
                                                        .email = NEW_EMAIL,
                                                        .password = PASSWORD }));
    assert_null(strstr(mail_taken(c, NEW_EMAIL), "token="));
    assert_string_equal(event_called(c, "email.change_asked")->outcome, "refused");
}

static void an_address_that_was_taken_meanwhile_is_refused(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *token = asked_to_change(c, person(c, EMAIL));
    (void)person(c, NEW_EMAIL);
    REFUSED(account_verify_email(c, token), INVALID_TOKEN_LINK);
    assert_non_null(user_called(c, EMAIL));
}

static void a_disabled_user_changes_nothing(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    bool found = false;
    const char *token = asked_to_change(c, id);
    OK(user_set_status(c, id, USER_DISABLED, &found));
    REFUSED(account_verify_email(c, token), INVALID_TOKEN_LINK);
    assert_non_null(user_called(c, EMAIL));
}

/* PR-10: one person cannot make the service write to many strangers */
static void one_person_cannot_flood_others(void **state)
{
    struct house *h = house_of(state);
    struct ctx *c = h->c;
    h->config->login_per_minute = 100;
    struct account_email change = { .user_id = person(c, EMAIL), .password = PASSWORD };
    for (int i = 0; i < 5; i++) {
        change.email = text_printf(c->arena, "stranger%d@example.com", i);
        OK(account_change_email(c, &change));
    }
    change.email = "stranger@example.com";
    REFUSED(account_change_email(c, &change), RATE_LIMITED);
    assert_int_equal(mails_waiting(c), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_link_works_once),
        HOUSE_TEST(a_link_ends_with_its_time),
        HOUSE_TEST(what_is_no_link_of_ours_is_refused),
        HOUSE_TEST(of_a_crowd_one_verifies),
        HOUSE_TEST(a_link_is_sent_again_and_the_first_stays_good_until_one_is_used),
        HOUSE_TEST(who_asks_where_several_have_registered_chooses),
        HOUSE_TEST(nobody_else_gets_one_and_the_answer_is_the_same),
        HOUSE_TEST(links_are_not_sent_without_end),
        HOUSE_TEST(an_address_changes_when_its_link_is_followed),
        HOUSE_TEST(a_change_kills_the_links_of_before),
        HOUSE_TEST(a_change_needs_the_password),
        HOUSE_TEST(a_taken_address_gets_no_link),
        HOUSE_TEST(an_address_that_was_taken_meanwhile_is_refused),
        HOUSE_TEST(a_disabled_user_changes_nothing),
        HOUSE_TEST(one_person_cannot_flood_others),
    };
    return cmocka_run_group_tests_name("identity/verify", tests, NULL, NULL);
}
