/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/people.h"

#include "identity/account.h"
#include "store/setup.h"
#include "tests/unit/identity/identity_testing.h"

#define NO_ID "0190a1b2-0000-7000-8000-000000000000"

static struct house *house_of(void **state)
{
    return *state;
}

static const struct people_new ada = { .email = "Ada@Example.com",
                                       .full_name = "Ada Lovelace",
                                       .password = PASSWORD,
                                       .actor_id = "actor" };

static bool setup_open(struct ctx *c)
{
    bool open = false;
    OK(setup_is_open(c, &open));
    return open;
}

static struct texts roles_of(struct ctx *c, const char *user_id)
{
    struct access_row access;
    OK(access_of(c, user_id, TENANT_DEFAULT_ID, &access));
    return access.roles;
}

/* ---- adding ---- */

/* Decision 15: users made by an administrator are verified */
static void an_administrator_makes_a_user(void **state)
{
    struct ctx *c = house_of(state)->c;
    const struct user_row *user = NULL;
    OK(people_add(c, &ada, &user));
    assert_string_equal(user->email, EMAIL);
    assert_string_equal(user->email_entered, "Ada@Example.com");
    assert_int_equal(user->email_verified_at, c->now);
    assert_string_equal(user->default_tenant_id, TENANT_DEFAULT_ID);
    assert_true(has_password(c, user->id, PASSWORD));
    assert_int_equal(roles_of(c, user->id).n, 1);
    assert_string_equal(roles_of(c, user->id).at[0], "user");
    const struct event_row *event = event_called(c, "user.created");
    assert_string_equal(event->user_id, user->id);
    assert_string_equal(event->actor_id, "actor");
    assert_int_equal(mails_waiting(c), 0);
    assert_true(setup_open(c));
}

static void a_user_is_made_with_roles_and_a_password_to_change(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *roles[] = { "moderator", "user" };
    struct people_new person_new = ada;
    const struct user_row *user = NULL;
    struct password_row password;
    person_new.roles = (struct texts){ roles, 2 };
    person_new.must_change = true;
    OK(people_add(c, &person_new, &user));
    assert_int_equal(roles_of(c, user->id).n, 2);
    OK(password_find(c, user->id, &password));
    assert_true(password.must_change);
}

static void a_user_who_is_not_verified_gets_the_link(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct people_new person_new = ada;
    const struct user_row *user = NULL;
    person_new.unverified = true;
    OK(people_add(c, &person_new, &user));
    assert_int_equal(user->email_verified_at, 0);
    const char *first = mailed_token(c, "Ada@Example.com");
    OK(account_resend(c, EMAIL));
    const char *second = mailed_token(c, "Ada@Example.com");
    REFUSED(account_verify_email(c, second), INVALID_TOKEN_LINK);
    REFUSED(account_reset(c, first, OTHER_PASSWORD), INVALID_TOKEN_LINK);
    OK(account_reset(c, second, OTHER_PASSWORD));
    assert_int_equal(user_called(c, EMAIL)->email_verified_at, c->now);
    assert_false(has_password(c, user->id, PASSWORD));
    assert_true(has_password(c, user->id, OTHER_PASSWORD));
    assert_string_equal(event_called(c, "email.verified")->user_id, user->id);
    assert_int_equal(events_called(c, "email.changed").n, 0);
}

/* Decision 18: hashes of other systems are taken over within bounds */
static void an_imported_hash_is_taken_over_within_bounds(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct people_new person_new = ada;
    const struct user_row *user = NULL;
    person_new.password = NULL;
    person_new.password_hash = "$2b$31$abcdefghijklmnopqrstuuZ9Xk2vQz9wXk2vQz9wXk2vQz9wXk2vQ";
    REFUSED(people_add(c, &person_new, &user), INVALID_FIELD);
    person_new.password_hash = "plain";
    REFUSED(people_add(c, &person_new, &user), INVALID_FIELD);
    person_new.password_hash =
        "pbkdf2_sha256$1000$c2FsdA==$4vAPT9EC4S/fKkEDcG9HZPTZFKmaaFJsgVdvR3ZsVzk=";
    struct password_row password;
    err added = people_add(c, &person_new, &user);
    if (added.code != ERR_OK)
        fail_msg("%s", c->fault.say);
    OK(password_find(c, user->id, &password));
    assert_string_equal(password.hash, person_new.password_hash);
}

static void a_user_may_be_without_a_password(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct people_new person_new = ada;
    const struct user_row *user = NULL;
    struct password_row password;
    person_new.password = NULL;
    OK(people_add(c, &person_new, &user));
    OK(password_find(c, user->id, &password));
    assert_null(password.hash);
}

/* PR-15: the policy is the same here; AU-04: a refusal leaves nothing half done */
static void what_cannot_be_is_refused_and_leaves_nothing(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *roles[] = { "admin", "emperor" };
    struct people_new person_new = ada;
    const struct user_row *user = NULL;
    person_new.roles = (struct texts){ roles, 2 };
    REFUSED(people_add(c, &person_new, &user), NOT_FOUND);
    person_new = ada;
    person_new.password = "Password1";
    REFUSED(people_add(c, &person_new, &user), WEAK_PASSWORD);
    person_new = ada;
    person_new.email = "bob@x"; /* AT-14: what is no address is no name either */
    REFUSED(people_add(c, &person_new, &user), INVALID_FIELD);
    person_new = ada;
    person_new.full_name = "";
    REFUSED(people_add(c, &person_new, &user), INVALID_FIELD);
    assert_null(user_called(c, EMAIL));
    assert_true(setup_open(c));
    assert_int_equal(events_called(c, "user.created").n, 0);
    (void)person(c, EMAIL);
    REFUSED(people_add(c, &ada, &user), CONFLICT);
}

/* SU-01: the first administrator closes setup, for ever */
static void the_first_administrator_closes_setup(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *roles[] = { "admin" };
    struct people_new person_new = ada;
    const struct user_row *user = NULL;
    person_new.roles = (struct texts){ roles, 1 };
    OK(people_add(c, &person_new, &user));
    assert_false(setup_open(c));
    assert_string_equal(event_called(c, "setup.completed")->user_id, user->id);
    OK(people_erase(c, user->id, NULL));
    assert_false(setup_open(c));
    person_new.email = "bob@example.com";
    OK(people_add(c, &person_new, &user));
    assert_int_equal(events_called(c, "setup.completed").n, 1);
}

static bool adds_ada(struct ctx *c, void *arg)
{
    const struct user_row *user = NULL;
    (void)arg;
    return people_add(c, &ada, &user).code == ERR_OK;
}

static void a_crowd_makes_one_user_of_an_address(void **state)
{
    struct ctx *c = house_of(state)->c;
    assert_int_equal(house_crowd_run(*state, 32, adds_ada, NULL), 1);
    assert_int_equal(events_called(c, "user.created").n, 1);
}

/* AU-04: where the event cannot be written, nothing happens */
static void without_its_event_nothing_happens(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, "bob@example.com");
    const char *sid = session_of(c, id);
    const struct user_row *user = NULL;
    int64_t ended = 0;
    OK(db_run(c, "ALTER TABLE events RENAME TO lost", NULL, 0, NULL));
    assert_int_not_equal(people_add(c, &ada, &user).code, ERR_OK);
    assert_int_not_equal(people_set_status(c, id, USER_DISABLED, NULL).code, ERR_OK);
    assert_int_not_equal(people_set_password(c, id, OTHER_PASSWORD, false, NULL).code, ERR_OK);
    assert_int_not_equal(people_end_sessions(c, id, NULL, &ended).code, ERR_OK);
    assert_int_not_equal(people_give_role(c, id, "admin", NULL).code, ERR_OK);
    assert_int_not_equal(invites(c, EMAIL, NULL).code, ERR_OK);
    assert_int_not_equal(people_erase(c, id, NULL).code, ERR_OK);
    fault_clear(c);
    assert_null(user_called(c, EMAIL));
    assert_int_equal(user_called(c, "bob@example.com")->status, USER_ACTIVE);
    assert_true(has_password(c, id, PASSWORD));
    assert_true(session_lives(c, sid));
    assert_int_equal(roles_of(c, id).n, 1);
    assert_int_equal(mails_waiting(c), 0);
    assert_true(setup_open(c));
}

/* ---- finding ---- */

static void people_are_found_by_id_and_by_address(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const struct user_row *user = NULL;
    OK(people_find(c, id, &user));
    assert_string_equal(user->email, EMAIL);
    OK(people_find(c, "ADA@example.COM", &user));
    assert_string_equal(user->id, id);
    REFUSED(people_find(c, "bob@example.com", &user), NOT_FOUND);
    REFUSED(people_find(c, NO_ID, &user), NOT_FOUND);
    REFUSED(people_find(c, "", &user), NOT_FOUND);
}

/* ---- inviting ---- */

/* Who has proven an address is a member of the default tenant; who has only written it is not in
 * the way of its owner (AT-04). */
static void a_member_is_not_invited(void **state)
{
    struct ctx *c = house_of(state)->c;
    bool found = false;
    const char *id = person(c, EMAIL);
    REFUSED(invites(c, "ADA@example.com", NULL), CONFLICT);
    OK(user_set_status(c, id, USER_DISABLED, &found));
    REFUSED(invites(c, EMAIL, NULL), CONFLICT);
    REFUSED(invites(c, "not one", NULL), INVALID_FIELD);
    assert_int_equal(mails_waiting(c), 0);
}

static void who_has_not_proven_the_address_is_invited(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct account_registered made;
    struct account_registration in = { .email = EMAIL, .password = OTHER_PASSWORD };
    in.full_name = "Eve";
    OK(account_register(c, &in, &made));
    (void)mail_taken(c, EMAIL);
    OK(invites(c, EMAIL, NULL));
    in.invitation = mailed_token(c, EMAIL);
    in.password = PASSWORD;
    OK(account_register(c, &in, &made));
    assert_true(made.verified);
    assert_true(has_password(c, made.id, PASSWORD));
}

/* PR-02: the newer invitation replaces the older */
static void a_newer_invitation_replaces_the_older(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct account_registered made;
    OK(invites(c, EMAIL, NULL));
    struct account_registration invited = { .email = EMAIL,
                                            .password = PASSWORD,
                                            .full_name = "Ada",
                                            .invitation = mailed_token(c, EMAIL) };
    OK(invites(c, EMAIL, NULL));
    const char *text = mail_taken(c, EMAIL);
    assert_non_null(strstr(text, "/register?token="));
    assert_non_null(strstr(text, "for 7 days."));
    REFUSED(account_register(c, &invited, &made), INVALID_TOKEN_LINK);
    invited.invitation = token_in(c, text);
    OK(account_register(c, &invited, &made));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(an_administrator_makes_a_user),
        HOUSE_TEST(a_user_is_made_with_roles_and_a_password_to_change),
        HOUSE_TEST(a_user_who_is_not_verified_gets_the_link),
        HOUSE_TEST(an_imported_hash_is_taken_over_within_bounds),
        HOUSE_TEST(a_user_may_be_without_a_password),
        HOUSE_TEST(what_cannot_be_is_refused_and_leaves_nothing),
        HOUSE_TEST(the_first_administrator_closes_setup),
        HOUSE_TEST(a_crowd_makes_one_user_of_an_address),
        HOUSE_TEST(without_its_event_nothing_happens),
        HOUSE_TEST(people_are_found_by_id_and_by_address),
        HOUSE_TEST(a_member_is_not_invited),
        HOUSE_TEST(who_has_not_proven_the_address_is_invited),
        HOUSE_TEST(a_newer_invitation_replaces_the_older),
    };
    return cmocka_run_group_tests_name("identity/people", tests, NULL, NULL);
}
