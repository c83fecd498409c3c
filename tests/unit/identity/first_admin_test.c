/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/first_admin.h"

#include "store/setup.h"
#include "tests/unit/identity/identity_testing.h"

static struct house *house_of(void **state)
{
    return *state;
}

static const char *code_of(struct ctx *c)
{
    const char *code = NULL;
    OK(first_admin_code(c, &code));
    return code;
}

static RESULT makes(struct ctx *c, const char *code, const struct user_row **user)
{
    const struct first_admin admin = {
        .code = code, .email = "Ada@Example.com", .password = PASSWORD, .full_name = "Ada Lovelace"
    };
    return first_admin_make(c, &admin, user);
}

/* SU-01: no account is there at first; a code of 128 bits makes one administrator */
static void the_code_makes_the_first_administrator(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct user_rows users;
    OK(users_page(c, NULL, (struct page){ .limit = 10 }, &users));
    assert_int_equal(users.n, 0);
    const char *code = code_of(c);
    assert_int_equal(strlen(code), 22);
    const struct user_row *user = NULL;
    OK(makes(c, code, &user));
    assert_string_equal(user->email, EMAIL);
    assert_true(user->email_verified_at != 0);
    assert_true(has_password(c, user->id, PASSWORD));
    struct access_row access;
    OK(access_of(c, user->id, TENANT_DEFAULT_ID, &access));
    assert_true(texts_hold(access.roles, "admin") && texts_hold(access.roles, "user"));
    assert_true(texts_hold(access.permissions, "admin:*"));
    assert_string_equal(event_called(c, "setup.completed")->user_id, user->id);
}

/* SU-01: once, for ever, also when the administrator is gone */
static void setup_is_done_once_for_ever(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *code = code_of(c);
    const struct user_row *user = NULL;
    bool found = false;
    OK(makes(c, code, &user));
    OK(user_delete(c, user->id, &found));
    REFUSED(makes(c, code, &user), FORBIDDEN);
    assert_null(code_of(c));
    assert_null(user_called(c, EMAIL));
    /* Nobody fills the audit by trying when it is over. */
    assert_int_equal(events_called(c, "setup.failed").n, 0);
}

static void a_wrong_or_an_old_code_is_refused_alike(void **state)
{
    struct ctx *c = house_of(state)->c;
    const struct user_row *user = NULL;
    const char *first = code_of(c);
    const char *code = code_of(c);
    assert_string_not_equal(first, code);
    static const char *const wrong[] = { "", "AAAAAAAAAAAAAAAAAAAAAA" };
    for (size_t i = 0; i < 2; i++)
        REFUSED(makes(c, wrong[i], &user), FORBIDDEN);
    (void)makes(c, first, &user).code;
    assert_int_equal(c->fault.code, ERR_FORBIDDEN);
    const char *said = c->fault.say;
    fault_clear(c);
    c->now += SETUP_CODE_SECONDS;
    (void)makes(c, code, &user).code;
    assert_int_equal(c->fault.code, ERR_FORBIDDEN);
    assert_string_equal(c->fault.say, said);
    fault_clear(c);
    assert_int_equal(events_called(c, "setup.failed").n, 4);
    assert_null(user_called(c, EMAIL));
    c->now--;
    OK(makes(c, code, &user));
}

static void tries_are_limited(void **state)
{
    struct ctx *c = house_of(state)->c;
    const struct user_row *user = NULL;
    const char *code = code_of(c);
    for (int i = 0; i < SETUP_TRIES_MAX; i++)
        REFUSED(makes(c, "wrong", &user), FORBIDDEN);
    REFUSED(makes(c, code, &user), FORBIDDEN);
    /* A new code has new tries. */
    OK(makes(c, code_of(c), &user));
}

static void bad_fields_leave_the_code_good(void **state)
{
    struct ctx *c = house_of(state)->c;
    const struct user_row *user = NULL;
    const char *code = code_of(c);
    for (int i = 0; i < SETUP_TRIES_MAX * 2; i++) {
        struct first_admin admin = {
            .code = code, .email = EMAIL, .password = "Password1", .full_name = "Ada"
        };
        REFUSED(first_admin_make(c, &admin, &user), WEAK_PASSWORD);
        admin.password = PASSWORD;
        admin.email = "not one";
        REFUSED(first_admin_make(c, &admin, &user), INVALID_FIELD);
        admin.email = EMAIL;
        admin.full_name = "";
        REFUSED(first_admin_make(c, &admin, &user), INVALID_FIELD);
    }
    OK(makes(c, code, &user));
}

static void a_taken_address_leaves_the_code_good(void **state)
{
    struct ctx *c = house_of(state)->c;
    const struct user_row *user = NULL;
    const char *code = code_of(c);
    (void)person(c, EMAIL);
    REFUSED(makes(c, code, &user), CONFLICT);
    const struct first_admin admin = {
        .code = code, .email = "bob@example.com", .password = PASSWORD, .full_name = "Bob"
    };
    OK(first_admin_make(c, &admin, &user));
}

static bool makes_one(struct ctx *c, void *arg)
{
    const struct user_row *user = NULL;
    const struct first_admin admin = { .code = arg,
                                       .email = text_printf(c->arena, "%p@example.com", (void *)c),
                                       .password = PASSWORD,
                                       .full_name = "One of many" };
    return first_admin_make(c, &admin, &user).code == ERR_OK;
}

/* SU-01, PR-05: of 64 at once with the right code, one becomes administrator */
static void of_a_crowd_one_becomes_administrator(void **state)
{
    struct ctx *c = house_of(state)->c;
    char code[64] = "";
    (void)snprintf(code, sizeof code, "%s", code_of(c));
    assert_int_equal(house_crowd_run(*state, 64, makes_one, code), 1);
    struct user_rows users;
    OK(users_page(c, NULL, (struct page){ .limit = 10 }, &users));
    assert_int_equal(users.n, 1);
    assert_int_equal(events_called(c, "setup.completed").n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(the_code_makes_the_first_administrator),
        HOUSE_TEST(setup_is_done_once_for_ever),
        HOUSE_TEST(a_wrong_or_an_old_code_is_refused_alike),
        HOUSE_TEST(tries_are_limited),
        HOUSE_TEST(bad_fields_leave_the_code_good),
        HOUSE_TEST(a_taken_address_leaves_the_code_good),
        HOUSE_TEST(of_a_crowd_one_becomes_administrator),
    };
    return cmocka_run_group_tests_name("identity/first_admin", tests, NULL, NULL);
}
