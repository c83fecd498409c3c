/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of erasures beside the database.
 */
#include "store/erasure_log.h"

#include "base/log.h"
#include "life.h"

#include <fcntl.h>

static const char *log_of(void **state)
{
    return text_printf(ctx_of(state)->arena, "%s/erased.log", world_of(state)->folder);
}

static RESULT collect(struct ctx *c, const struct erasure *erasure, void *arg)
{
    (void)c;
    char *out = arg;
    size_t n = strlen(out);
    (void)snprintf(out + n, 512 - n, "%s %lld;", erasure->id, (long long)erasure->at);
    return ok();
}

static const char *lines(struct ctx *c, const char *path)
{
    char *out = arena_alloc(c->arena, 512);
    OK(erasure_log_read(c, path, collect, out));
    return out;
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static void added(struct ctx *c, const char *path, const char *id, int64_t at)
{
    const struct erasure one = { id, at };
    OK(erasure_log_add(c, path, &(struct erasures){ &one, 1 }));
}

static void what_is_added_is_read_in_order(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *path = log_of(state);
    OK(erasure_log_make(c, path));
    OK(erasure_log_make(c, path));
    assert_string_equal(lines(c, path), "");
    added(c, path, "b", 20);
    added(c, path, "a", 10);
    assert_string_equal(lines(c, path), "b 20;a 10;");
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    REFUSED(erasure_log_read(c, "/nowhere/erased.log", collect, NULL), UNAVAILABLE);
    REFUSED(erasure_log_make(c, "/nowhere/erased.log"), UNAVAILABLE);
}

/* a line whose writing was cut off at any place names nobody and hides nobody else. */
static void a_line_that_was_cut_off_is_passed_over(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *whole = log_of(state);
    added(c, whole, "0190-somebody", 30);
    struct stat about;
    assert_int_equal(stat(whole, &about), 0);
    FILE *file = fopen(whole, "r");
    char line[128] = "";
    assert_non_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    for (size_t n = 0; n < (size_t)about.st_size; n++) {
        const char *path = text_printf(c->arena, "%s-%zu", whole, n);
        added(c, path, "before", 1);
        put(path, text_copy(c->arena, line, n));
        assert_string_equal(lines(c, path), "before 1;");
        added(c, path, "after", 2);
        /* But for its end it was whole: the next writer gives it that. */
        bool healed = n == (size_t)about.st_size - 1;
        assert_string_equal(lines(c, path),
                            healed ? "before 1;0190-somebody 30;after 2;" : "before 1;after 2;");
    }
}

/* whom a changed line names is not certain, and nobody is erased or spared by it. */
static void a_line_that_was_changed_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *path = log_of(state);
    added(c, path, "0190-somebody", 30);
    int file = open(path, O_RDWR | O_CLOEXEC);
    for (off_t at = 0; at < 50; at++) {
        char byte = 0;
        assert_int_equal(pread(file, &byte, 1, at), 1);
        if (byte == ' ' || byte == '\n')
            continue;
        char other = byte == 'f' ? 'e' : 'f';
        assert_int_equal(pwrite(file, &other, 1, at), 1);
        char out[512] = "";
        REFUSED(erasure_log_read(c, path, collect, out), UNAVAILABLE);
        assert_int_equal(pwrite(file, &byte, 1, at), 1);
    }
    assert_int_equal(close(file), 0);
    assert_string_equal(lines(c, path), "0190-somebody 30;");
}

/* ---- with the database ---- */

static void who_is_erased_is_known(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = person(c, "alice@example.org");
    bool found = false;
    bool known = true;
    OK(erasure_known(c, id, &known));
    assert_false(known);
    OK(user_delete(c, id, &found));
    OK(erasure_known(c, id, &known));
    assert_true(known);
    struct erasures list;
    OK(erasures_since(c, &(struct erasure){ "", c->now }, 10, &list));
    assert_int_equal(list.n, 1);
    assert_string_equal(list.at[0].id, id);
    OK(erasures_since(c, &list.at[0], 10, &list));
    assert_int_equal(list.n, 0);
}

static void the_log_follows_the_database(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *path = log_of(state);
    OK(erasure_log_make(c, path));
    for (int i = 0; i < 5; i++) {
        const struct erasure one = { text_printf(c->arena, "id%d", 4 - i), 100 + i };
        OK(erasure_note(c, &one));
    }
    added(c, path, "id2", 102);
    OK(erasure_log_follow(c, path, 0));
    assert_string_equal(lines(c, path), "id2 102;id0 104;id1 103;id3 101;id4 100;");
    OK(erasure_log_follow(c, path, 0));
    assert_string_equal(lines(c, path), "id2 102;id0 104;id1 103;id3 101;id4 100;");
    const struct erasure late = { "id9", 50 };
    OK(erasure_note(c, &late));
    OK(erasure_log_follow(c, path, 100));
    assert_null(strstr(lines(c, path), "id9"));
}

/* Decision 35: who comes back with an older state is erased again, as of then. */
static void who_came_back_is_erased_again(void **state)
{
    struct ctx *c = ctx_of(state);
    struct life alice = life_begin(c, "alice");
    struct life bob = life_begin(c, "bob");
    OK(DB_RUN(c, "INSERT INTO audit_keys (user_id, sealed, created_at) VALUES ($1, 'sealed', 0)",
              NULL, P_TEXT(alice.user_id)));
    bool erased = false;
    OK(erasure_apply(c, &(struct erasure){ alice.user_id, 77 }, &erased));
    assert_true(erased);
    const struct user_row *user = NULL;
    OK(user_find(c, alice.user_id, &user));
    assert_int_equal(user->status, USER_DELETED);
    assert_int_equal(
        counted_of(c, "SELECT count(*) FROM audit_keys WHERE user_id = $1", alice.user_id), 0);
    assert_int_equal(counted_of(c, "SELECT erased_at FROM erasures WHERE id = $1", alice.user_id),
                     77);
    life_is(c, &bob, all_left);
    OK(erasure_apply(c, &(struct erasure){ alice.user_id, 78 }, &erased));
    assert_false(erased);
    OK(erasure_apply(c, &(struct erasure){ "of-a-later-time", 79 }, &erased));
    assert_false(erased);
    bool known = false;
    OK(erasure_known(c, "of-a-later-time", &known));
    assert_true(known);
}

/* An older database that was put back by hand is found out by the log beside it. */
static void a_database_older_than_the_log_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *path = log_of(state);
    OK(erasure_log_make(c, path));
    OK(erasure_log_check(c, path));
    OK(erasure_note(c, &(struct erasure){ "known", 10 }));
    added(c, path, "known", 10);
    OK(erasure_log_check(c, path));
    added(c, path, "since", 20);
    REFUSED(erasure_log_check(c, path), UNAVAILABLE);
}

/* Erasing goes on where the log cannot be written; following makes up for it. */
static void an_erasure_is_kept_in_the_log_of_the_context(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct log silent = { .fd = -1 };
    c->log = &silent;
    erasure_log_keep(c, "without a log");
    c->erasure_log = "/nowhere/erased.log";
    erasure_log_keep(c, "where nothing can be written");
    assert_int_equal(c->fault.code, ERR_OK);
    c->erasure_log = log_of(state);
    erasure_log_keep(c, "somebody");
    assert_string_equal(lines(c, log_of(state)), text_printf(c->arena, "somebody %d;", WORLD_NOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_is_added_is_read_in_order),
        STORE_TEST(a_line_that_was_cut_off_is_passed_over),
        STORE_TEST(a_line_that_was_changed_is_refused),
        STORE_TEST(who_is_erased_is_known),
        STORE_TEST(the_log_follows_the_database),
        STORE_TEST(who_came_back_is_erased_again),
        STORE_TEST(a_database_older_than_the_log_is_refused),
        STORE_TEST(an_erasure_is_kept_in_the_log_of_the_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
