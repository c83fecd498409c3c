/* SPDX-License-Identifier: Apache-2.0 */
#include "store/registrations.h"

#include "store/credentials.h"
#include "store/one_time_tokens.h"
#include "store/tenants.h"
#include "store_testing.h"

/* `name` is the password's hash, the link's and the full name. */
static struct registration_new alice(struct ctx *c, const char *name)
{
    return (struct registration_new){ .email = "alice@example.org",
                                      .email_entered = "Alice@example.org",
                                      .full_name = name,
                                      .password_hash = name,
                                      .link_hash = name,
                                      .expires_at = c->now + 3600,
                                      .tenant_id = TENANT_DEFAULT_ID };
}

static enum registration_outcome registered(struct ctx *c, const char *name, const char **user_id)
{
    struct registration_new new = alice(c, name);
    enum registration_outcome how;
    OK(registration_add(c, &new, &how, user_id));
    assert_non_null(*user_id);
    return how;
}

static enum verify_outcome verified(struct ctx *c, const char *link)
{
    enum verify_outcome how;
    struct verified done;
    OK(registration_verify(c, link, &how, &done));
    assert_true((done.user_id == NULL) == (how == VERIFY_UNKNOWN));
    return how;
}

static struct user_row user_of(struct ctx *c, const char *id)
{
    const struct user_row *user = NULL;
    OK(user_find(c, id, &user));
    assert_non_null(user);
    return *user;
}

static const char *password_of(struct ctx *c, const char *id)
{
    struct password_row password;
    OK(password_find(c, id, &password));
    return password.hash;
}

/* ---- registering ---- */

static void a_first_registration_makes_a_user_who_cannot_sign_in_yet(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = NULL;
    assert_int_equal(registered(c, "first", &id), REGISTRATION_NEW);
    struct user_row u = user_of(c, id);
    assert_string_equal(u.email, "alice@example.org");
    assert_string_equal(u.email_entered, "Alice@example.org");
    assert_int_equal(u.email_verified_at, 0);
    assert_string_equal(u.default_tenant_id, TENANT_DEFAULT_ID);
    assert_null(password_of(c, id));
    assert_int_equal(counted(c, "SELECT count(*) FROM memberships"), 1);
}

static void a_usable_registration_has_its_password_at_once(void **state)
{
    struct ctx *c = ctx_of(state);
    struct registration_new new = alice(c, "first");
    new.usable = true;
    enum registration_outcome how;
    const char *id = NULL;
    OK(registration_add(c, &new, &how, &id));
    assert_string_equal(password_of(c, id), "first");
    new = alice(c, "second");
    new.usable = true;
    OK(registration_add(c, &new, &how, &id));
    assert_int_equal(how, REGISTRATION_PENDING);
    assert_string_equal(password_of(c, id), "first");
}

static void a_second_registration_waits_beside_the_first(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *first = NULL;
    const char *second = NULL;
    (void)registered(c, "first", &first);
    assert_int_equal(registered(c, "second", &second), REGISTRATION_PENDING);
    assert_string_equal(first, second);
    assert_string_equal(user_of(c, first).full_name, "first");
    assert_int_equal(counted(c, "SELECT count(*) FROM registrations"), 2);
    assert_int_equal(counted(c, "SELECT count(*) FROM one_time_tokens"), 2);
}

static void an_address_in_use_is_left_alone(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *owner = person(c, "alice@example.org");
    const char *id = NULL;
    assert_int_equal(registered(c, "intruder", &id), REGISTRATION_TAKEN);
    assert_string_equal(id, owner);
    assert_string_equal(password_of(c, owner), "hash");
    assert_string_equal(user_of(c, owner).full_name, "Somebody");
    assert_int_equal(counted(c, "SELECT count(*) FROM registrations"), 0);
    assert_int_equal(counted(c, "SELECT count(*) FROM one_time_tokens"), 0);
}

static void an_address_of_a_disabled_user_is_left_alone(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = NULL;
    (void)registered(c, "first", &id);
    bool found = false;
    OK(user_set_status(c, id, USER_DISABLED, &found));
    assert_int_equal(registered(c, "second", &id), REGISTRATION_TAKEN);
    assert_int_equal(verified(c, "first"), VERIFY_UNKNOWN);
    assert_int_equal(verified(c, "second"), VERIFY_UNKNOWN);
}

/* DO-09: however often an address is registered, few registrations and links are kept, the newest
 * ones. */
static void of_many_registrations_the_newest_few_live(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = NULL;
    for (int i = 0; i < 30; i++)
        (void)registered(c, text_printf(c->arena, "r%d", i), &id);
    assert_int_equal(counted(c, "SELECT count(*) FROM registrations"), REGISTRATIONS_MAX);
    assert_int_equal(counted(c, "SELECT count(*) FROM one_time_tokens"), REGISTRATIONS_MAX);
    assert_int_equal(verified(c, "r24"), VERIFY_UNKNOWN);
    assert_int_equal(verified(c, "r25"), VERIFY_DONE);
}

static void register_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    crowd_joined(c, crowd);
    const char *id = NULL;
    enum registration_outcome how = registered(c, text_printf(c->arena, "r%zu", number), &id);
    crowd->wins += how == REGISTRATION_NEW;
}

static void of_a_crowd_registering_one_address_one_makes_the_user(void **state)
{
    struct world *w = world_of(state);
    assert_int_equal(crowd_run(w, 32, register_at_once, NULL), 1);
    assert_int_equal(counted(w->c, "SELECT count(*) FROM users"), 1);
    assert_int_equal(counted(w->c, "SELECT count(*) FROM registrations"), REGISTRATIONS_MAX);
}

/* ---- links ---- */

/* Whoever signs in before following the link gets another; the first mail is still the one they
 * open. */
static void a_further_link_of_a_registration_leaves_two_before_it(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = NULL;
    const char *id = NULL;
    bool several = true;
    (void)registered(c, "first", &user_id);
    OK(registration_newest(c, user_id, &id, &several));
    assert_false(several);
    (void)registered(c, "second", &user_id);
    OK(registration_newest(c, user_id, &id, &several));
    assert_true(several);
    bool found = false;
    const char *const links[] = { "third", "fourth", "fifth" };
    for (size_t i = 0; i < 3; i++) {
        c->now++;
        OK(registration_relink(c, id, links[i], WORLD_NOW + 7200, &found));
        assert_true(found);
    }
    assert_int_equal(verified(c, "second"), VERIFY_UNKNOWN);
    c->now = WORLD_NOW + 7199;
    assert_int_equal(verified(c, "first"), VERIFY_EXPIRED);
    assert_int_equal(verified(c, "third"), VERIFY_DONE);
    assert_int_equal(verified(c, "fifth"), VERIFY_USED);
    assert_string_equal(password_of(c, user_id), "second");
}

static void a_registration_that_is_gone_gets_no_link(void **state)
{
    struct ctx *c = ctx_of(state);
    bool found = true;
    OK(registration_relink(c, "none", "again", WORLD_NOW + 60, &found));
    assert_false(found);
    const char *user_id = NULL;
    const char *id = NULL;
    bool several = false;
    (void)registered(c, "first", &user_id);
    OK(registration_newest(c, user_id, &id, &several));
    c->now += 3600;
    OK(registration_relink(c, id, "again", c->now + 60, &found));
    assert_false(found);
    OK(registration_newest(c, user_id, &id, &several));
    assert_null(id);
    assert_false(several);
    assert_int_equal(verified(c, "again"), VERIFY_UNKNOWN);
}

/* ---- verifying ---- */

/* AT-04: the link activates the password and name of its own registration, not those of whoever
 * registered before or after. */
static void a_link_activates_its_own_registration(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = NULL;
    (void)registered(c, "intruder", &id);
    (void)registered(c, "owner", &id);
    (void)registered(c, "late intruder", &id);
    c->now += 10;
    assert_int_equal(verified(c, "owner"), VERIFY_DONE);
    struct user_row u = user_of(c, id);
    assert_int_equal(u.email_verified_at, WORLD_NOW + 10);
    assert_string_equal(u.full_name, "owner");
    assert_string_equal(password_of(c, id), "owner");
    assert_int_equal(verified(c, "owner"), VERIFY_USED);
    assert_int_equal(verified(c, "intruder"), VERIFY_USED);
    assert_int_equal(verified(c, "late intruder"), VERIFY_USED);
    assert_string_equal(password_of(c, id), "owner");
    assert_int_equal(counted(c, "SELECT count(*) FROM registrations"), 0);
    assert_int_equal(registered(c, "too late", &id), REGISTRATION_TAKEN);
}

static void a_link_replaces_a_password_that_was_usable_before(void **state)
{
    struct ctx *c = ctx_of(state);
    struct registration_new new = alice(c, "intruder");
    new.usable = true;
    enum registration_outcome how;
    const char *id = NULL;
    OK(registration_add(c, &new, &how, &id));
    int64_t epoch = user_of(c, id).epoch;
    (void)registered(c, "owner", &id);
    assert_int_equal(verified(c, "owner"), VERIFY_DONE);
    assert_string_equal(password_of(c, id), "owner");
    assert_true(user_of(c, id).epoch > epoch);
}

static void a_link_that_is_unknown_or_late_verifies_nobody(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = NULL;
    (void)registered(c, "first", &id);
    assert_int_equal(verified(c, "nothing"), VERIFY_UNKNOWN);
    c->now += 3600;
    assert_int_equal(verified(c, "first"), VERIFY_EXPIRED);
    assert_int_equal(user_of(c, id).email_verified_at, 0);
    assert_null(password_of(c, id));
}

static void a_link_of_another_kind_verifies_nobody(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = NULL;
    (void)registered(c, "first", &id);
    OK(one_time_add(c, &(struct one_time_new){ .kind = ONE_TIME_RESET_PASSWORD,
                                               .hash = "reset",
                                               .user_id = id,
                                               .expires_at = c->now + 60 }));
    assert_int_equal(verified(c, "reset"), VERIFY_UNKNOWN);
    assert_int_equal(user_of(c, id).email_verified_at, 0);
}

static void verify_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    crowd_joined(c, crowd);
    enum verify_outcome how = verified(c, number % 2 == 0 ? "first" : "second");
    assert_true(how == VERIFY_DONE || how == VERIFY_USED);
    crowd->wins += how == VERIFY_DONE;
}

/* PR-05: of a crowd with the links of two registrations one gets through. */
static void of_a_crowd_with_two_links_one_verifies(void **state)
{
    struct world *w = world_of(state);
    const char *id = NULL;
    (void)registered(w->c, "first", &id);
    (void)registered(w->c, "second", &id);
    assert_int_equal(crowd_run(w, 64, verify_at_once, NULL), 1);
    assert_string_equal(password_of(w->c, id), user_of(w->c, id).full_name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_first_registration_makes_a_user_who_cannot_sign_in_yet),
        STORE_TEST(a_usable_registration_has_its_password_at_once),
        STORE_TEST(a_second_registration_waits_beside_the_first),
        STORE_TEST(an_address_in_use_is_left_alone),
        STORE_TEST(an_address_of_a_disabled_user_is_left_alone),
        STORE_TEST(of_many_registrations_the_newest_few_live),
        STORE_TEST(of_a_crowd_registering_one_address_one_makes_the_user),
        STORE_TEST(a_further_link_of_a_registration_leaves_two_before_it),
        STORE_TEST(a_registration_that_is_gone_gets_no_link),
        STORE_TEST(a_link_activates_its_own_registration),
        STORE_TEST(a_link_replaces_a_password_that_was_usable_before),
        STORE_TEST(a_link_that_is_unknown_or_late_verifies_nobody),
        STORE_TEST(a_link_of_another_kind_verifies_nobody),
        STORE_TEST(of_a_crowd_with_two_links_one_verifies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
