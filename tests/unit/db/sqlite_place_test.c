/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How another file takes the place of a database, and what an exchange that was cut off leaves.
 */
#include "db/sqlite_place.h"

#include "db/sqlite_copy.h"
#include "things_testing.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static const struct copy_watch nobody = { NULL, NULL };

struct bench {
    struct world *w;
    struct ctx *c; /* of no database */
    const char *path, *new;
};

static const char *under(struct bench *b, const char *name)
{
    return text_printf(b->c->arena, "%s/%s", b->w->folder, name);
}

/* The database holds "old" in its log; `new` beside it does not. */
static struct bench bench_begin(struct world *w)
{
    struct bench b = { .w = w, .c = worker_begin(NULL) };
    struct ctx *c = b.c;
    b.path = under(&b, "uauth.db");
    b.new = under(&b, "new.part");
    OK(sqlite_copy(c, b.path, b.new, nobody));
    c = w->c;
    OK(add(c, "old", 1));
    world_close(w);
    return b;
}

static void reopened(struct bench *b, int64_t rows)
{
    worker_end(b->c);
    world_open(b->w, DB_SERVER);
    assert_int_equal(count(b->w->c), rows);
}

/* The folders that were set aside, with what is in them. */
static int tear_down_folders(void **state)
{
    struct world *w = *state;
    DIR *folder = opendir(w->folder);
    assert_non_null(folder);
    for (struct dirent *at = readdir(folder); at != NULL; at = readdir(folder)) {
        if (strstr(at->d_name, ".before-") == NULL)
            continue;
        static const char *const names[] = { "", "-wal", "-shm" };
        int aside = openat(dirfd(folder), at->d_name, O_RDONLY | O_DIRECTORY);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            char name[32];
            (void)snprintf(name, sizeof name, "uauth.db%s", names[i]);
            (void)unlinkat(aside, name, 0);
        }
        (void)unlinkat(aside, "write.lock", 0);
        (void)close(aside);
        assert_int_equal(unlinkat(dirfd(folder), at->d_name, AT_REMOVEDIR), 0);
    }
    (void)closedir(folder);
    return tear_down_world(state);
}

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_world, tear_down_folders)

static void the_new_file_is_in_place_and_the_old_one_beside(void **state)
{
    struct bench b = bench_begin(*state);
    struct ctx *c = b.c;
    const char *aside = NULL;
    OK(sqlite_exchange(c, b.path, b.new, &aside));
    assert_true(text_starts(aside, text_printf(c->arena, "%s.before-2026", b.path)));
    assert_int_equal(access(b.new, F_OK), -1);
    assert_int_equal(access(under(&b, "uauth.db-wal"), F_OK), -1);
    /* With its log the old one is all there. */
    struct database *old = NULL;
    OK(database_open(c, text_printf(c->arena, "sqlite:%s/uauth.db", aside), DB_COMMAND, &old));
    OK(db_open(c, old, &c->db));
    assert_int_equal(count(c), 1);
    db_close(c->db);
    c->db = NULL;
    database_close(old);
    reopened(&b, 0);
}

static void where_nothing_was_nothing_is_left_beside(void **state)
{
    struct bench b = bench_begin(*state);
    struct ctx *c = b.c;
    assert_int_equal(unlink(b.path), 0);
    assert_int_equal(unlink(text_printf(c->arena, "%s-wal", b.path)), 0);
    (void)unlink(text_printf(c->arena, "%s-shm", b.path));
    const char *aside = "";
    OK(sqlite_exchange(c, b.path, b.new, &aside));
    assert_null(aside);
    reopened(&b, 0);
}

static void under_a_server_or_a_writer_nothing_is_held(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    struct sqlite_hold held;
    const char *path = text_printf(c->arena, "%s/uauth.db", w->folder);
    REFUSED(sqlite_hold(c, path, &held), UNAVAILABLE);
    world_close(w);
    c = worker_begin(NULL);
    OK(sqlite_hold(c, w->url + strlen("sqlite://"), &held));
    struct database *second = NULL;
    REFUSED(database_open(c, w->url, DB_SERVER, &second), UNAVAILABLE);
    REFUSED(database_open(c, w->url, DB_COMMAND, &second), UNAVAILABLE);
    sqlite_release(&held);
    worker_end(c);
    world_open(w, DB_SERVER);
}

/* A command that was there before writes into no file that has been set aside. */
static void whoever_opened_the_old_file_writes_nothing_more(void **state)
{
    struct world *w = *state;
    struct bench b = bench_begin(w);
    struct ctx *c = b.c;
    world_open(w, DB_COMMAND);
    struct sqlite_hold held;
    const char *aside = NULL;
    OK(sqlite_hold(c, b.path, &held));
    OK(sqlite_exchange(c, b.path, b.new, &aside));
    sqlite_release(&held);
    struct ctx *before = w->c;
    assert_int_equal(add(before, "late", 1).code, ERR_UNAVAILABLE);
    world_close(w);
    reopened(&b, 0);
}

static void only_files_in_the_making_are_removed(void **state)
{
    struct bench b = bench_begin(*state);
    const char *part = sqlite_part_name(b.c, b.path);
    const char *const names[] = { part,
                                  text_printf(b.c->arena, "%s-journal", part),
                                  text_printf(b.c->arena, "%sner", part),
                                  under(&b, "uauth.db.part"),
                                  under(&b, "uauth.db.mine.part"),
                                  under(&b, "other.db.x.part") };
    assert_true(text_starts(part, b.path));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)fclose(fopen(names[i], "w"));
    sqlite_remove_parts(b.c, b.path);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(access(names[i], F_OK), i < 2 ? -1 : 0);
    reopened(&b, 1);
}

/* ---- cut off ---- */

static void a_mark_that_stands_keeps_everybody_out(void **state)
{
    struct bench b = bench_begin(*state);
    struct ctx *c = b.c;
    FILE *mark = fopen(under(&b, "uauth.db.restoring"), "w");
    (void)fprintf(mark, "%s.before-x\n", b.path);
    (void)fclose(mark);
    struct database *d = NULL;
    REFUSED(database_open(c, b.w->url, DB_SERVER, &d), UNAVAILABLE);
    REFUSED(database_open(c, b.w->url, DB_COMMAND, &d), UNAVAILABLE);
    const char *aside = NULL;
    OK(sqlite_exchange(c, b.path, b.new, &aside));
    assert_string_equal(aside, text_printf(c->arena, "%s.before-x", b.path));
    reopened(&b, 0);
}

/* A mark that names no folder of ours is not followed. */
static void a_mark_with_anything_in_it_does_no_harm(void **state)
{
    struct bench b = bench_begin(*state);
    struct ctx *c = b.c;
    static const char *const texts[] = { "", "/etc\n", "uauth.db.before-/../../x\n", "no end" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        FILE *mark = fopen(under(&b, "uauth.db.restoring"), "w");
        (void)fputs(texts[i], mark);
        (void)fclose(mark);
        const char *aside = NULL;
        const char *new = under(&b, text_printf(c->arena, "new%zu.part", i));
        OK(sqlite_copy(c, b.new, new, nobody));
        OK(sqlite_exchange(c, b.path, new, &aside));
        assert_true(text_starts(aside, text_printf(c->arena, "%s.before-2026", b.path)));
    }
    reopened(&b, 0);
}

/* Starts, and kills, a process that exchanges. */
static void kill_one(struct bench *b, const char *new, int64_t after_us)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const char *aside = NULL;
        err done = sqlite_exchange(b->c, b->path, new, &aside);
        _exit(done.code == ERR_OK ? 0 : 1);
    }
    (void)usleep((unsigned)after_us);
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static bool opens(struct bench *b)
{
    struct database *d = NULL;
    err opened = database_open(b->c, b->w->url, DB_COMMAND, &d);
    fault_clear(b->c);
    database_close(d);
    return opened.code == ERR_OK;
}

/* killed anywhere, what opens is the old database or the new one, whole; what does not
 * open is completed by the same once more. */
static void an_exchange_that_is_killed_is_old_or_new_or_made_again(void **state)
{
    struct bench b = bench_begin(*state);
    struct ctx *c = b.c;
    for (int64_t after = 0; after < 40; after++) {
        const char *new = text_printf(c->arena, "%s.%d", b.new, (int)after);
        OK(sqlite_copy(c, b.new, new, nobody));
        kill_one(&b, new, after * 120);
        if (!opens(&b)) {
            const char *aside = NULL;
            const char *again = text_printf(c->arena, "%s.again", new);
            OK(sqlite_copy(c, b.new, again, nobody));
            OK(sqlite_exchange(c, b.path, again, &aside));
        }
        assert_true(opens(&b));
        OK(sqlite_check_whole(c, b.path));
    }
    reopened(&b, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(the_new_file_is_in_place_and_the_old_one_beside),
        PLACE_TEST(where_nothing_was_nothing_is_left_beside),
        PLACE_TEST(under_a_server_or_a_writer_nothing_is_held),
        PLACE_TEST(whoever_opened_the_old_file_writes_nothing_more),
        PLACE_TEST(only_files_in_the_making_are_removed),
        PLACE_TEST(a_mark_that_stands_keeps_everybody_out),
        PLACE_TEST(a_mark_with_anything_in_it_does_no_harm),
        PLACE_TEST(an_exchange_that_is_killed_is_old_or_new_or_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
