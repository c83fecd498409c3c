/* SPDX-License-Identifier: Apache-2.0 */
#include "app/audit_heads.h"

#include "store/audit_tree.h"
#include "tests/unit/token/audit_testing.h"

#include <fcntl.h>
#include <sys/stat.h>

/* The file of the test's settings; its name has room in the world's folder, which empties it. */
static const char *file_of(struct ctx *c, struct world *w)
{
    struct config *config = settings(c);
    config->audit_heads_file = text_printf(c->arena, "%s/heads", w->folder);
    return config->audit_heads_file;
}

static struct texts lines_of(struct ctx *c, const char *path)
{
    char *text = arena_alloc(c->arena, 65536);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t n = read(fd, text, 65535);
    assert_true(n >= 0);
    text[n] = '\0';
    (void)close(fd);
    return text_split(c->arena, text, '\n');
}

static void grow(struct ctx *c)
{
    happen(c, 1);
    sequence(c);
}

static void the_newest_head_is_added_when_it_is_time(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(audit_heads_write(c)); /* without the setting nothing is written */
    const char *path = file_of(c, world_of(state));
    OK(audit_heads_write(c));
    assert_int_equal(lines_of(c, path).n, 0);
    grow(c);
    OK(audit_heads_write(c));
    grow(c);
    OK(audit_heads_write(c)); /* too soon */
    assert_int_equal(lines_of(c, path).n, 1);
    c->now += c->config->audit_heads_seconds;
    OK(audit_heads_write(c));
    OK(audit_heads_write(c)); /* nothing new */
    struct texts lines = lines_of(c, path);
    assert_int_equal(lines.n, 2);
    struct key_set keys = trusted(c);
    struct audit_head head;
    for (int64_t i = 0; i < 2; i++) {
        OK(audit_head_read(c, lines.at[i], &keys, &head));
        assert_int_equal(head.tree.size, i + 1);
    }
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    /* A clock that was put back holds nothing up. */
    c->now -= 86400;
    grow(c);
    OK(audit_heads_write(c));
    assert_int_equal(lines_of(c, path).n, 3);
}

/* The disk was full, or the process ended. */
static void a_line_that_was_cut_off_is_closed(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *path = file_of(c, world_of(state));
    grow(c);
    OK(audit_heads_write(c));
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_int_equal(write(fd, "eyJhb", 5), 5);
    (void)close(fd);
    c->now += 3600;
    grow(c);
    OK(audit_heads_write(c));
    struct texts lines = lines_of(c, path);
    assert_int_equal(lines.n, 3);
    assert_string_equal(lines.at[1], "eyJhb");
    struct key_set keys = trusted(c);
    struct audit_head head;
    OK(audit_head_read(c, lines.at[2], &keys, &head));
}

/* An older database that was put in place by other means than uauth restore. */
static void an_older_database_is_told_by_the_file(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)file_of(c, world_of(state));
    grow(c);
    grow(c);
    OK(audit_heads_write(c));
    OK(db_run(c, "UPDATE events SET leaf_index = NULL WHERE leaf_index > 0", NULL, 0, NULL));
    OK(db_run(c, "DELETE FROM audit_heads", NULL, 0, NULL));
    struct merkle_hash leaf = leaf_at(c, 0);
    static const char sql[] = "UPDATE audit_logs SET size = 1, roots = $1";
    OK(DB_RUN(c, sql, NULL, P_TEXT(audit_hash_text(c->arena, &leaf))));
    REFUSED(audit_heads_write(c), UNAVAILABLE);
    /* uauth restore begins another log. */
    OK(audit_log_fork(c, random_uuid(c), 1));
    OK(audit_heads_write(c));
    c->now += 3600;
    sequence(c);
    OK(audit_heads_write(c));
}

static void a_file_that_cannot_be_written_is_a_failure(void **state)
{
    struct ctx *c = ctx_of(state);
    settings(c)->audit_heads_file = "/nowhere/heads";
    grow(c);
    REFUSED(audit_heads_write(c), UNAVAILABLE);
    settings(c)->audit_heads_file = "/dev/full";
    REFUSED(audit_heads_write(c), UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BARE_TEST(the_newest_head_is_added_when_it_is_time),
        BARE_TEST(a_line_that_was_cut_off_is_closed),
        BARE_TEST(an_older_database_is_told_by_the_file),
        BARE_TEST(a_file_that_cannot_be_written_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
