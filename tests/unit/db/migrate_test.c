/* SPDX-License-Identifier: Apache-2.0 */
#include "db/migrate.h"

#include "tests/unit/db/db_testing.h"

#include <signal.h>

static const char sql_count[] = "SELECT count(*) FROM a";
static const char sql_versions[] =
    "SELECT number, name, sha256, applied_at FROM migrations ORDER BY number";

static const struct migration files[] = {
    { 1, "0001_first", "1f", "CREATE TABLE a (x BIGINT); INSERT INTO a (x) VALUES (1);" },
    { 2, "0002_second", "25", "INSERT INTO a (x) VALUES (2);\nCREATE TABLE b (x BIGINT);" },
};
static const struct migration changed_files[] = {
    { 1, "0001_first", "1c", "CREATE TABLE a (x BIGINT);" },
    { 2, "0002_second", "25", "INSERT INTO a (x) VALUES (2);\nCREATE TABLE b (x BIGINT);" },
};
static const struct migration broken_files[] = {
    { 1, "0001_first", "1f", "CREATE TABLE a (x BIGINT); INSERT INTO a (x) VALUES (1);" },
    { 2, "0002_broken", "2b", "INSERT INTO a (x) VALUES (2); CREATE TABLE a (x BIGINT);" },
};
static const struct migrations first = { files, 1 };
static const struct migrations both = { files, 2 };
static const struct migrations changed = { changed_files, 2 };
static const struct migrations broken = { broken_files, 2 };

static int set_up_world(void **state)
{
    struct world *w = world_new();
    world_open(w, DB_SERVER);
    *state = w;
    return 0;
}

static int tear_down_world(void **state)
{
    world_free(*state);
    return 0;
}

static struct ctx *ctx_of(void **state)
{
    return ((struct world *)*state)->c;
}

static int64_t rows(struct ctx *c)
{
    struct table t;
    OK(db_run(c, sql_count, NULL, 0, &t));
    return table_int(&t, 0, 0);
}

static void the_plan_lists_what_is_due_and_does_none_of_it(void **state)
{
    struct ctx *c = ctx_of(state);
    struct migrations_due due;
    OK(migrate_plan(c, &both, &due));
    assert_int_equal(due.n, 2);
    assert_string_equal(due.at[0].name, "0001_first");
    OK(migrate_run(c, &first, NULL));
    OK(migrate_plan(c, &both, &due));
    assert_int_equal(due.n, 1);
    assert_string_equal(due.at[0].name, "0002_second");
    assert_int_equal(rows(c), 1);
}

static void each_runs_once_and_is_recorded_with_its_hash(void **state)
{
    struct ctx *c = ctx_of(state);
    struct migrations_due applied;
    OK(migrate_run(c, &first, &applied));
    assert_int_equal(applied.n, 1);
    OK(migrate_run(c, &both, &applied));
    assert_int_equal(applied.n, 1);
    OK(migrate_run(c, &both, &applied));
    assert_int_equal(applied.n, 0);
    assert_int_equal(rows(c), 2);
    struct table t;
    OK(db_run(c, sql_versions, NULL, 0, &t));
    assert_int_equal(t.rows, 2);
    assert_string_equal(table_text(&t, 1, 2), "25");
    assert_int_equal(table_int(&t, 1, 3), WORLD_NOW);
}

/* SU-12: a version that does not know what a newer one has done leaves it alone. */
static void a_newer_schema_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(migrate_run(c, &both, NULL));
    REFUSED(migrate_run(c, &first, NULL), UNAVAILABLE);
    struct migrations_due due;
    REFUSED(migrate_plan(c, &first, &due), UNAVAILABLE);
}

static void a_file_changed_after_it_ran_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(migrate_run(c, &first, NULL));
    REFUSED(migrate_run(c, &changed, NULL), UNAVAILABLE);
    assert_int_equal(rows(c), 1);
}

static void one_that_fails_leaves_nothing_behind(void **state)
{
    struct ctx *c = ctx_of(state);
    REFUSED(migrate_run(c, &broken, NULL), INTERNAL);
    assert_int_equal(rows(c), 1); /* the first is done, of the second nothing */
    OK(migrate_run(c, &both, NULL));
    assert_int_equal(rows(c), 2);
}

static void migrate(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    OK(migrate_run(c, crowd->arg, NULL));
}

static void many_at_once_apply_each_once(void **state)
{
    struct world *w = *state;
    struct migrations list = both;
    (void)crowd_run(w, 16, migrate, &list);
    assert_int_equal(rows(w->c), 2);
}

static void note_step(void *arg, const struct migration *begins, size_t at, size_t of)
{
    char *out = arg;
    size_t n = strlen(out);
    (void)snprintf(out + n, 128 - n, "%s %zu/%zu;", begins->name, at, of);
}

static void each_step_is_told_before_it_begins(void **state)
{
    struct ctx *c = ctx_of(state);
    char out[128] = "";
    const struct migrate_watch watch = { note_step, out };
    OK(migrate_run_told(c, &both, watch, NULL));
    assert_string_equal(out, "0001_first 1/2;0002_second 2/2;");
    OK(migrate_run_told(c, &both, watch, NULL));
    assert_string_equal(out, "0001_first 1/2;0002_second 2/2;");
}

/* what the version before has prepared and uses goes on under the schema of the next. */
static void a_version_that_runs_goes_on_while_the_next_one_migrates(void **state)
{
    static const struct migration expanding[] = {
        { 1, "0001_first", "1f", "CREATE TABLE a (x BIGINT); INSERT INTO a (x) VALUES (1);" },
        { 2, "0002_expand", "2e",
          "ALTER TABLE a ADD COLUMN y BIGINT;\n"
          "CREATE TABLE b (x BIGINT NOT NULL PRIMARY KEY);" },
    };
    static const char sql_old_add[] = "INSERT INTO a (x) VALUES ($1)";
    static const char sql_new_count[] = "SELECT count(*) FROM a WHERE y IS NULL";
    struct world *w = *state;
    struct ctx *c = w->c;
    OK(migrate_run(c, &first, NULL));
    OK(DB_RUN(c, sql_old_add, NULL, P_INT(2)));
    assert_int_equal(rows(c), 2);
    struct ctx *old = c;
    c = worker_begin(w->database);
    OK(migrate_run(c, &(struct migrations){ expanding, 2 }, NULL));
    assert_int_equal(DB_RUN(old, sql_old_add, NULL, P_INT(3)).code, ERR_OK);
    assert_int_equal(rows(old), 3);
    struct table t;
    OK(db_run(c, sql_new_count, NULL, 0, &t));
    assert_int_equal(table_int(&t, 0, 0), 3);
    worker_end(c);
    c = old;
    REFUSED(migrate_run(c, &first, NULL), UNAVAILABLE); /* but it does not start again */
}

/* Starts, and kills, a process that migrates; whatever it did, the next one ends it. */
static void kill_one(struct world *w, int64_t after_us)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        world_open(w, DB_COMMAND);
        err done = migrate_run(w->c, &both, NULL);
        _exit(done.code == ERR_OK ? 0 : 1);
    }
    (void)usleep((unsigned)after_us);
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* SU-12: killed anywhere, a migration has happened or not. */
static void a_killed_migration_has_happened_or_not(void **state)
{
    struct world *w = *state;
    for (int64_t after = 0; after < 12; after++) {
        world_close(w);
        struct world *other = world_new();
        kill_one(other, after * 1500);
        world_open(other, DB_SERVER);
        struct ctx *c = other->c;
        OK(migrate_run(c, &both, NULL));
        assert_int_equal(rows(c), 2);
        world_free(other);
    }
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_world, tear_down_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_plan_lists_what_is_due_and_does_none_of_it),
        WORLD_TEST(each_runs_once_and_is_recorded_with_its_hash),
        WORLD_TEST(a_newer_schema_is_refused),
        WORLD_TEST(a_file_changed_after_it_ran_is_refused),
        WORLD_TEST(one_that_fails_leaves_nothing_behind),
        WORLD_TEST(each_step_is_told_before_it_begins),
        WORLD_TEST(a_version_that_runs_goes_on_while_the_next_one_migrates),
        WORLD_TEST(many_at_once_apply_each_once),
        WORLD_TEST(a_killed_migration_has_happened_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
