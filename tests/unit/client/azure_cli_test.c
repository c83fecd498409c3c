/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Azure CLI as a credential, with programs of the test's in its place (entra.md 2.10; 9.2 "az
 * runner": not found, timeout kill of the process group, stdout with token on failure, naive local
 * time, hostile scope, flags; 6.4 test_cli_credential).
 */
#include "azure_testing.h"

#include "base/time.h"

#include <fcntl.h>
#include <time.h>

static const struct azure_options cli_only = { .credential = "azure-cli" };

struct cli {
    struct azure_place p;
    const char *folder, *told; /* a file that the program may write to */
};

/* An `az` of these lines, for /bin/sh. */
static struct cli make_cli(void **state, const char *lines)
{
    char folder[] = "/tmp/uauth-az-XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct cli cli = { .p = azure_place(state) };
    struct arena *a = cli.p.w->arena;
    cli.folder = text_printf(a, "%s", folder);
    cli.told = text_printf(a, "%s/told", folder);
    int fd = open(text_printf(a, "%s/az", folder), O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    (void)dprintf(fd, "#!/bin/sh\n%s\n", lines);
    (void)close(fd);
    cli.p.platform.second_ms = 1000;
    azure_set(&cli.p, "PATH", text_printf(a, "relative:%s:/usr/bin:/bin", folder));
    azure_set(&cli.p, "TOLD", cli.told);
    return cli;
}

static void remove_cli(const struct cli *cli)
{
    (void)unlink(cli->told);
    (void)unlink(text_printf(cli->p.w->arena, "%s/az", cli->folder));
    assert_int_equal(rmdir(cli->folder), 0);
}

static const char *told(const struct cli *cli)
{
    static const char none[] = "";
    char *text = arena_alloc(cli->p.w->arena, 2048);
    int fd = open(cli->told, O_RDONLY);
    if (fd < 0)
        return none;
    assert_true(read(fd, text, 2047) >= 0);
    (void)close(fd);
    return text;
}

#define GOOD                                                                                       \
    "echo '{\"accessToken\":\"at-cli\",\"expires_on\":1795532767,\"tokenType\":\"Bearer\"}'"

static void it_is_asked_without_a_shell(void **state)
{
    struct cli cli = make_cli(state, "printf '%s\\n' \"$@\" \"$AZURE_CORE_NO_COLOR\" > $TOLD\n"
                                     "pwd >> $TOLD; cat >> $TOLD\n" GOOD);
    struct azure_options options = cli_only;
    struct azure_token token = { 0 };
    options.tenant_id = "t-1";
    options.subscription = "My sub";
    assert_int_equal(azure_once(&cli.p, &options, &token), ERR_OK);
    assert_string_equal(token.token, "at-cli");
    assert_int_equal(token.expires_on, 1795532767);
    const char *due = "account\nget-access-token\n--output\njson\n--resource\n" VAULT
                      "\n--tenant\nt-1\n--subscription\nMy sub\ntrue\n";
    const char *in_bin = text_printf(cli.p.w->arena, "%s/bin\n", due);
    const char *in_usr_bin = text_printf(cli.p.w->arena, "%s/usr/bin\n", due);
    assert_true(strcmp(told(&cli), in_bin) == 0 || strcmp(told(&cli), in_usr_bin) == 0);
    remove_cli(&cli);
}

/* CLI before 2.54: the time of this machine, without a zone. */
static void a_local_time_is_read_as_one(void **state)
{
    struct cli cli = make_cli(
        state, "echo '{\"accessToken\":\"at\",\"expiresOn\":\"2026-11-24 15:06:07.000000\"}'");
    struct azure_token token = { 0 };
    assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
    tzset();
    assert_int_equal(azure_once(&cli.p, &cli_only, &token), ERR_OK);
    assert_int_equal(token.expires_on, 1795529167);
    assert_int_equal(unsetenv("TZ"), 0);
    tzset();
    remove_cli(&cli);
}

static void what_went_wrong_is_said_and_no_token(void **state)
{
    static const struct {
        const char *lines, *said;
        enum err_code code;
    } rows[] = {
        { "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1", "run `az login`",
          ERR_NOT_FOUND },
        { "echo \"Please run az account set\" >&2; exit 1", "signed in", ERR_NOT_FOUND },
        { "exit 127", "not installed", ERR_NOT_FOUND },
        { "echo 'az: command not found' >&2; exit 1", "not installed", ERR_NOT_FOUND },
        { "echo '{\"accessToken\":\"CANARY\"}'; echo 'ERROR: it broke' >&2; exit 3", "it broke",
          ERR_UPSTREAM },
        { "echo 'ERROR: eyJCANARY' >&2; exit 3", "no reason that can be shown", ERR_UPSTREAM },
        { "printf 'ERROR: \\033[31mred' >&2; exit 3", "no reason that can be shown", ERR_UPSTREAM },
        { "exit 3", "no reason that can be shown", ERR_UPSTREAM },
        { "kill -9 $$", "no reason", ERR_UPSTREAM },
        { "echo '{\"accessToken\":\"CANARY\"}'", "did not answer with a token", ERR_UPSTREAM },
        { "echo 'CANARY'", "did not answer with a token", ERR_UPSTREAM },
        { "echo '{\"accessToken\":\"CANARY\",\"expiresOn\":\"soon\"}'", "did not answer",
          ERR_UPSTREAM },
        { "yes CANARY | head -c 300000", "did not answer with a token", ERR_UPSTREAM },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cli cli = make_cli(state, rows[i].lines);
        struct azure_token token = { 0 };
        assert_int_equal(azure_once(&cli.p, &cli_only, &token), rows[i].code);
        assert_non_null(strstr(cli.p.w->c.fault.text, rows[i].said));
        assert_null(strstr(cli.p.w->c.fault.text, "CANARY"));
        remove_cli(&cli);
    }
}

/* Its children end with it, so that nothing holds our end of the pipe. */
static void it_is_ended_when_it_takes_too_long(void **state)
{
    struct cli cli = make_cli(state, "(sleep 60; echo late > $TOLD) & echo $! > $TOLD; wait");
    struct azure_token token = { 0 };
    cli.p.platform.second_ms = 50;
    int64_t before = time_monotonic_ms();
    assert_int_equal(azure_once(&cli.p, &cli_only, &token), ERR_NOT_FOUND);
    assert_true(time_monotonic_ms() - before < 20000);
    assert_non_null(strstr(cli.p.w->c.fault.text, "within"));
    pid_t child = (pid_t)strtol(told(&cli), NULL, 10);
    assert_true(child > 0);
    for (int i = 0; i < 100 && kill(child, 0) == 0; i++)
        (void)usleep(10000);
    remove_cli(&cli);
}

/* Also where it has closed what it writes to, and goes on. */
static void it_is_ended_when_it_has_nothing_to_say(void **state)
{
    struct cli cli = make_cli(state, "exec >&- 2>&-; sleep 60");
    struct azure_token token = { 0 };
    cli.p.platform.second_ms = 50;
    int64_t before = time_monotonic_ms();
    assert_int_equal(azure_once(&cli.p, &cli_only, &token), ERR_NOT_FOUND);
    assert_true(time_monotonic_ms() - before < 20000);
    assert_non_null(strstr(cli.p.w->c.fault.text, "within"));
    remove_cli(&cli);
}

static void what_is_no_plain_word_is_not_passed_on(void **state)
{
    struct cli cli = make_cli(state, "echo ran > $TOLD; " GOOD);
    static const char *const scopes[] = { "https://x/;rm -rf", "--help",         "-h",
                                          "https://x/$(id)",   "https://x/`id`", "https://x/'" };
    static const char *const subscriptions[] = { "--help", "a;b", "a\"b" };
    struct azure_token token = { 0 };
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        const struct azure_asked asked = { .scope = scopes[i] };
        assert_int_equal(azure_open(&cli.p, &cli_only), ERR_OK);
        assert_int_equal(azure_credential_get(&cli.p.w->c, cli.p.credential, &asked, &token).code,
                         ERR_INVALID_REQUEST);
        azure_credential_free(cli.p.credential);
    }
    for (size_t i = 0; i < sizeof subscriptions / sizeof subscriptions[0]; i++) {
        struct azure_options options = cli_only;
        options.subscription = subscriptions[i];
        assert_int_equal(azure_once(&cli.p, &options, &token), ERR_INVALID_REQUEST);
    }
    struct azure_options options = cli_only;
    options.tenant_id = "-t";
    assert_int_equal(azure_once(&cli.p, &options, &token), ERR_INVALID_REQUEST);
    assert_string_equal(told(&cli), "");
    remove_cli(&cli);
}

static void a_challenge_is_for_the_person(void **state)
{
    struct cli cli = make_cli(state, "exit 1");
    struct azure_token token = { 0 };
    const struct azure_asked asked = { .scope = VAULT_SCOPE, .claims = "{}" };
    assert_int_equal(azure_open(&cli.p, &cli_only), ERR_OK);
    assert_int_equal(azure_credential_get(&cli.p.w->c, cli.p.credential, &asked, &token).code,
                     ERR_INTERACTION_REQUIRED);
    assert_non_null(strstr(cli.p.w->c.fault.text, "az login --claims-challenge e30="));
    azure_credential_free(cli.p.credential);
    remove_cli(&cli);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(it_is_asked_without_a_shell),
        WORLD_TEST(a_local_time_is_read_as_one),
        WORLD_TEST(what_went_wrong_is_said_and_no_token),
        WORLD_TEST(it_is_ended_when_it_takes_too_long),
        WORLD_TEST(it_is_ended_when_it_has_nothing_to_say),
        WORLD_TEST(what_is_no_plain_word_is_not_passed_on),
        WORLD_TEST(a_challenge_is_for_the_person),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
