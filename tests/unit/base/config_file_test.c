/* SPDX-License-Identifier: Apache-2.0 */
#include "config_testing.h"

#include <sys/stat.h>

static void a_secret_may_stand_in_a_file(void **state)
{
    struct ctx *c = *state;
    struct config config;
    const char *path = file_of(c, STRONG "\n", strlen(STRONG) + 1);
    assert_int_equal(
        load_environment(c, text_printf(c->arena, "AUTH_SESSION_SECRET_FILE=%s", path), &config),
        ERR_OK);
    assert_string_equal(config.session_secret, STRONG);
    assert_refused(
        c, text_printf(c->arena, "AUTH_SESSION_SECRET_FILE=%s AUTH_SESSION_SECRET=" STRONG, path),
        "AUTH_SESSION_SECRET", "given twice");
    assert_refused(c, "AUTH_SESSION_SECRET_FILE=/nonexistent/x", "AUTH_SESSION_SECRET_FILE",
                   "No such file");
    assert_refused(c, "AUTH_SESSION_SECRET_FILE=/tmp", "AUTH_SESSION_SECRET_FILE",
                   "cannot be read");
    (void)unlink(path);
    static const struct {
        const char *text;
        size_t n;
        const char *word;
    } bad[] = { { "\xEF\xBB\xBF" STRONG, 35, "byte order mark" },
                { STRONG "\0x", 34, "NUL" },
                { STRONG "\xFF", 33, "UTF-8" },
                { STRONG "\n\n", 34, "control characters" },
                { "", 0, "is empty" },
                { "\n", 1, "is empty" } };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        path = file_of(c, bad[i].text, bad[i].n);
        assert_refused(c, text_printf(c->arena, "AUTH_SESSION_SECRET_FILE=%s", path),
                       "AUTH_SESSION_SECRET_FILE", bad[i].word);
        (void)unlink(path);
    }
}

static void lines_that_are_no_settings_are_named(void **state)
{
    struct ctx *c = *state;
    static const struct {
        const char *text;
        int line;
        const char *word;
    } rows[] = {
        { "workers 3", 1, "name = value" },
        { "# x\n= 3", 2, "name = value" },
        { "a b = 3", 1, "name = value" },
        { "workers = 1\n\nworkers = 1", 3, "given twice" },
        { "workers = \"3", 1, "not closed" },
        { "workers = \"3\" x", 1, "follows" },
        { "workers =", 1, "is empty" },
        { "workers = # none", 1, "is empty" },
        { "workers = 3 4", 1, "whole number" },
        { "mail_from = a\x01", 1, "control" },
        { "AUTH_WORKERS = 3", 1, "no such setting" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct config config;
        const char *path = file_of(c, rows[i].text, strlen(rows[i].text));
        assert_int_equal(load(c, &(struct config_input){ .file_path = path }, &config),
                         ERR_INVALID_FIELD);
        assert_string_equal(c->fault.field, text_printf(c->arena, "%s:%d", path, rows[i].line));
        if (strstr(c->fault.say, rows[i].word) == NULL)
            fail_msg("%s: %s", rows[i].text, c->fault.say);
        (void)unlink(path);
    }
}

static void files_that_are_no_text_are_refused_whole(void **state)
{
    struct ctx *c = *state;
    struct config config;
    static const struct {
        const char *text;
        size_t n;
    } bad[] = { { "\xEF\xBB\xBFworkers = 3\n", 14 },
                { "workers = 3\0\n", 13 },
                { "totp_issuer = \xFF\n", 16 } };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *path = file_of(c, bad[i].text, bad[i].n);
        assert_int_equal(load(c, &(struct config_input){ .file_path = path }, &config),
                         ERR_INVALID_FIELD);
        assert_string_equal(c->fault.field, path);
        (void)unlink(path);
    }
    assert_int_equal(
        load(c, &(struct config_input){ .file_path = "/nonexistent/uauth.conf" }, &config),
        ERR_INVALID_FIELD);
    assert_int_equal(load(c, &(struct config_input){ .dotenv_path = "/nonexistent/.env" }, &config),
                     ERR_OK);
    struct arena *large = arena_new(4 << 20);
    struct ctx roomy = { .arena = large };
    char *text = arena_alloc(large, 300000);
    memset(text, '\n', 300000);
    const char *path = file_of(c, text, 300000);
    assert_int_equal(load(&roomy, &(struct config_input){ .file_path = path }, &config),
                     ERR_INVALID_FIELD);
    assert_non_null(strstr(roomy.fault.say, "256 KiB"));
    arena_end(large);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_secret_may_stand_in_a_file),
        TEST(lines_that_are_no_settings_are_named),
        TEST(files_that_are_no_text_are_refused_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
