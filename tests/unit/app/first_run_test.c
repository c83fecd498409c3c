/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command that the first run tells can be copied into a terminal of any folder.
 */
#include "app/first_run.h"
#include "base/config.h"
#include "tests/unit/base/testing.h"

#include <limits.h>
#include <unistd.h>

static const char *told(struct ctx *c, const char *program, const char *folder)
{
    struct config *config = ARENA_NEW(c->arena, struct config);
    config->data_dir = folder;
    c->config = config;
    return first_run_command(c, program);
}

static void a_program_on_the_path_keeps_its_name(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(told(c, "uauth", "/var/lib/uauth"),
                        "uauth user create --data-dir /var/lib/uauth");
    assert_string_equal(told(c, NULL, "/x"), "uauth user create --data-dir /x");
}

static void what_depends_on_the_folder_is_made_absolute(void **state)
{
    struct ctx *c = *state;
    char folder[PATH_MAX];
    assert_non_null(getcwd(folder, sizeof folder));
    assert_string_equal(
        told(c, "build/uauth", "./data"),
        text_printf(c->arena, "%s/build/uauth user create --data-dir %s/data", folder, folder));
}

static void what_a_shell_would_read_otherwise_is_quoted(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(told(c, "/my apps/uauth", "/it's/$HOME"),
                        "'/my apps/uauth' user create --data-dir '/it'\\''s/$HOME'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_program_on_the_path_keeps_its_name),
        TEST(what_depends_on_the_folder_is_made_absolute),
        TEST(what_a_shell_would_read_otherwise_is_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
