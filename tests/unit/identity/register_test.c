/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/account.h"
#include "tests/unit/identity/identity_testing.h"

enum { OPEN, INVITE, CLOSED };

static struct house *house_of(void **state)
{
    return *state;
}

static RESULT registers(struct ctx *c, const char *email, const char *password,
                        struct account_registered *out)
{
    const struct account_registration registration = { .email = email,
                                                       .password = password,
                                                       .full_name = "Ada Lovelace" };
    return account_register(c, &registration, out);
}

static void one_registers_and_follows_the_link(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct account_registered made;
    OK(registers(c, "Ada@Example.com", PASSWORD, &made));
    const struct user_row *user = user_called(c, EMAIL);
    assert_string_equal(made.id, user->id);
    assert_string_equal(made.email, EMAIL);
    assert_string_equal(made.full_name, "Ada Lovelace");
    assert_int_equal(made.created_at, c->now);
    assert_false(made.verified);
    assert_int_equal(user->email_verified_at, 0);
    assert_false(has_password(c, user->id, PASSWORD));
    const char *text = mail_taken(c, "Ada@Example.com");
    assert_non_null(strstr(text, "for 24 hours."));
    OK(account_verify_email(c, token_in(c, text)));
    assert_int_equal(user_called(c, EMAIL)->email_verified_at, c->now);
    assert_true(has_password(c, user->id, PASSWORD));
    struct access_row access;
    OK(access_of(c, user->id, TENANT_DEFAULT_ID, &access));
    assert_int_equal(access.roles.n, 1);
    assert_string_equal(access.roles.at[0], "user");
    assert_string_equal(event_called(c, "user.registered")->user_id, user->id);
    assert_string_equal(event_called(c, "email.verified")->user_id, user->id);
}

/* EN-10: a taken address gets the same answer; its owner is told, without a link, and nothing else
 * changes */
static void a_taken_address_looks_the_same(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    struct account_registered made;
    struct account_registered fresh;
    OK(registers(c, "ADA@example.com", OTHER_PASSWORD, &made));
    const char *text = mail_taken(c, EMAIL);
    assert_null(strstr(text, "token="));
    assert_string_not_equal(made.id, id);
    assert_string_equal(made.email, EMAIL);
    assert_true(has_password(c, id, PASSWORD));
    assert_string_equal(event_called(c, "user.registered_again")->outcome, "refused");
    OK(registers(c, "bob@example.com", OTHER_PASSWORD, &fresh));
    assert_int_equal(strlen(made.id), strlen(fresh.id));
    assert_int_equal(made.created_at, fresh.created_at);
    assert_int_equal(made.verified, fresh.verified);
}

/* EN-10: registering twice does not tell whether the first time made an account */
static void registering_again_gives_no_id_away(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct account_registered first;
    struct account_registered second;
    OK(registers(c, EMAIL, PASSWORD, &first));
    OK(registers(c, EMAIL, PASSWORD, &second));
    assert_string_not_equal(first.id, second.id);
}

/* AT-04, decision 15: whoever registers an address before its owner has nothing of it afterwards */
static void verifying_activates_that_registration_only(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct account_registered made;
    OK(registers(c, EMAIL, "Mallory-was-here-1st", &made));
    const char *first = mailed_token(c, EMAIL);
    OK(registers(c, EMAIL, PASSWORD, &made));
    const char *second = mailed_token(c, EMAIL);
    const char *id = user_called(c, EMAIL)->id;
    const char *early = session_of(c, id);
    OK(account_verify_email(c, second));
    assert_true(has_password(c, id, PASSWORD));
    assert_false(has_password(c, id, "Mallory-was-here-1st"));
    assert_false(session_lives(c, early));
    REFUSED(account_verify_email(c, first), INVALID_TOKEN_LINK);
}

static void a_disabled_user_is_not_registered_anew(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct account_registered made;
    bool found = false;
    OK(user_set_status(c, person(c, EMAIL), USER_DISABLED, &found));
    OK(registers(c, EMAIL, OTHER_PASSWORD, &made));
    assert_null(strstr(mail_taken(c, EMAIL), "token="));
    assert_int_equal(user_called(c, EMAIL)->status, USER_DISABLED);
}

/* AT-11: after an erasure the address makes another user, who has nothing of the first */
static void an_erased_address_makes_another_user(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    struct account_registered made;
    bool found = false;
    OK(user_delete(c, id, &found));
    OK(registers(c, EMAIL, PASSWORD, &made));
    assert_string_not_equal(made.id, id);
    assert_string_equal(user_called(c, EMAIL)->id, made.id);
}

static void fields_are_checked_before_anything_is_done(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct account_registered made;
    REFUSED(registers(c, "a@b@c.example", PASSWORD, &made), INVALID_FIELD);
    REFUSED(registers(c, EMAIL, "short", &made), WEAK_PASSWORD);
    REFUSED(registers(c, EMAIL, "Password1", &made), WEAK_PASSWORD);
    REFUSED(registers(c, EMAIL, "Lovelace1x", &made), WEAK_PASSWORD);
    static const char *const names[] = { "", "  ", "a\nb", "\u202ebob", "\xff" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct account_registration bad = { .email = EMAIL, .password = PASSWORD };
        bad.full_name = names[i];
        REFUSED(account_register(c, &bad, &made), INVALID_FIELD);
    }
    char name[257];
    memset(name, 'n', 256);
    name[256] = '\0';
    struct account_registration bad = { .email = EMAIL, .password = PASSWORD, .full_name = name };
    REFUSED(account_register(c, &bad, &made), INVALID_FIELD);
    bad.full_name = name + 1;
    OK(account_register(c, &bad, &made));
    assert_int_equal(mails_waiting(c), 1);
}

/* PR-10: known or not, an address gets no more mails than its allowance */
static void an_address_is_not_flooded(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct account_registered made;
    (void)person(c, "bob@example.com");
    static const char *const addresses[] = { EMAIL, "bob@example.com" };
    for (size_t i = 0; i < 2; i++) {
        for (int n = 0; n < 5; n++)
            OK(registers(c, addresses[i], PASSWORD, &made));
        REFUSED(registers(c, addresses[i], PASSWORD, &made), RATE_LIMITED);
    }
    assert_int_equal(mails_waiting(c), 10);
}

static void without_verification_the_password_works_at_once(void **state)
{
    struct house *h = house_of(state);
    struct ctx *c = h->c;
    struct account_registered made;
    h->config->require_verified_email = false;
    OK(registers(c, EMAIL, PASSWORD, &made));
    assert_true(has_password(c, made.id, PASSWORD));
    assert_int_equal(user_called(c, EMAIL)->email_verified_at, 0);
}

/* ---- who may ---- */

static void closed_means_closed(void **state)
{
    struct house *h = house_of(state);
    struct ctx *c = h->c;
    struct account_registered made;
    h->config->registration = CLOSED;
    REFUSED(registers(c, EMAIL, PASSWORD, &made), REGISTRATION_CLOSED);
    OK(invites(c, EMAIL, NULL));
    struct account_registration invited = { .email = EMAIL,
                                            .password = PASSWORD,
                                            .full_name = "Ada",
                                            .invitation = mailed_token(c, EMAIL) };
    REFUSED(account_register(c, &invited, &made), REGISTRATION_CLOSED);
    assert_null(user_called(c, EMAIL));
}

static void an_invitation_lets_in_and_verifies(void **state)
{
    struct house *h = house_of(state);
    struct ctx *c = h->c;
    struct account_registered made;
    h->config->registration = INVITE;
    REFUSED(registers(c, EMAIL, PASSWORD, &made), REGISTRATION_CLOSED);
    const char *bob = person(c, "bob@example.com");
    OK(invites(c, EMAIL, bob));
    struct account_registration invited = { .email = "ADA@example.com",
                                            .password = PASSWORD,
                                            .full_name = "Ada",
                                            .invitation = mailed_token(c, EMAIL) };
    OK(account_register(c, &invited, &made));
    assert_true(made.verified);
    assert_string_equal(user_called(c, EMAIL)->id, made.id);
    assert_true(has_password(c, made.id, PASSWORD));
    assert_int_equal(mails_waiting(c), 0);
    assert_string_equal(event_called(c, "invitation.made")->actor_id, bob);
}

/* AT-12: another address, too late, tampered, twice */
static void an_invitation_is_good_once_in_time_and_for_its_address(void **state)
{
    struct house *h = house_of(state);
    struct ctx *c = h->c;
    struct account_registered made;
    h->config->registration = INVITE;
    OK(invites(c, EMAIL, NULL));
    struct account_registration invited = { .email = "bob@example.com",
                                            .password = PASSWORD,
                                            .full_name = "Bob",
                                            .invitation = mailed_token(c, EMAIL) };
    REFUSED(account_register(c, &invited, &made), INVALID_TOKEN_LINK);
    const char *token = invited.invitation;
    invited.email = EMAIL;
    invited.invitation = text_printf(c->arena, "%sx", token);
    REFUSED(account_register(c, &invited, &made), INVALID_TOKEN_LINK);
    invited.invitation = token;
    c->now += INVITATION_SECONDS;
    REFUSED(account_register(c, &invited, &made), INVALID_TOKEN_LINK);
    c->now--;
    OK(account_register(c, &invited, &made));
    REFUSED(account_register(c, &invited, &made), INVALID_TOKEN_LINK);
    assert_null(user_called(c, "bob@example.com"));
}

static bool registers_itself(struct ctx *c, void *arg)
{
    struct account_registered made;
    (void)arg;
    return registers(c, EMAIL, PASSWORD, &made).code == ERR_OK;
}

static void a_crowd_registers_one_user(void **state)
{
    struct house *h = house_of(state);
    h->config->rate_limit = false;
    assert_int_equal(house_crowd_run(h, 16, registers_itself, NULL), 16);
    assert_int_equal(events_called(h->c, "user.registered").n, 16);
    assert_int_equal(mails_waiting(h->c), 16);
    assert_non_null(user_called(h->c, EMAIL));
}

static bool invites_again(struct ctx *c, void *unused)
{
    (void)unused;
    return invites(c, EMAIL, NULL).code == ERR_OK;
}

/* AT-12: of invitations at once one is good, as one replaces another. */
static void of_invitations_at_once_one_is_good(void **state)
{
    struct house *h = house_of(state);
    struct ctx *c = h->c;
    const char *text = NULL;
    size_t good = 0;
    assert_int_equal(house_crowd_run(h, 16, invites_again, NULL), 16);
    struct outbox_rows mails = mails_taken(c);
    assert_int_equal(mails.n, 16);
    for (size_t i = 0; i < mails.n; i++) {
        const struct tenant_row *tenant = NULL;
        OK(letter_open(c, &mails.at[i], &text));
        OK(invitation_look(c, token_in(c, text), &tenant));
        good += tenant != NULL;
    }
    assert_int_equal(good, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(one_registers_and_follows_the_link),
        HOUSE_TEST(a_taken_address_looks_the_same),
        HOUSE_TEST(registering_again_gives_no_id_away),
        HOUSE_TEST(verifying_activates_that_registration_only),
        HOUSE_TEST(a_disabled_user_is_not_registered_anew),
        HOUSE_TEST(an_erased_address_makes_another_user),
        HOUSE_TEST(fields_are_checked_before_anything_is_done),
        HOUSE_TEST(an_address_is_not_flooded),
        HOUSE_TEST(without_verification_the_password_works_at_once),
        HOUSE_TEST(closed_means_closed),
        HOUSE_TEST(an_invitation_lets_in_and_verifies),
        HOUSE_TEST(an_invitation_is_good_once_in_time_and_for_its_address),
        HOUSE_TEST(a_crowd_registers_one_user),
        HOUSE_TEST(of_invitations_at_once_one_is_good),
    };
    return cmocka_run_group_tests_name("identity/register", tests, NULL, NULL);
}
