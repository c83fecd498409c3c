/* SPDX-License-Identifier: Apache-2.0 */

/* db_run_kept: what is kept is what would be read, whoever writes. */
#include "db/sqlite_kept.h"
#include "db/sqlite_marks.h"
#include "things_testing.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROUNDS = 300, READERS = 8 };

static const char sql_more[] =
    "CREATE TABLE others (\n"
    "    id TEXT COLLATE \"C\" NOT NULL PRIMARY KEY,\n"
    "    thing TEXT COLLATE \"C\" REFERENCES things (id) ON DELETE CASCADE\n"
    ")";
static const char sql_add_other[] = "INSERT INTO others (id, thing) VALUES ($2, $1)";
static const char sql_set[] = "UPDATE things SET number = $2 WHERE id = $1";
static const char sql_others[] = "SELECT id, thing FROM others WHERE thing = $1 ORDER BY id";
static const char sql_large[] =
    "SELECT id, id || id, id || id || id FROM things WHERE number >= $1 ORDER BY id";

static int64_t kept_number(struct ctx *c, const char *id)
{
    struct table t;
    OK(DB_RUN_KEPT(c, sql_find, &t, P_TEXT(id)));
    return t.rows == 0 ? -1 : table_int(&t, 0, 1);
}

static RESULT set(struct ctx *c, const char *id, int64_t number)
{
    return DB_RUN(c, sql_set, NULL, P_TEXT(id), P_INT(number));
}

static void a_kept_read_finds_what_was_written(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_int_equal(kept_number(c, "a"), -1);
    for (int64_t i = 0; i < 3; i++) {
        OK(i == 0 ? add(c, "a", i) : set(c, "a", i));
        assert_int_equal(kept_number(c, "a"), i);
        assert_int_equal(kept_number(c, "a"), i);
        assert_int_equal(kept_number(c, "b"), -1);
    }
}

/* A row that a foreign key takes away is one that was written. */
static void what_follows_from_a_key_counts(void **state)
{
    struct ctx *c = ctx_of(state);
    struct table t;
    OK(db_run(c, sql_more, NULL, 0, NULL));
    OK(add(c, "a", 1));
    OK(DB_RUN(c, sql_add_other, NULL, P_TEXT("a"), P_TEXT("b")));
    OK(DB_RUN_KEPT(c, sql_others, &t, P_TEXT("a")));
    assert_int_equal(t.rows, 1);
    OK(DB_RUN(c, sql_remove, NULL, P_TEXT("a")));
    OK(DB_RUN_KEPT(c, sql_others, &t, P_TEXT("a")));
    assert_int_equal(t.rows, 0);
}

/* NULL, a number and a text of the same characters are three parameters. */
static void parameters_are_told_apart(void **state)
{
    static const char sql[] =
        "SELECT CASE WHEN CAST($1 AS TEXT) IS NULL THEN 'null' ELSE CAST($1 AS TEXT) END,\n"
        "       CASE WHEN $2 = 7 THEN 'seven' ELSE 'other' END\n"
        "FROM things";
    struct ctx *c = ctx_of(state);
    struct table t;
    OK(add(c, "a", 1));
    for (int round = 0; round < 2; round++) {
        OK(DB_RUN_KEPT(c, sql, &t, P_TEXT(NULL), P_INT(7)));
        assert_string_equal(table_text(&t, 0, 0), "null");
        assert_string_equal(table_text(&t, 0, 1), "seven");
        OK(DB_RUN_KEPT(c, sql, &t, P_TEXT(""), P_INT(8)));
        assert_string_equal(table_text(&t, 0, 0), "");
        assert_string_equal(table_text(&t, 0, 1), "other");
    }
}

/* More than is kept, by rows or by parameters, is read each time. */
static void what_is_large_is_read(void **state)
{
    struct ctx *c = ctx_of(state);
    struct table t;
    char id[SQLITE_KEPT_BYTES / 8 + 1];
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    for (int last = 'a'; last < 'e'; last++) {
        id[sizeof id - 2] = (char)last;
        OK(add(c, id, 1));
        OK(DB_RUN_KEPT(c, sql_large, &t, P_INT(1)));
        assert_int_equal(t.rows, last - 'a' + 1);
        assert_int_equal(kept_number(c, id), 1);
        assert_int_equal(strlen(table_text(&t, 0, 2)), 3 * (sizeof id - 1));
    }
}

/* Two statements with the same parameters. */
static void each_statement_has_its_own_answer(void **state)
{
    static const char sql_half[] = "SELECT id, number / 2, parent FROM things WHERE id = $1";
    struct ctx *c = ctx_of(state);
    struct table t;
    OK(add(c, "a", 8));
    for (int round = 0; round < 2; round++) {
        assert_int_equal(kept_number(c, "a"), 8);
        OK(DB_RUN_KEPT(c, sql_half, &t, P_TEXT("a")));
        assert_int_equal(table_int(&t, 0, 1), 4);
    }
}

/* As many as there are places, of which some fall on one: each is still answered as it is. */
static void one_takes_the_place_of_another(void **state)
{
    static const char sql_fill[] =
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)\n"
        "INSERT INTO things (id, number) SELECT 'id-' || i, i FROM n";
    struct ctx *c = ctx_of(state);
    char id[16];
    OK(DB_RUN(c, sql_fill, NULL, P_INT(SQLITE_KEPT_MAX)));
    for (int64_t round = 0; round < 2; round++) {
        for (int64_t i = 0; i < SQLITE_KEPT_MAX; i++) {
            (void)snprintf(id, sizeof id, "id-%ld", (long)i);
            assert_int_equal(kept_number(c, id), i);
            arena_reset(c->arena);
        }
    }
}

static RESULT set_and_fail(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    (void)arg;
    TRY(set(c, "a", 2));
    /* Inside, its own writes are seen. */
    assert_int_equal(kept_number(c, "a"), 2);
    return fail_at(c, ERR_FORBIDDEN, __FILE__, __LINE__, "given up");
}

static void what_was_undone_is_not_kept(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(add(c, "a", 1));
    assert_int_equal(kept_number(c, "a"), 1);
    REFUSED(db_atomically(c, set_and_fail, NULL), FORBIDDEN);
    assert_int_equal(kept_number(c, "a"), 1);
}

/* A disk that is full later has room for the marks already: no hole is left in the file, in which a
 * mark that rises would kill the process. */
static void marks_have_their_place_on_the_disk(void **state)
{
    (void)state;
    FILE *lock = tmpfile();
    struct stat about;
    assert_non_null(lock);
    struct sqlite_marks *marks = sqlite_marks_open(fileno(lock));
    assert_non_null(marks);
    assert_int_equal(fstat(fileno(lock), &about), 0);
    assert_true(about.st_blocks > 0);
    sqlite_marks_close(marks);
    (void)fclose(lock);
}

/* Another table is another mark: most writes cost no read of this one. */
static void tables_have_marks_of_their_own(void **state)
{
    (void)state;
    char folder[] = "/tmp/uauth-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[sizeof folder + 8];
    (void)snprintf(path, sizeof path, "%s/lock", folder);
    FILE *lock = fopen(path, "w+");
    assert_non_null(lock);
    struct sqlite_marks *one = sqlite_marks_open(fileno(lock));
    struct sqlite_marks *two = sqlite_marks_open(fileno(lock));
    assert_non_null(one);
    assert_non_null(two);
    sqlite_tables clients = sqlite_table("clients");
    sqlite_tables sessions = sqlite_table("sessions");
    assert_true(clients != sessions);
    uint64_t before = sqlite_marks_of(two, clients);
    sqlite_marks_raise(one, sessions);
    assert_int_equal(sqlite_marks_of(two, clients), before);
    sqlite_marks_raise(one, clients);
    assert_true(sqlite_marks_of(two, clients) > before);
    assert_true(sqlite_marks_of(two, clients | sessions) > before + 1);
    sqlite_marks_close(one);
    sqlite_marks_close(two);
    assert_null(sqlite_marks_open(-1));
    (void)fclose(lock);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* ---- others write ---- */

/* Each reader sees numbers that rise, and at last the last: one that was acknowledged before the
 * read began is never missed. */
static _Atomic int64_t acknowledged;

static void read_or_write(struct ctx *c, struct crowd *crowd, size_t number)
{
    if (number == 0) {
        for (int64_t i = 1; i <= ROUNDS; i++) {
            OK(set(c, "a", i));
            acknowledged = i;
            arena_reset(c->arena);
        }
        crowd->wins++;
        return;
    }
    for (int64_t seen = 0; seen < ROUNDS;) {
        int64_t due = acknowledged;
        seen = kept_number(c, "a");
        assert_true(seen >= due);
        arena_reset(c->arena);
    }
    crowd->wins++;
}

static void no_reader_misses_what_was_acknowledged(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    acknowledged = 0;
    OK(add(c, "a", 0));
    assert_int_equal(crowd_run(w, READERS + 1, read_or_write, NULL), READERS + 1);
}

/* A command has all of its own: connections, locks, and its map of the marks. */
static void write_from_elsewhere(const char *url, int64_t number)
{
    struct database *d = NULL;
    struct ctx *c = worker_begin(NULL);
    OK(database_open(c, url, DB_COMMAND, &d));
    OK(db_open(c, d, &c->db));
    OK(set(c, "a", number));
    worker_end(c);
    database_close(d);
}

static void another_writer_is_seen_at_once(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    OK(add(c, "a", 0));
    for (int64_t i = 1; i < 5; i++) {
        assert_int_equal(kept_number(c, "a"), i - 1);
        write_from_elsewhere(w->url, i);
        assert_int_equal(kept_number(c, "a"), i);
    }
}

/* A migration may write whatever it likes. */
static RESULT rewrite(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    (void)arg;
    return db_script(c, "UPDATE things SET number = 9");
}

static void a_script_forgets_all(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(add(c, "a", 1));
    assert_int_equal(kept_number(c, "a"), 1);
    OK(db_run(c, sql_more, NULL, 0, NULL));
    assert_int_equal(kept_number(c, "a"), 1);
    OK(db_atomically(c, rewrite, NULL));
    assert_int_equal(kept_number(c, "a"), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_kept_read_finds_what_was_written),
        WORLD_TEST(what_follows_from_a_key_counts),
        WORLD_TEST(parameters_are_told_apart),
        WORLD_TEST(what_is_large_is_read),
        WORLD_TEST(each_statement_has_its_own_answer),
        WORLD_TEST(one_takes_the_place_of_another),
        WORLD_TEST(what_was_undone_is_not_kept),
        cmocka_unit_test(marks_have_their_place_on_the_disk),
        cmocka_unit_test(tables_have_marks_of_their_own),
        WORLD_TEST(no_reader_misses_what_was_acknowledged),
        WORLD_TEST(another_writer_is_seen_at_once),
        WORLD_TEST(a_script_forgets_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
