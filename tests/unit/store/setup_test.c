/* SPDX-License-Identifier: Apache-2.0 */
#include "store/setup.h"

#include "store/meta.h"
#include "store_testing.h"

static bool is_open(struct ctx *c)
{
    bool open = false;
    OK(setup_is_open(c, &open));
    return open;
}

static bool issued(struct ctx *c, const char *hash)
{
    bool done = false;
    OK(setup_issue(c, hash, WORLD_NOW + 3600, &done));
    return done;
}

static bool may_try(struct ctx *c)
{
    bool allowed = false;
    OK(setup_try(c, &allowed));
    return allowed;
}

static enum setup_outcome finished(struct ctx *c, const char *hash)
{
    enum setup_outcome how;
    OK(setup_finish(c, hash, &how));
    return how;
}

/* SU-01: nobody is there at first; the code works once, and never again is there another. */
static void the_code_closes_setup_for_ever(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    assert_true(is_open(c));
    assert_true(issued(c, "code"));
    assert_true(may_try(c));
    assert_int_equal(finished(c, "wrong"), SETUP_WRONG);
    assert_true(is_open(c));
    assert_int_equal(finished(c, "code"), SETUP_DONE);
    assert_false(is_open(c));
    assert_int_equal(finished(c, "code"), SETUP_CLOSED);
    assert_false(issued(c, "another"));
    assert_int_equal(finished(c, "another"), SETUP_CLOSED);
    assert_true(may_try(c));
    world_close(w);
    world_open(w, DB_SERVER);
    assert_false(is_open(w->c));
    assert_false(issued(w->c, "another"));
}

static void a_newer_code_is_the_only_one(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)issued(c, "first");
    for (int i = 0; i <= SETUP_TRIES_MAX; i++)
        (void)may_try(c);
    (void)issued(c, "second");
    assert_true(may_try(c));
    assert_int_equal(finished(c, "first"), SETUP_WRONG);
    assert_int_equal(finished(c, "second"), SETUP_DONE);
}

static void a_code_expires(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)issued(c, "code");
    c->now = WORLD_NOW + 3600;
    assert_int_equal(finished(c, "code"), SETUP_EXPIRED);
    assert_true(is_open(c));
    c->now = WORLD_NOW + 3599;
    assert_int_equal(finished(c, "code"), SETUP_DONE);
}

static void the_right_code_after_too_many_tries_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)issued(c, "code");
    for (int i = 0; i < SETUP_TRIES_MAX; i++)
        assert_true(may_try(c));
    assert_false(may_try(c));
    assert_int_equal(finished(c, "code"), SETUP_EXPIRED);
    assert_int_equal(finished(c, "wrong"), SETUP_WRONG);
    assert_true(is_open(c));
}

static void try_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd->wins += may_try(c);
}

/* RL-07: of a crowd of guesses at the code no more than the limit are looked at. */
static void no_race_passes_the_limit(void **state)
{
    struct world *w = world_of(state);
    (void)issued(w->c, "code");
    assert_int_equal(crowd_run(w, 64, try_at_once, NULL), SETUP_TRIES_MAX);
}

static void finish_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    enum setup_outcome how = finished(c, "code");
    assert_true(how == SETUP_DONE || how == SETUP_CLOSED);
    crowd->wins += how == SETUP_DONE;
}

static void of_a_crowd_with_the_code_one_closes_setup(void **state)
{
    struct world *w = world_of(state);
    (void)issued(w->c, "code");
    assert_int_equal(crowd_run(w, 64, finish_at_once, NULL), 1);
}

/* What the caller does with it, and then fails. */
static RESULT finish_and_fail(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    TRY(setup_finish(c, "code", arg));
    return fail_at(c, ERR_CONFLICT, __FILE__, __LINE__, "the address is taken");
}

static void a_setup_whose_administrator_could_not_be_made_stays_open(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)issued(c, "code");
    enum setup_outcome how;
    REFUSED(db_atomically(c, finish_and_fail, &how), CONFLICT);
    assert_true(is_open(c));
    assert_int_equal(finished(c, "code"), SETUP_DONE);
}

static void a_command_closes_setup_without_a_code(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)issued(c, "code");
    bool closed = false;
    OK(setup_close(c, &closed));
    assert_true(closed);
    OK(setup_close(c, &closed));
    assert_false(closed);
    assert_int_equal(finished(c, "code"), SETUP_CLOSED);
    assert_int_equal(counted(c, "SELECT count(*) FROM setup_codes"), 0);
}

/* ---- single values ---- */

static void a_value_is_set_and_replaced(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *value = "";
    OK(meta_get(c, META_GENERATION, &value));
    assert_null(value);
    OK(meta_set(c, META_GENERATION, "1"));
    OK(meta_set(c, META_SEAL_CHECK, "other"));
    OK(meta_set(c, META_GENERATION, "2"));
    OK(meta_get(c, META_GENERATION, &value));
    assert_string_equal(value, "2");
}

static void add_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    const char *mine = text_printf(c->arena, "%zu", number);
    const char *found = NULL;
    const char *later = NULL;
    OK(meta_add(c, META_SEAL_CHECK, mine, &found));
    OK(meta_get(c, META_SEAL_CHECK, &later));
    assert_string_equal(found, later);
    crowd->wins += text_equal(mine, found);
}

static void of_a_crowd_adding_a_value_all_find_the_first(void **state)
{
    assert_int_equal(crowd_run(world_of(state), 32, add_at_once, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_code_closes_setup_for_ever),
        STORE_TEST(a_newer_code_is_the_only_one),
        STORE_TEST(a_code_expires),
        STORE_TEST(the_right_code_after_too_many_tries_is_refused),
        STORE_TEST(no_race_passes_the_limit),
        STORE_TEST(of_a_crowd_with_the_code_one_closes_setup),
        STORE_TEST(a_setup_whose_administrator_could_not_be_made_stays_open),
        STORE_TEST(a_command_closes_setup_without_a_code),
        STORE_TEST(a_value_is_set_and_replaced),
        STORE_TEST(of_a_crowd_adding_a_value_all_find_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
