/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: what is understood, what is refused and with which words, and the texts that
 * are made from the table of commands.
 */
#include "app/command.h"
#include "app/commands.h"
#include "app/describe.h"
#include "tests/unit/base/testing.h"

#include <fcntl.h>
#include <limits.h>

static struct command_line parsed;

static err parse(struct ctx *c, const char *const *words)
{
    size_t n = 0;
    while (words[n] != NULL)
        n++;
    return command_parse(c, words, n, &parsed);
}
#define PARSE(...) parse(c, (const char *const[]){ __VA_ARGS__, NULL })

static void refused(struct ctx *c, err done, const char *why)
{
    assert_int_equal(done.code, ERR_INVALID_REQUEST);
    if (strstr(c->fault.say, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", c->fault.say, why);
    fault_clear(c);
}

static void a_command_of_two_words_is_found(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(PARSE("user", "create", "--email", "a@b.c", "--name=A B", "--role", "admin",
                           "--role", "moderator", "--json")
                         .code,
                     ERR_OK);
    assert_string_equal(parsed.command->name, "user create");
    assert_true(parsed.json);
    assert_string_equal(command_value(&parsed, "--email"), "a@b.c");
    assert_string_equal(command_value(&parsed, "--name"), "A B");
    struct texts roles = command_values(c->arena, &parsed, "--role");
    assert_int_equal(roles.n, 2);
    assert_string_equal(roles.at[1], "moderator");
    assert_null(command_value(&parsed, "--must-change"));
}

static void what_is_wrong_is_named_with_the_nearest(void **state)
{
    struct ctx *c = *state;
    refused(c, PARSE("user", "creat"), "did you mean user create?");
    refused(c, PARSE("serv"), "did you mean serve?");
    refused(c, PARSE("nonsense-altogether"), "there is no such command");
    refused(c, PARSE("user"), "after this comes one of: create, list, show,");
    refused(c, PARSE("key", "--help"), "after this comes one of: list, rotate");
    refused(c, PARSE("help", "nonsense-altogether"), "there is no such command");
    refused(c, PARSE("config", "--chnged"), "did you mean --changed?");
    refused(c, PARSE("config", "--data-dri", "x"), "did you mean --data-dir?");
    refused(c, PARSE("config", "--data-dir"), "this option needs a value");
    refused(c, PARSE("config", "--changed=yes"), "this option takes no value");
    refused(c, PARSE("config", "--changed", "--changed"), "this option is given twice");
    refused(c, PARSE("config", "more"), "this command takes no argument");
    refused(c, PARSE("user", "create", "--name", "A"),
            "this option is needed; uauth user create --help tells more");
    refused(c, PARSE("user", "delete", "a@b.c"), "--yes");
}

/* Where a command acts is an option of each that can act elsewhere, in help and completion, too. */
static void a_server_is_an_option_of_what_it_can_do(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(
        PARSE("user", "list", "--server", "https://id.example.com", "--token-file=t").code, ERR_OK);
    assert_string_equal(command_value(&parsed, "--server"), "https://id.example.com");
    assert_string_equal(command_value(&parsed, "--token-file"), "t");
    assert_non_null(strstr(command_help(c->arena, &command_user_list), "--token-file FILE"));
    assert_non_null(strstr(command_manual(c->arena, &command_user_list), "\\-\\-server"));
    assert_null(strstr(command_help(c->arena, &command_migrate), "--token-file"));
    refused(c, PARSE("migrate", "--server", "https://id.example.com"),
            "does not act on a server: it ");
    refused(c, PARSE("user", "list", "--serv", "x"), "did you mean --server?");
}

static void help_before_a_command_is_help_behind_it(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(PARSE("help", "user", "create").code, ERR_OK);
    assert_string_equal(parsed.command->name, "user create");
    assert_true(parsed.help);
    assert_int_equal(PARSE("help").code, ERR_OK);
    assert_null(parsed.command);
}

static void the_lines_of_help_are_not_long(void **state)
{
    struct ctx *c = *state;
    size_t n = 0;
    const struct command *const *all = commands(&n);
    for (size_t i = 0; i < n; i++) {
        struct texts lines = text_split(c->arena, command_help(c->arena, all[i]), '\n');
        for (size_t k = 0; k < lines.n; k++)
            if (strlen(lines.at[k]) > 100)
                fail_msg("too long: %s", lines.at[k]);
    }
}

static void settings_are_options_of_every_command(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(
        PARSE("key", "list", "--data-dir", "/x", "--log-level=debug", "--config", "u.conf").code,
        ERR_OK);
    assert_int_equal(parsed.settings.flags_n, 2);
    assert_string_equal(parsed.settings.flags[0], "--data-dir");
    assert_string_equal(parsed.settings.flags[3], "debug");
    assert_string_equal(parsed.settings.file_path, "u.conf");
}

static void behind_two_dashes_all_are_arguments(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(PARSE("user", "show", "--", "--odd").code, ERR_OK);
    assert_int_equal(parsed.arguments.n, 1);
    assert_string_equal(parsed.arguments.at[0], "--odd");
}

/* No option takes a secret: it would stand in the list of processes. */
static void no_option_takes_a_secret(void **state)
{
    (void)state;
    size_t n = 0;
    const struct command *const *all = commands(&n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < all[i]->options_n; k++) {
            const struct command_option *option = &all[i]->options[k];
            bool is_secret = strstr(option->name, "password") != NULL ||
                             strstr(option->name, "token") != NULL ||
                             strstr(option->name, "secret") != NULL;
            assert_true(!is_secret || option->value == NULL || text_equal(option->value, "FILE") ||
                        text_equal(option->value, "URL"));
        }
}

static void no_command_has_an_option_twice(void **state)
{
    (void)state;
    size_t n = 0;
    const struct command *const *all = commands(&n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < all[i]->options_n; k++)
            for (size_t before = 0; before < k; before++)
                assert_string_not_equal(all[i]->options[k].name, all[i]->options[before].name);
}

static void every_command_has_its_texts(void **state)
{
    struct ctx *c = *state;
    size_t n = 0;
    const struct command *const *all = commands(&n);
    const char *whole = command_help(c->arena, NULL);
    assert_non_null(strstr(command_manual(c->arena, NULL), "\n.Dt UAUTH 1\n"));
    assert_non_null(strstr(command_manual(c->arena, &command_user_create),
                           "\n.Dt UAUTH-USER-CREATE 1\n.Os\n.Sh NAME\n.Nm uauth-user-create\n"));
    assert_true(n > 15);
    for (size_t i = 0; i < n; i++) {
        assert_non_null(strstr(whole, all[i]->summary));
        assert_non_null(all[i]->run);
        /* What cannot be done on a server says why. */
        assert_true((all[i]->here == NULL) != (all[i]->there == NULL));
        assert_false(text_ends(all[i]->summary, "."));
        const char *help = command_help(c->arena, all[i]);
        assert_true(text_starts(help, text_printf(c->arena, "uauth %s", all[i]->name)));
        for (size_t k = 0; k < all[i]->options_n; k++)
            assert_non_null(strstr(help, all[i]->options[k].summary));
        const char *manual = command_manual(c->arena, all[i]);
        if (all[i]->here != NULL) {
            assert_non_null(strstr(help, text_printf(c->arena, "Here only: %s.\n", all[i]->here)));
            assert_non_null(strstr(manual, "Here only: "));
        }
        assert_null(strstr(manual, "\n\n"));
        assert_non_null(strstr(manual, ".Sh SYNOPSIS"));
        assert_true(text_starts(manual, ".Dd $Mdocdate$\n.Dt UAUTH-"));
    }
}

/* SU-06: every setting, error, endpoint... has its row on a page, in both forms. */
static void every_table_is_a_page(void **state)
{
    struct ctx *c = *state;
    size_t n = 0;
    const struct describe_page *const *pages = describe_pages(&n);
    assert_true(n >= 9);
    for (size_t i = 0; i < n; i++) {
        const char *page = describe_markdown(c, pages[i]);
        const char *json = describe_json(c, pages[i]);
        assert_true(strlen(page) > 200);
        assert_true(json[0] == '[' || json[0] == '{');
        assert_true(text_ends(page, "\n") && text_ends(json, "\n"));
    }
    const char *settings = describe_markdown(c, &describe_settings);
    const struct config_row *rows = config_rows(&n);
    for (size_t i = 0; i < n; i++)
        assert_non_null(strstr(settings, text_printf(c->arena, "| %s |", rows[i].variable)));
}

/* ---- secrets ---- */

static void stdin_is(const char *text)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    (void)close(ends[1]);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    (void)close(ends[0]);
}

static void a_secret_is_one_line_of_standard_input(void **state)
{
    struct ctx *c = *state;
    const char *secret = NULL;
    stdin_is("Correct-horse\r\nmore");
    assert_int_equal(PARSE("user", "password", "a@b.c", "--password-stdin").code, ERR_OK);
    assert_int_equal(command_secret(c, &parsed, "--password", &secret).code, ERR_OK);
    assert_string_equal(secret, "Correct-horse");
    stdin_is("\n");
    assert_int_equal(command_secret(c, &parsed, "--password", &secret).code, ERR_INVALID_FIELD);
    fault_clear(c);
    stdin_is("");
    assert_int_equal(command_secret(c, &parsed, "--password", &secret).code, ERR_INVALID_FIELD);
    fault_clear(c);
    char *much = arena_alloc(c->arena, COMMAND_SECRET_MAX + 3);
    memset(much, 'x', COMMAND_SECRET_MAX + 1);
    stdin_is(much);
    assert_int_equal(command_secret(c, &parsed, "--password", &secret).code, ERR_INVALID_FIELD);
    fault_clear(c);
    much[COMMAND_SECRET_MAX] = '\0';
    stdin_is(much);
    assert_int_equal(command_secret(c, &parsed, "--password", &secret).code, ERR_OK);
    assert_int_equal(strlen(secret), COMMAND_SECRET_MAX);
}

static void a_secret_that_was_not_given_is_asked_for_at_a_terminal_only(void **state)
{
    struct ctx *c = *state;
    const char *secret = "x";
    stdin_is("typed\n");
    assert_int_equal(PARSE("user", "password", "a@b.c").code, ERR_OK);
    assert_int_equal(command_secret(c, &parsed, "--password", &secret).code, ERR_OK);
    assert_null(secret);
    assert_int_equal(command_ask(c, "--password", &secret).code, ERR_INVALID_FIELD);
    assert_non_null(strstr(c->fault.say, "--password-stdin"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_command_of_two_words_is_found),
        TEST(what_is_wrong_is_named_with_the_nearest),
        TEST(a_server_is_an_option_of_what_it_can_do),
        TEST(help_before_a_command_is_help_behind_it),
        TEST(the_lines_of_help_are_not_long),
        TEST(settings_are_options_of_every_command),
        TEST(behind_two_dashes_all_are_arguments),
        TEST(no_option_takes_a_secret),
        TEST(no_command_has_an_option_twice),
        TEST(every_command_has_its_texts),
        TEST(every_table_is_a_page),
        TEST(a_secret_is_one_line_of_standard_input),
        TEST(a_secret_that_was_not_given_is_asked_for_at_a_terminal_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
