/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db_postgres.h"

#include "postgres_testing.h"

/* ---- what the server says ---- */

/* Lets the server fail with `sqlstate`. */
static err raised(struct ctx *c, const char *sqlstate)
{
    return db_run(c,
                  text_printf(c->arena,
                              "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '%s'; END $$",
                              sqlstate),
                  NULL, 0, NULL);
}

static void what_the_server_cannot_do_now_is_unavailable(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *const states[] = { "53100", "53200", "53400", "55006", "57014",
                                   "58030", "XX001", "42501", "25006" };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        unavailable(c, raised(c, states[i]), false);
    assert_int_equal(count(c), 0);
}

static void a_mistake_of_ours_is_internal_and_a_constraint_a_conflict(void **state)
{
    struct ctx *c = ctx_of(state);
    REFUSED(raised(c, "42601"), INTERNAL);
    REFUSED(raised(c, "22P02"), INTERNAL);
    REFUSED(raised(c, "23514"), CONFLICT);
    REFUSED(db_run(c, "SELEKT 1", NULL, 0, NULL), INTERNAL);
    assert_int_equal(count(c), 0);
}

/* After a full disk, being ready is more than answering: something can be written. */
static void health_after_a_failed_write_asks_for_a_write(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(db_check(c));
    unavailable(c, raised(c, "53100"), false);
    OK(db_check(c));
}

/* a former primary, or a server whose disk is so full that it was told to take no writes. */
static void a_server_that_only_reads_is_unavailable(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(db_run(c, "ALTER ROLE uauth SET default_transaction_read_only = on", NULL, 0, NULL));
    struct ctx *other = worker_begin(NULL);
    unavailable(other, db_open(other, world_of(state)->database, &other->db), false);
    OK(db_run(c, "ALTER ROLE uauth RESET default_transaction_read_only", NULL, 0, NULL));
    worker_end(other);
}

/* A constraint that is checked at the commit refuses there. */
static void what_the_commit_refuses_is_a_conflict(void **state)
{
    struct ctx *c = ctx_of(state);
    for (int i = 0; i < 3; i++)
        REFUSED(DB_RUN(c, sql_add_child, NULL, P_TEXT("child"), P_TEXT("nobody")), CONFLICT);
    assert_int_equal(count(c), 0);
    OK(add(c, "parent", 1));
    OK(DB_RUN(c, sql_add_child, NULL, P_TEXT("child"), P_TEXT("parent")));
}

static RESULT add_orphan(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    (void)arg;
    return DB_RUN(c, sql_add_child, NULL, P_TEXT("child"), P_TEXT("nobody"));
}

static void what_the_commit_of_a_unit_refuses_is_a_conflict(void **state)
{
    struct ctx *c = ctx_of(state);
    REFUSED(db_atomically(c, add_orphan, NULL), CONFLICT);
    assert_int_equal(count(c), 0);
}

/* ---- parts of a transaction ---- */

/* More parts than commands may wait for the next statement; none has a statement of its own. */
static RESULT nothing_in_parts(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    int *depth = arg;
    return --*depth == 0 ? ok() : db_atomically(c, nothing_in_parts, depth);
}

static RESULT add_in_parts(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    int *depth = arg;
    int none = 40;
    TRY(db_atomically(c, nothing_in_parts, &none));
    if (--*depth > 0)
        TRY(db_atomically(c, add_in_parts, depth));
    return add(c, text_printf(c->arena, "%d", --*depth), 1);
}

static void many_parts_and_empty_ones_nest(void **state)
{
    struct ctx *c = ctx_of(state);
    int none = 40;
    OK(db_atomically(c, nothing_in_parts, &none));
    int depth = 40;
    OK(db_atomically(c, add_in_parts, &depth));
    assert_int_equal(count(c), 40);
}

/* ---- conflicts with others ---- */

static RESULT increment(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    (void)arg;
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT("counter")));
    return DB_RUN(c, sql_set, NULL, P_TEXT("counter"), P_INT(table_int(&t, 0, 0) + 1));
}

static void increment_often(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    for (int i = 0; i < 5; i++) {
        err done = db_atomically(c, increment, NULL);
        if (done.code == ERR_OK)
            crowd->wins++;
        else
            unavailable(c, done, false);
    }
}

/* whoever is told that it was done has counted, and nobody else has. */
static void read_and_write_units_lose_no_update(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(add(c, "counter", 0));
    size_t wins = crowd_run(world_of(state), 32, increment_often, NULL);
    assert_int_equal(number_of(c, "counter"), wins);
    assert_true(wins > 32);
}

/* A doctor goes off duty if another one stays. */
static RESULT go_off(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    static const char on_duty[] = "SELECT count(*) FROM things WHERE number = 1";
    struct table t;
    TRY(db_run(c, on_duty, NULL, 0, &t));
    if (table_int(&t, 0, 0) < 2)
        return fail_at(c, ERR_FORBIDDEN, __FILE__, __LINE__, "somebody has to stay");
    (void)usleep(20000);
    return DB_RUN(c, sql_set, NULL, P_TEXT(arg), P_INT(0));
}

static void doctor(struct ctx *c, struct crowd *crowd, size_t number)
{
    char name[] = "alice";
    (void)snprintf(name, sizeof name, "%s", number == 0 ? "alice" : "bob");
    err done = db_atomically(c, go_off, name);
    crowd->wins += done.code == ERR_OK;
}

static void two_who_rely_on_each_other_do_not_both_go(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(add(c, "alice", 1));
    OK(add(c, "bob", 1));
    assert_int_equal(crowd_run(world_of(state), 2, doctor, NULL), 1);
    assert_int_equal(number_of(c, "alice") + number_of(c, "bob"), 1);
}

struct order {
    const char *first, *second;
};

static RESULT set_both(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct order *order = arg;
    TRY(DB_RUN(c, sql_set, NULL, P_TEXT(order->first), P_INT(1)));
    (void)usleep(50000);
    return DB_RUN(c, sql_set, NULL, P_TEXT(order->second), P_INT(1));
}

static void lock_crosswise(struct ctx *c, struct crowd *crowd, size_t number)
{
    struct order order = { number == 0 ? "a" : "b", number == 0 ? "b" : "a" };
    OK(db_atomically(c, set_both, &order));
    crowd->wins++;
}

/* */
static void a_deadlock_resolves(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(add(c, "a", 0));
    OK(add(c, "b", 0));
    assert_int_equal(crowd_run(world_of(state), 2, lock_crosswise, NULL), 2);
}

static RESULT count_tries(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    int *tries = arg;
    if (++*tries > 1)
        assert_int_equal(c->fault.code, ERR_OK);
    TRY(add(c, "a", 1));
    return raised(c, "40001");
}

static void what_never_succeeds_ends_within_the_time_of_a_call(void **state)
{
    struct ctx *c = ctx_of(state);
    int tries = 0;
    int64_t begun = time_monotonic_ms();
    unavailable(c, db_atomically(c, count_tries, &tries), false);
    assert_true(time_monotonic_ms() - begun < POSTGRES_CALL_MS + 500);
    assert_true(tries > 10);
    assert_int_equal(count(c), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_the_server_cannot_do_now_is_unavailable),
        WORLD_TEST(a_mistake_of_ours_is_internal_and_a_constraint_a_conflict),
        WORLD_TEST(health_after_a_failed_write_asks_for_a_write),
        WORLD_TEST(a_server_that_only_reads_is_unavailable),
        WORLD_TEST(what_the_commit_refuses_is_a_conflict),
        WORLD_TEST(what_the_commit_of_a_unit_refuses_is_a_conflict),
        WORLD_TEST(many_parts_and_empty_ones_nest),
        WORLD_TEST(read_and_write_units_lose_no_update),
        WORLD_TEST(two_who_rely_on_each_other_do_not_both_go),
        WORLD_TEST(a_deadlock_resolves),
        WORLD_TEST(what_never_succeeds_ends_within_the_time_of_a_call),
    };
    return server_is_given() ? cmocka_run_group_tests(tests, server_set_up, server_tear_down) : 0;
}
