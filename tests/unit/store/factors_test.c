/* SPDX-License-Identifier: Apache-2.0 */
#include "store/factors.h"

#include "store_testing.h"

static bool may_try(struct ctx *c, const char *user_id)
{
    bool allowed = false;
    OK(factor_try(c, user_id, 5, &allowed));
    return allowed;
}

static bool used(struct ctx *c, const char *user_id, int64_t step)
{
    bool accepted = false;
    OK(totp_use(c, user_id, step, &accepted));
    return accepted;
}

static bool recovered(struct ctx *c, const char *user_id, const char *hash)
{
    bool accepted = false;
    int64_t left = 0;
    OK(recovery_code_use(c, user_id, hash, &accepted, &left));
    return accepted;
}

/* A user with a confirmed factor whose last step is 100. */
static const char *with_totp(struct ctx *c, const char *email)
{
    const char *user_id = person(c, email);
    const char *id = NULL;
    bool done = false;
    OK(totp_enrol(c, user_id, "sealed", &id));
    OK(totp_confirm(c, user_id, id, 100, &done));
    assert_true(done);
    return user_id;
}

static void set_codes(struct ctx *c, const char *user_id, const char *first, const char *second)
{
    const char *hashes[] = { first, second };
    OK(recovery_codes_set(c, user_id,
                          &(struct recovery_set){ .salt = first, .hashes = { hashes, 2 } }));
}

/* The text in memory of the test's own, for threads whose arenas come and go. */
static char *kept(char out[64], const char *text)
{
    (void)snprintf(out, 64, "%s", text);
    return out;
}

/* ---- attempts ---- */

/* MF-01: wrong codes of all sessions count together, until the factor is locked; others' do not. */
static void attempts_are_used_up_by_user(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    const char *bob = person(c, "bob@example.org");
    int64_t failures = 0;
    for (int i = 0; i < 5; i++)
        assert_true(may_try(c, alice));
    assert_false(may_try(c, alice));
    assert_false(may_try(c, alice));
    OK(factor_failures(c, alice, &failures));
    assert_int_equal(failures, 5);
    assert_true(may_try(c, bob));
    OK(factor_unlock(c, alice));
    assert_true(may_try(c, alice));
    assert_false(may_try(c, "nobody"));
    OK(factor_failures(c, "nobody", &failures));
    assert_int_equal(failures, 0);
}

static void try_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd->wins += may_try(c, crowd->arg);
}

/* RL-07: of a crowd of guesses no more than the limit are looked at. */
static void no_race_passes_the_limit(void **state)
{
    struct world *w = world_of(state);
    char user_id[64];
    assert_int_equal(crowd_run(w, 64, try_at_once, kept(user_id, person(w->c, "a@example.org"))),
                     5);
}

/* MF-07: a right code gives the attempts back; a wrong one, a sign-in and a password do not. */
static void only_a_right_code_gives_attempts_back(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = with_totp(c, "alice@example.org");
    set_codes(c, user_id, "one", "two");
    int64_t failures = 0;
    for (int i = 0; i < 3; i++)
        assert_true(may_try(c, user_id));
    assert_false(used(c, user_id, 100));
    assert_false(recovered(c, user_id, "three"));
    OK(user_logged_in(c, user_id, NULL, NULL));
    OK(factor_failures(c, user_id, &failures));
    assert_int_equal(failures, 3);
    assert_true(used(c, user_id, 101));
    OK(factor_failures(c, user_id, &failures));
    assert_int_equal(failures, 0);
    assert_true(may_try(c, user_id));
    assert_true(recovered(c, user_id, "one"));
    OK(factor_failures(c, user_id, &failures));
    assert_int_equal(failures, 0);
}

/* ---- enrolling ---- */

static void an_enrolment_counts_once_it_is_confirmed(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const char *id = NULL;
    OK(totp_enrol(c, user_id, "sealed", &id));
    const struct totp_row *totp = NULL;
    OK(totp_find(c, user_id, &totp));
    assert_null(totp);
    assert_false(used(c, user_id, 100));
    OK(totp_find_pending(c, user_id, &totp));
    assert_string_equal(totp->id, id);
    assert_string_equal(totp->sealed_secret, "sealed");
    assert_int_equal(totp->confirmed_at, 0);
    bool done = false;
    c->now++;
    OK(totp_confirm(c, user_id, id, 100, &done));
    assert_true(done);
    OK(totp_find_pending(c, user_id, &totp));
    assert_null(totp);
    OK(totp_find(c, user_id, &totp));
    assert_string_equal(totp->id, id);
    assert_int_equal(totp->created_at, WORLD_NOW);
    assert_int_equal(totp->confirmed_at, WORLD_NOW + 1);
    assert_int_equal(totp->last_step, 100);
    const struct user_row *user = NULL;
    OK(user_find(c, user_id, &user));
    assert_true(user->totp);
}

static void a_new_enrolment_replaces_one_that_has_begun(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const char *first = NULL;
    const char *second = NULL;
    OK(totp_enrol(c, user_id, "first", &first));
    OK(totp_enrol(c, user_id, "second", &second));
    bool done = true;
    OK(totp_confirm(c, user_id, first, 100, &done));
    assert_false(done);
    OK(totp_confirm(c, user_id, second, 100, &done));
    assert_true(done);
    OK(totp_confirm(c, user_id, second, 100, &done));
    assert_false(done);
}

/* MF-10: a confirmed factor is not replaced by enrolling again. */
static void a_confirmed_factor_is_not_enrolled_over(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = with_totp(c, "alice@example.org");
    const char *id = "";
    OK(totp_enrol(c, user_id, "other", &id));
    assert_null(id);
    const struct totp_row *totp = NULL;
    OK(totp_find(c, user_id, &totp));
    assert_string_equal(totp->sealed_secret, "sealed");
}

static void an_enrolment_of_somebody_else_is_not_confirmed(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    const char *bob = person(c, "bob@example.org");
    const char *id = NULL;
    bool done = true;
    OK(totp_enrol(c, alice, "sealed", &id));
    OK(totp_confirm(c, bob, id, 100, &done));
    assert_false(done);
}

static void enrol_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    const char *id = NULL;
    bool done = false;
    OK(totp_enrol(c, crowd->arg, text_printf(c->arena, "s%zu", number), &id));
    if (id != NULL)
        OK(totp_confirm(c, crowd->arg, id, 100, &done));
    crowd->wins += done;
}

static void of_a_crowd_enrolling_one_is_confirmed(void **state)
{
    struct world *w = world_of(state);
    char user_id[64];
    assert_int_equal(crowd_run(w, 32, enrol_at_once, kept(user_id, person(w->c, "a@example.org"))),
                     1);
}

/* ---- using ---- */

/* MF-02: a step is accepted once, and no step before it afterwards, also after a restart. */
static void a_step_is_accepted_once_and_none_before_it(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    const char *bob = with_totp(c, "bob@example.org");
    char user_id[64];
    (void)kept(user_id, with_totp(c, "alice@example.org"));
    assert_false(used(c, user_id, 100));
    assert_true(used(c, user_id, 102));
    assert_false(used(c, user_id, 102));
    assert_false(used(c, user_id, 101));
    assert_true(used(c, bob, 101));
    world_close(w);
    world_open(w, DB_SERVER);
    assert_false(used(w->c, user_id, 102));
    assert_true(used(w->c, user_id, 103));
}

static void use_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd->wins += used(c, crowd->arg, 101);
}

/* MF-02: also when 64 come with one code at once. */
static void of_a_crowd_with_one_code_one_is_accepted(void **state)
{
    struct world *w = world_of(state);
    char user_id[64];
    assert_int_equal(crowd_run(w, 64, use_at_once, kept(user_id, with_totp(w->c, "a@example.org"))),
                     1);
}

static void removing_takes_factor_and_codes_of_one_user(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = with_totp(c, "alice@example.org");
    const char *bob = with_totp(c, "bob@example.org");
    set_codes(c, alice, "one", "two");
    set_codes(c, bob, "one", "two");
    bool removed = false;
    OK(totp_remove(c, alice, &removed));
    assert_true(removed);
    assert_false(used(c, alice, 200));
    assert_false(recovered(c, alice, "one"));
    assert_true(used(c, bob, 200));
    assert_true(recovered(c, bob, "one"));
    OK(totp_remove(c, alice, &removed));
    assert_false(removed);
}

/* ---- recovery codes ---- */

/* MF-08: a recovery code works once, for its user. */
static void a_recovery_code_is_used_once(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    const char *bob = person(c, "bob@example.org");
    set_codes(c, alice, "one", "two");
    set_codes(c, bob, "one", "two");
    const char *salt = NULL;
    int64_t left = 0;
    bool accepted = false;
    OK(recovery_codes_find(c, alice, &salt, &left));
    assert_string_equal(salt, "one");
    assert_int_equal(left, 2);
    OK(recovery_code_use(c, alice, "one", &accepted, &left));
    assert_true(accepted);
    assert_int_equal(left, 1);
    OK(recovery_code_use(c, alice, "one", &accepted, &left));
    assert_false(accepted);
    assert_int_equal(left, 1);
    OK(recovery_codes_find(c, bob, &salt, &left));
    assert_int_equal(left, 2);
}

static void a_new_set_replaces_the_one_before(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    const char *salt = "";
    int64_t left = 1;
    OK(recovery_codes_find(c, alice, &salt, &left));
    assert_null(salt);
    assert_int_equal(left, 0);
    set_codes(c, alice, "one", "two");
    assert_true(recovered(c, alice, "two"));
    set_codes(c, alice, "three", "four");
    assert_false(recovered(c, alice, "one"));
    assert_true(recovered(c, alice, "three"));
    OK(recovery_codes_find(c, alice, &salt, &left));
    assert_string_equal(salt, "three");
    assert_int_equal(left, 1);
}

static void recover_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd->wins += recovered(c, crowd->arg, "one");
}

/* MF-08: also when 64 come with it at once. */
static void of_a_crowd_with_one_recovery_code_one_is_accepted(void **state)
{
    struct world *w = world_of(state);
    char user_id[64];
    (void)kept(user_id, person(w->c, "alice@example.org"));
    set_codes(w->c, user_id, "one", "two");
    assert_int_equal(crowd_run(w, 64, recover_at_once, user_id), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(attempts_are_used_up_by_user),
        STORE_TEST(no_race_passes_the_limit),
        STORE_TEST(only_a_right_code_gives_attempts_back),
        STORE_TEST(an_enrolment_counts_once_it_is_confirmed),
        STORE_TEST(a_new_enrolment_replaces_one_that_has_begun),
        STORE_TEST(a_confirmed_factor_is_not_enrolled_over),
        STORE_TEST(an_enrolment_of_somebody_else_is_not_confirmed),
        STORE_TEST(of_a_crowd_enrolling_one_is_confirmed),
        STORE_TEST(a_step_is_accepted_once_and_none_before_it),
        STORE_TEST(of_a_crowd_with_one_code_one_is_accepted),
        STORE_TEST(removing_takes_factor_and_codes_of_one_user),
        STORE_TEST(a_recovery_code_is_used_once),
        STORE_TEST(a_new_set_replaces_the_one_before),
        STORE_TEST(of_a_crowd_with_one_recovery_code_one_is_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
