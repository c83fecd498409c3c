/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What administrators do to people who are there.
 */
#include "identity/people.h"
#include "identity/role_rules.h"
#include "tests/unit/identity/identity_testing.h"

#define NO_ID "0190a1b2-0000-7000-8000-000000000000"
#define ACTOR "0190a1b2-0000-7000-8000-000000000001"

static struct house *house_of(void **state)
{
    return *state;
}

static bool has_role(struct ctx *c, const char *user_id, const char *role)
{
    struct access_row access;
    OK(access_of(c, user_id, TENANT_DEFAULT_ID, &access));
    return texts_hold(access.roles, role);
}

/* RT-11: disabling ends everything at once; enabling brings nothing back */
static void disabling_ends_sessions_and_enabling_brings_none_back(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const char *sid = session_of(c, id);
    OK(people_set_status(c, id, USER_DISABLED, ACTOR));
    assert_false(session_lives(c, sid));
    assert_int_equal(user_called(c, EMAIL)->status, USER_DISABLED);
    assert_string_equal(event_called(c, "user.disabled")->actor_id, ACTOR);
    OK(people_set_status(c, id, USER_ACTIVE, ACTOR));
    assert_false(session_lives(c, sid));
    assert_int_equal(user_called(c, EMAIL)->status, USER_ACTIVE);
    assert_string_equal(event_called(c, "user.enabled")->user_id, id);
}

/* AU-10: the user is told that their password was set */
static void a_password_is_set_and_the_user_is_told(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const char *sid = session_of(c, id);
    struct password_row password;
    OK(people_set_password(c, id, OTHER_PASSWORD, true, ACTOR));
    OK(password_find(c, id, &password));
    assert_true(password.must_change);
    assert_true(has_password(c, id, OTHER_PASSWORD));
    assert_false(session_lives(c, sid));
    (void)mail_taken(c, EMAIL);
    const struct event_row *event = event_called(c, "password.set");
    assert_string_equal(event->actor_id, ACTOR);
    assert_string_equal(event->detail, "{\"sessions_ended\":\"1\"}");
    /* PR-15: the policy is the same here. */
    REFUSED(people_set_password(c, id, "Password1", false, ACTOR), WEAK_PASSWORD);
    REFUSED(people_set_password(c, id, "Lovelace1x", false, ACTOR), WEAK_PASSWORD);
}

static void sessions_are_ended(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const char *sid = session_of(c, id);
    const char *of_bob = session_of(c, person(c, "bob@example.com"));
    int64_t ended = 0;
    (void)session_of(c, id);
    OK(people_end_sessions(c, id, ACTOR, &ended));
    assert_int_equal(ended, 2);
    assert_false(session_lives(c, sid));
    assert_true(session_lives(c, of_bob));
    assert_string_equal(event_called(c, "logout.all")->actor_id, ACTOR);
}

static void a_user_is_erased_and_told(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    OK(people_erase(c, id, ACTOR));
    assert_null(user_called(c, EMAIL));
    assert_non_null(strstr(mail_taken(c, EMAIL), "erased"));
    assert_string_equal(event_called(c, "user.deleted")->actor_id, ACTOR);
}

static void roles_are_given_and_taken(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    OK(people_give_role(c, id, "moderator", ACTOR));
    assert_true(has_role(c, id, "moderator"));
    assert_string_equal(event_called(c, "role.given")->detail, "{\"role\":\"moderator\"}");
    OK(people_give_role(c, id, "moderator", ACTOR));
    assert_int_equal(events_called(c, "role.given").n, 1);
    OK(people_take_role(c, id, "moderator", ACTOR));
    assert_false(has_role(c, id, "moderator"));
    assert_string_equal(event_called(c, "role.taken")->actor_id, ACTOR);
    REFUSED(people_take_role(c, id, "moderator", ACTOR), NOT_FOUND);
    REFUSED(people_give_role(c, id, "emperor", ACTOR), NOT_FOUND);
    REFUSED(people_give_role(c, NO_ID, "moderator", ACTOR), NOT_FOUND);
}

static void who_is_not_there_is_not_found(void **state)
{
    struct ctx *c = house_of(state)->c;
    int64_t ended = 0;
    const char *erased = person(c, EMAIL);
    OK(people_erase(c, erased, NULL));
    const char *ids[] = { NO_ID, erased, "" };
    for (size_t i = 0; i < 3; i++) {
        REFUSED(people_set_status(c, ids[i], USER_DISABLED, ACTOR), NOT_FOUND);
        REFUSED(people_set_status(c, ids[i], USER_ACTIVE, ACTOR), NOT_FOUND);
        REFUSED(people_set_password(c, ids[i], OTHER_PASSWORD, false, ACTOR), NOT_FOUND);
        REFUSED(people_end_sessions(c, ids[i], ACTOR, &ended), NOT_FOUND);
        REFUSED(people_erase(c, ids[i], ACTOR), NOT_FOUND);
    }
    assert_int_equal(events_called(c, "user.disabled").n, 0);
    assert_int_equal(events_called(c, "user.deleted").n, 1);
}

/* AZ-15: people cannot remove the last administrator; a command on the machine can */
static void the_last_administrator_is_kept(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    OK(people_give_role(c, id, "admin", NULL));
    REFUSED(people_set_status(c, id, USER_DISABLED, id), CONFLICT);
    REFUSED(people_take_role(c, id, "admin", id), CONFLICT);
    REFUSED(people_erase(c, id, id), CONFLICT);
    assert_true(has_role(c, id, "admin"));
    OK(people_give_role(c, person(c, "bob@example.com"), "admin", id));
    OK(people_take_role(c, id, "admin", id));
    OK(people_set_status(c, user_called(c, "bob@example.com")->id, USER_DISABLED, NULL));
}

struct pair {
    char one[64], other[64];
    _Atomic int turn;
};

static bool demotes_the_other(struct ctx *c, void *arg)
{
    struct pair *pair = arg;
    bool first = pair->turn++ % 2 == 0;
    return people_take_role(c, first ? pair->one : pair->other, "admin",
                            first ? pair->other : pair->one)
               .code == ERR_OK;
}

/* AZ-06, AZ-15: two administrators who demote each other at once do not leave the house empty */
static void two_who_demote_each_other_leave_one(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct pair pair = { 0 };
    (void)snprintf(pair.one, sizeof pair.one, "%s", person(c, EMAIL));
    (void)snprintf(pair.other, sizeof pair.other, "%s", person(c, "bob@example.com"));
    OK(people_give_role(c, pair.one, "admin", NULL));
    OK(people_give_role(c, pair.other, "admin", NULL));
    assert_int_equal(house_crowd_run(*state, 16, demotes_the_other, &pair), 1);
    assert_true(has_role(c, pair.one, "admin") != has_role(c, pair.other, "admin"));
}

struct race {
    char actor[64], other[64];
    _Atomic int turn, demoted, late;
};

/* What asks for nothing but the right itself. */
static RESULT look_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct user_row *user = NULL;
    return user_find(c, arg, &user);
}

/* One takes the right away; all others use it, and note a use that began after it was gone. */
static bool uses_it_or_takes_it(struct ctx *c, void *arg)
{
    struct race *race = arg;
    static const char *everything[] = { "admin:*" };
    const struct actor actor = { .user_id = race->actor,
                                 .tenant_id = TENANT_DEFAULT_ID,
                                 .permissions = { everything, 1 },
                                 .permission = "roles:assign" };
    if (race->turn++ == 8) {
        OK(role_unassign(c, &(struct role_assignment){ .tenant_id = TENANT_DEFAULT_ID,
                                                       .user_id = race->actor,
                                                       .role = "admin" }));
        race->demoted = 1;
        return false;
    }
    for (int i = 0; i < 50; i++) {
        bool gone = race->demoted != 0;
        if (authority_act(c, &actor, look_in, race->other).code == ERR_OK && gone)
            race->late++;
        fault_clear(c);
    }
    return false;
}

/* AZ-06: nothing is done with a right once its end was committed, however many are at it. */
static void no_act_outlives_its_right(void **state)
{
    struct ctx *c = house_of(state)->c;
    struct race race = { 0 };
    (void)snprintf(race.actor, sizeof race.actor, "%s", person(c, "a@example.com"));
    (void)snprintf(race.other, sizeof race.other, "%s", person(c, "b@example.com"));
    OK(people_give_role(c, race.actor, "admin", NULL));
    (void)house_crowd_run(*state, 16, uses_it_or_takes_it, &race);
    assert_int_equal(race.demoted, 1);
    assert_int_equal(race.late, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(disabling_ends_sessions_and_enabling_brings_none_back),
        HOUSE_TEST(a_password_is_set_and_the_user_is_told),
        HOUSE_TEST(sessions_are_ended),
        HOUSE_TEST(a_user_is_erased_and_told),
        HOUSE_TEST(roles_are_given_and_taken),
        HOUSE_TEST(who_is_not_there_is_not_found),
        HOUSE_TEST(the_last_administrator_is_kept),
        HOUSE_TEST(two_who_demote_each_other_leave_one),
        HOUSE_TEST(no_act_outlives_its_right),
    };
    return cmocka_run_group_tests_name("identity/people_change", tests, NULL, NULL);
}
