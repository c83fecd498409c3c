/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of a database that others write to, and what is found in a damaged one.
 */
#include "db/sqlite_copy.h"

#include "things_testing.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/resource.h>

static const struct copy_watch nobody = { NULL, NULL };

static const char *file_of(struct world *w, const char *name)
{
    return text_printf(w->c->arena, "%s/%s", w->folder, name);
}

/* ---- one moment ---- */

/* Two rows that stand together, in one transaction. */
static RESULT add_pair(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const char *name = arg;
    TRY(add(c, text_printf(c->arena, "%s-left", name), 1));
    return add(c, text_printf(c->arena, "%s-right", name), 1);
}

struct writing {
    atomic_bool over;
    atomic_int acknowledged;
};

enum { WRITERS = 16, COPIES = 5 };

static void copy_again_and_again(struct world *w, struct ctx *c, struct writing *writing)
{
    for (int i = 0; i < COPIES; i++) {
        int before = atomic_load(&writing->acknowledged);
        const char *to = text_printf(c->arena, "%s/copy%d.db", w->folder, i);
        OK(sqlite_copy(c, text_printf(c->arena, "%s/uauth.db", w->folder), to, nobody));
        OK(sqlite_check_whole(c, to));
        struct stat about;
        assert_int_equal(stat(to, &about), 0);
        assert_int_equal(about.st_mode & 0777, 0600);
        sqlite3 *copy = NULL;
        assert_int_equal(sqlite3_open_v2(to, &copy, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
        sqlite3_stmt *count = NULL;
        assert_int_equal(sqlite3_prepare_v2(copy,
                                            "SELECT count(*) FILTER (WHERE id LIKE '%left'),\n"
                                            "       count(*) FILTER (WHERE id LIKE '%right')\n"
                                            "FROM things",
                                            -1, &count, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(count), SQLITE_ROW);
        assert_int_equal(sqlite3_column_int(count, 0), sqlite3_column_int(count, 1));
        assert_true(sqlite3_column_int(count, 0) >= before);
        (void)sqlite3_finalize(count);
        assert_int_equal(sqlite3_close(copy), SQLITE_OK);
    }
    atomic_store(&writing->over, true);
}

static void write_or_copy(struct ctx *c, struct crowd *crowd, size_t number)
{
    struct writing *writing = crowd->arg;
    if (number == 0) {
        copy_again_and_again(crowd->world, c, writing);
        return;
    }
    for (int i = 0; !atomic_load(&writing->over); i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%zu-%d", number, i);
        OK(db_atomically(c, add_pair, name));
        (void)atomic_fetch_add(&writing->acknowledged, 1);
        arena_reset(c->arena);
    }
}

/* what was acknowledged before it began is in it, and nothing is in it by half. */
static void a_copy_of_a_busy_database_is_of_one_moment(void **state)
{
    struct writing writing = { false, 0 };
    (void)crowd_run(*state, WRITERS, write_or_copy, &writing);
    assert_true(atomic_load(&writing.acknowledged) > 0);
}

/* ---- refusals ---- */

static void a_copy_replaces_nothing(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    const char *to = file_of(w, "copy.db");
    OK(sqlite_copy(c, file_of(w, "uauth.db"), to, nobody));
    REFUSED(sqlite_copy(c, file_of(w, "uauth.db"), to, nobody), CONFLICT);
    REFUSED(sqlite_copy(c, file_of(w, "uauth.db"), file_of(w, "no/such/folder"), nobody),
            UNAVAILABLE);
    REFUSED(sqlite_copy(c, file_of(w, "missing.db"), file_of(w, "other.db"), nobody), UNAVAILABLE);
    assert_int_equal(access(file_of(w, "other.db"), F_OK), -1);
}

static void what_is_not_ours_is_not_copied(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    FILE *file = fopen(file_of(w, "text.db"), "w");
    for (int i = 0; i < 200; i++)
        (void)fputs("this is no database at all, but a text that goes on and on\n", file);
    (void)fclose(file);
    REFUSED(sqlite_copy(c, file_of(w, "text.db"), file_of(w, "copy.db"), nobody), UNAVAILABLE);
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(file_of(w, "other.db"), &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "CREATE TABLE x (y)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    REFUSED(sqlite_copy(c, file_of(w, "other.db"), file_of(w, "copy.db"), nobody), UNAVAILABLE);
    assert_int_equal(access(file_of(w, "copy.db"), F_OK), -1);
}

/* where there is no room the copy is gone, and what is copied is as it was. */
static void a_copy_that_finds_no_room_is_gone(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    const char *to = file_of(w, "copy.db");
    (void)signal(SIGXFSZ, SIG_IGN);
    for (rlim_t room = 0; room < 12288; room += 1024) {
        struct rlimit before;
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        const struct rlimit little = { room, before.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
        err copied = sqlite_copy(c, file_of(w, "uauth.db"), to, nobody);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(copied.code, ERR_UNAVAILABLE);
        fault_clear(c);
        assert_int_equal(access(to, F_OK), -1);
    }
    OK(sqlite_copy(c, file_of(w, "uauth.db"), to, nobody));
    OK(sqlite_check_whole(c, to));
}

static void change_byte(const char *path, off_t at)
{
    int file = open(path, O_RDWR | O_CLOEXEC);
    uint8_t byte = 0;
    assert_int_equal(pread(file, &byte, 1, at), 1);
    byte ^= 0x40;
    assert_int_equal(pwrite(file, &byte, 1, at), 1);
    assert_int_equal(close(file), 0);
}

/* a page of noise and a cut are found, whatever they hit. */
static void a_damaged_copy_is_found(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    for (int i = 0; i < 400; i++)
        OK(add(c, text_printf(c->arena, "some thing number %d with a long name", i), i));
    struct stat about;
    for (int page = 1; page < 8; page++) {
        const char *to = text_printf(c->arena, "%s/copy%d.db", w->folder, page);
        OK(sqlite_copy(c, file_of(w, "uauth.db"), to, nobody));
        OK(sqlite_check_whole(c, to));
        assert_int_equal(stat(to, &about), 0);
        change_byte(to, page * 4096); /* what kind of page it is */
        REFUSED(sqlite_check_whole(c, to), UNAVAILABLE);
    }
    const char *cut = file_of(w, "cut.db");
    OK(sqlite_copy(c, file_of(w, "uauth.db"), cut, nobody));
    assert_int_equal(truncate(cut, about.st_size / 2), 0);
    REFUSED(sqlite_check_whole(c, cut), UNAVAILABLE);
}

/* ---- a private file ---- */

static RESULT add_here(struct ctx *c, void *arg)
{
    return add(c, arg, 7);
}

static RESULT count_here(struct ctx *c, void *arg)
{
    struct table t;
    TRY(db_run(c, sql_count, NULL, 0, &t));
    *(int64_t *)arg = table_int(&t, 0, 0);
    return ok();
}

static void a_private_file_stays_one_file(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    char folder[] = "/tmp/uauth-copy-XXXXXX";
    assert_non_null(mkdtemp(folder));
    const char *to = text_printf(c->arena, "%s/copy.db", folder);
    OK(sqlite_copy(c, file_of(w, "uauth.db"), to, nobody));
    char name[] = "private";
    OK(db_on_file(c, to, add_here, name));
    int64_t rows = 0;
    OK(db_on_file(c, to, count_here, &rows));
    assert_int_equal(rows, 1);
    assert_int_equal(count(c), 0);
    assert_int_equal(unlink(to), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else is there */
    REFUSED(db_on_file(c, to, add_here, name), UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_copy_of_a_busy_database_is_of_one_moment),
        WORLD_TEST(a_copy_replaces_nothing),
        WORLD_TEST(what_is_not_ours_is_not_copied),
        WORLD_TEST(a_copy_that_finds_no_room_is_gone),
        WORLD_TEST(a_damaged_copy_is_found),
        WORLD_TEST(a_private_file_stays_one_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
