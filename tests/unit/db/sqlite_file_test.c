/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db.h"

#include "db/sqlite_setup.h"
#include "things_testing.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/resource.h>

static void what_was_acknowledged_is_there_after_reopening(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    OK(add(c, "a", 1));
    world_close(w);
    world_open(w, DB_SERVER);
    assert_int_equal(count(w->c), 1);
    struct stat about;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/uauth.db", w->folder);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void a_second_server_is_refused(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    struct database *second = NULL;
    REFUSED(database_open(c, w->url, DB_SERVER, &second), UNAVAILABLE);
    OK(database_open(c, w->url, DB_COMMAND, &second));
    database_close(second);
}

static int log_size(const struct world *w)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/uauth.db-wal", w->folder);
    struct stat about;
    return stat(path, &about) == 0 ? (int)about.st_size : 0;
}

static void a_command_writes_beside_the_server_and_leaves_the_log_to_it(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    OK(add(c, "server", 1));
    struct world beside = *w;
    world_open(&beside, DB_COMMAND);
    int before = log_size(w);
    c = beside.c;
    OK(add(c, "command", 1));
    assert_true(log_size(w) > before);
    world_close(w); /* the server checkpoints, the command is still there */
    world_close(&beside);
    world_open(w, DB_COMMAND);
    c = w->c;
    OK(add(c, "alone", 1));
    before = log_size(w);
    assert_true(before > 0);
    world_close(w);
    assert_int_equal(log_size(w), before);
    world_open(w, DB_SERVER);
    assert_int_equal(count(w->c), 3);
}

/* An import, beside no server: its log would be many times what it has written. */
static void a_command_that_writes_much_keeps_the_log_short(void **state)
{
    struct world *w = *state;
    enum { ROWS = 150, BYTES = 1 << 20, LIMIT = 140 << 20 };
    world_close(w);
    world_open(w, DB_COMMAND);
    struct ctx *c = w->c;
    char *name = malloc(BYTES);
    assert_non_null(name);
    for (int i = 0; i < ROWS; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        (void)snprintf(name, BYTES, "%0*d", BYTES - 1, i);
        OK(add(c, name, 1));
        arena_rewind(c->arena, mark);
        assert_true(log_size(w) < LIMIT);
    }
    free(name);
    assert_true(log_size(w) < LIMIT / 2);
    world_close(w);
    world_open(w, DB_SERVER);
    assert_int_equal(count(w->c), ROWS);
}

static void a_held_lock_is_waited_for_and_then_unavailable(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/write.lock", w->folder);
    int held = open(path, O_RDWR);
    assert_int_equal(flock(held, LOCK_EX), 0);
    REFUSED(add(c, "a", 1), UNAVAILABLE);
    assert_int_equal(count(c), 0); /* reads go on */
    REFUSED(db_check(c), UNAVAILABLE);
    assert_int_equal(flock(held, LOCK_UN), 0);
    OK(db_check(c));
    OK(add(c, "a", 1));
    assert_int_equal(close(held), 0);
}

static void files_may_have(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* a job that finds nothing to do, say, while nothing can be written. */
static void what_writes_nothing_does_not_say_that_the_disk_is_well(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    struct table t;
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct sigaction before;
    assert_int_equal(sigaction(SIGXFSZ, &ignore, &before), 0);
    files_may_have(1);
    REFUSED(add(c, "a", 1), UNAVAILABLE);
    OK(DB_RUN(c, sql_remove, &t, P_TEXT("nobody")));
    err checked = db_check(c);
    files_may_have(RLIM_INFINITY);
    assert_int_equal(checked.code, ERR_UNAVAILABLE);
    fault_clear(c);
    OK(db_check(c));
    OK(add(c, "a", 1));
    assert_int_equal(sigaction(SIGXFSZ, &before, NULL), 0);
}

static void a_file_of_another_program_is_left_alone(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    const char *path = text_printf(c->arena, "%s/other.db", w->folder);
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "CREATE TABLE x (y)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    struct database *d = NULL;
    const char *url = text_printf(c->arena, "sqlite:%s", path);
    REFUSED(database_open(c, url, DB_COMMAND, &d), UNAVAILABLE);
    FILE *file = fopen(path, "w");
    (void)fputs("this is no database at all, but a text of some length that goes on and on", file);
    (void)fclose(file);
    REFUSED(database_open(c, url, DB_COMMAND, &d), UNAVAILABLE);
}

/* killed between its first page and its name, a file is still ours to make. */
static void a_file_whose_making_was_cut_off_is_made(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    const char *path = text_printf(c->arena, "%s/begun.db", w->folder);
    sqlite3 *begun = NULL;
    assert_int_equal(sqlite3_open(path, &begun), SQLITE_OK);
    assert_int_equal(sqlite3_exec(begun, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(begun), SQLITE_OK);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_true(about.st_size > 0);
    struct database *d = NULL;
    OK(database_open(c, text_printf(c->arena, "sqlite:%s", path), DB_COMMAND, &d));
    database_close(d);
}

static void a_damaged_file_is_refused(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    for (int i = 0; i < 200; i++)
        OK(add(c, text_printf(c->arena, "some thing number %d", i), i));
    world_close(w);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/uauth.db", w->folder);
    int file = open(path, O_RDWR);
    char noise[600];
    memset(noise, 0xa5, sizeof noise);
    assert_int_equal(pwrite(file, noise, sizeof noise, 4096), sizeof noise);
    assert_int_equal(close(file), 0);
    c = worker_begin(NULL);
    REFUSED(database_open(c, w->url, DB_SERVER, &w->database), UNAVAILABLE);
    worker_end(c);
}

static void a_url_that_names_no_driver_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    struct database *d = NULL;
    assert_int_equal(database_open(c, "mysql://localhost/x", DB_SERVER, &d).code,
                     ERR_INVALID_FIELD);
    assert_non_null(strstr(c->fault.say, "sqlite:"));
    fault_clear(c);
    REFUSED(database_open(c, "sqlite:", DB_SERVER, &d), INVALID_FIELD);
    REFUSED(database_open(c, "sqlite://host/x.db", DB_SERVER, &d), INVALID_FIELD);
    REFUSED(database_open(c, "sqlite:///nowhere/at/all/x.db", DB_SERVER, &d), UNAVAILABLE);
}

static void one_in_memory_serves_all_its_connections(void **state)
{
    struct ctx *c = ctx_of(state);
    struct database *d = NULL;
    OK(database_open(c, "sqlite::memory:", DB_SERVER, &d));
    struct ctx *a = worker_begin(d);
    struct ctx *b = worker_begin(d);
    OK(db_run(a, sql_make, NULL, 0, NULL));
    OK(add(a, "a", 1));
    assert_int_equal(count(b), 1);
    OK(db_check(b));
    worker_end(a);
    worker_end(b);
    database_close(d);
}

/* A reader and the writer each keep as much as they may of a database that is far larger, and no
 * more, however often.  Who comes alone is always given the same reader. */
static const char sql_fill[] =
    "INSERT INTO things (id)\n"
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)\n"
    "SELECT $1 || i || printf('%.2000c', 'x') FROM n";
static const char sql_touch[] = "UPDATE things SET number = 1";
static const char sql_scan[] = "SELECT max(length(id)) FROM things NOT INDEXED";

static void what_is_kept_of_a_large_database_has_a_bound(void **state)
{
    struct ctx *c = ctx_of(state);
    struct db_pages pages;
    db_pages(c->db, &pages);
    /* Beside what SQLite counts, it takes some for the cache itself. */
    int64_t readers = sysconf(_SC_NPROCESSORS_ONLN) + 2;
    int64_t counted = (readers * SQLITE_READER_PAGES_KIB + SQLITE_WRITER_PAGES_KIB) * 1024;
    int64_t used = (SQLITE_READER_PAGES_KIB + SQLITE_WRITER_PAGES_KIB) * 1024;
    assert_in_range(pages.most, counted, counted * 104 / 100);
    assert_true(pages.bytes < pages.most / 10);
    OK(DB_RUN(c, sql_fill, NULL, P_TEXT("large")));
    for (int i = 0; i < 3; i++) {
        OK(db_run(c, sql_touch, NULL, 0, NULL));
        OK(db_run(c, sql_scan, NULL, 0, NULL));
        db_pages(c->db, &pages);
        assert_in_range(pages.bytes, used * 8 / 10, used * 104 / 100);
    }
    struct table t;
    OK(db_run(c, "PRAGMA cache_size", NULL, 0, &t));
    assert_int_equal(table_int(&t, 0, 0), -SQLITE_READER_PAGES_KIB);
    /* Used little since, it gives its pages back, and then all else. */
    (void)db_rest(c->db);
    db_pages(c->db, &pages);
    assert_true(pages.bytes < SQLITE_WRITER_PAGES_KIB * 1024 * 104 / 100);
    (void)db_rest(c->db);
    assert_int_equal(count(c), 12000);
}

static RESULT fail_once(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    int *runs = arg;
    TRY(add(c, "a", 1));
    return (*runs)++ > 0 ? ok() : fail_at(c, ERR_FORBIDDEN, __FILE__, __LINE__, "the first time");
}

static void what_runs_again_finds_what_had_failed_before_it(void **state)
{
    struct ctx *c = ctx_of(state);
    int runs = 0;
    (void)fail_at(c, ERR_NOT_FOUND, __FILE__, __LINE__, "of before").code;
    assert_int_equal(db_atomically(c, fail_once, &runs).code, ERR_OK);
    assert_int_equal(runs, 2);
    assert_int_equal(c->fault.code, ERR_NOT_FOUND);
    assert_string_equal(c->fault.text, "of before");
    fault_clear(c);
    assert_int_equal(count(c), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_was_acknowledged_is_there_after_reopening),
        WORLD_TEST(a_second_server_is_refused),
        WORLD_TEST(a_command_writes_beside_the_server_and_leaves_the_log_to_it),
        WORLD_TEST(a_command_that_writes_much_keeps_the_log_short),
        WORLD_TEST(a_held_lock_is_waited_for_and_then_unavailable),
        WORLD_TEST(what_writes_nothing_does_not_say_that_the_disk_is_well),
        WORLD_TEST(a_file_of_another_program_is_left_alone),
        WORLD_TEST(a_file_whose_making_was_cut_off_is_made),
        WORLD_TEST(a_damaged_file_is_refused),
        WORLD_TEST(a_url_that_names_no_driver_is_refused),
        WORLD_TEST(what_is_kept_of_a_large_database_has_a_bound),
        WORLD_TEST(what_runs_again_finds_what_had_failed_before_it),
        WORLD_TEST(one_in_memory_serves_all_its_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
