/* SPDX-License-Identifier: Apache-2.0 */
#include "config_testing.h"

#include <sys/stat.h>

static void the_defaults_are_complete_and_go_together(void **state)
{
    struct ctx *c = *state;
    struct config config;
    struct config_sources sources;
    assert_int_equal(config_load(c, &(struct config_input){ 0 }, &config, &sources).code, ERR_OK);
    assert_string_equal(config.listen, "127.0.0.1:8080");
    assert_int_equal(config.jwt_access_expire_minutes, 15);
    assert_int_equal(config.argon2_memory_kib, 65536);
    assert_true(config.rate_limit);
    assert_true(config.require_verified_email);
    assert_false(config.password_require_special);
    assert_int_equal(config.log_level, 1);
    assert_int_equal(config.trusted_proxies.n, 0);
    assert_string_equal(config.session_secret, "");
    size_t n = 0;
    (void)config_rows(&n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(sources.from[i], "default");
}

/* SU-06: names, defaults and bounds as documented; each name follows from its row's. */
static void the_table_is_the_golden_one(void **state)
{
    struct ctx *c = *state;
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    struct text_buffer b = text_buffer(c->arena);
    for (size_t i = 0; i < n; i++) {
        text_addf(&b, "%s %s [%s]", rows[i].variable, rows[i].flag, rows[i].fallback);
        if (rows[i].choices != NULL)
            text_addf(&b, " %s", rows[i].choices);
        else if (rows[i].kind == CONFIG_INT)
            text_addf(&b, " %lld..%lld", (long long)rows[i].low, (long long)rows[i].high);
        text_addf(&b, " %s\n", rows[i].summary);
    }
    assert_golden(c->arena, "config.txt", text_of(&b));
}

static void each_source_beats_the_one_below(void **state)
{
    struct ctx *c = *state;
    const char *conf =
        "# comment\n\nworkers = 1\nio_threads=2\r\n queue_max = 100 # why\nlog_level=\"debug\"\n";
    const char *dotenv = "OTHER=x\nnonsense line\nexport "
                         "AUTH_IO_THREADS='3'\nAUTH_QUEUE_MAX=200\nAUTH_HASH_WORKERS=9";
    const char *const flags[] = { "--hash-workers", "11" };
    struct config_input in = { .file_path = file_of(c, conf, strlen(conf)),
                               .dotenv_path = file_of(c, dotenv, strlen(dotenv)),
                               .environment = environment(
                                   c, "AUTH_QUEUE_MAX=300 AUTH_HASH_WORKERS=10 PATH=/bin HOME="),
                               .flags = flags,
                               .flags_n = 1 };
    struct config config;
    struct config_sources sources;
    if (config_load(c, &in, &config, &sources).code != ERR_OK)
        fail_msg("%s %s", c->fault.field, c->fault.say);
    assert_int_equal(config.workers, 1);
    assert_int_equal(config.io_threads, 3);
    assert_int_equal(config.queue_max, 300);
    assert_int_equal(config.hash_workers, 11);
    assert_int_equal(config.log_level, 0);
    bool is_file = true;
    const struct config_row *rows = config_rows(&(size_t){ 0 });
    static const char *const expected[][2] = { { "workers", "file %1:3" },
                                               { "io_threads", "file %2:3" },
                                               { "queue_max", "environment AUTH_QUEUE_MAX" },
                                               { "hash_workers", "flag --hash-workers" } };
    for (size_t i = 0; i < 4; i++) {
        const char *from = sources.from[config_find(expected[i][0], &is_file) - rows];
        assert_false(is_file);
        if (i < 2)
            assert_string_equal(
                from, text_printf(c->arena, "file %s:3", i == 0 ? in.file_path : in.dotenv_path));
        else
            assert_string_equal(from, expected[i][1]);
    }
    (void)unlink(in.file_path);
    (void)unlink(in.dotenv_path);
}

/* SU-05: a name nobody knows is an error in every source, with the nearest name. */
static void unknown_names_are_refused_with_the_nearest(void **state)
{
    struct ctx *c = *state;
    assert_refused(c, "AUTH_RATELIMIT=off", "AUTH_RATELIMIT", "did you mean AUTH_RATE_LIMIT?");
    assert_refused(c, "AUTH_SMTP_PASSWORD_THAT_IS_NOT_HERE=x",
                   "AUTH_SMTP_PASSWORD_THAT_IS_NOT_HERE", "no such setting");
    assert_refused(c, "AUTH_=x", "AUTH_", "no such setting");
    assert_refused(c, "AUTH_workers=3", "AUTH_workers", "no such setting");
    assert_refused(c, "AUTH_WORKERS_FILE=/x", "AUTH_WORKERS_FILE", "no such setting");
    struct config config;
    const char *const flags[] = { "--worker", "3" };
    assert_int_equal(load(c, &(struct config_input){ .flags = flags, .flags_n = 1 }, &config),
                     ERR_INVALID_FIELD);
    assert_string_equal(c->fault.say, "there is no such setting; did you mean --workers?");
    const char *const underscored[] = { "--io_threads", "3" };
    assert_int_equal(load(c, &(struct config_input){ .flags = underscored, .flags_n = 1 }, &config),
                     ERR_INVALID_FIELD);
    const char *path = file_of(c, "a\n", 2);
    (void)unlink(path);
    path = file_of(c, "\nloglevel = info\n", 17);
    assert_int_equal(load(c, &(struct config_input){ .file_path = path }, &config),
                     ERR_INVALID_FIELD);
    assert_string_equal(c->fault.field, text_printf(c->arena, "%s:2", path));
    assert_string_equal(c->fault.say, "there is no such setting; did you mean log_level?");
    (void)unlink(path);
}

static void what_kubernetes_sets_is_left_out(void **state)
{
    assert_taken(*state,
                 "AUTH_SERVICE_HOST=10.0.0.1 AUTH_SERVICE_PORT_HTTP=80 AUTH_PORT=tcp://10.0.0.1:80 "
                 "AUTH_PORT_80_TCP_ADDR=10.0.0.1 AUTHOR=me");
}

/* SU-05: absent is the default; empty, zero, negative, trailing junk and overflow are errors that
 * say the bounds. */
static void numbers_outside_their_bounds_are_refused(void **state)
{
    struct ctx *c = *state;
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    static const char *const junk[] = { "",     "300x", "-",  "1.0",
                                        "0x10", "1e3",  "+1", "99999999999999999999",
                                        "ten" };
    for (size_t i = 0; i < n; i++) {
        if (rows[i].kind != CONFIG_INT)
            continue;
        const char *bounds = text_printf(c->arena, "must be a whole number from %lld to %lld",
                                         (long long)rows[i].low, (long long)rows[i].high);
        for (size_t k = 0; k < sizeof junk / sizeof junk[0]; k++)
            assert_refused(c, text_printf(c->arena, "%s=%s", rows[i].variable, junk[k]),
                           rows[i].variable, k == 0 ? "is empty" : bounds);
        assert_refused(
            c, text_printf(c->arena, "%s=%lld", rows[i].variable, (long long)rows[i].low - 1),
            rows[i].variable, bounds);
        assert_refused(
            c, text_printf(c->arena, "%s=%lld", rows[i].variable, (long long)rows[i].high + 1),
            rows[i].variable, bounds);
    }
}

/* SU-05 */
static void switches_and_choices_take_only_their_words(void **state)
{
    struct ctx *c = *state;
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    static const char *const bad[] = { "", "true", "ON", "1", "0", "off|on", "onn", "no" };
    for (size_t i = 0; i < n; i++) {
        if (rows[i].choices == NULL)
            continue;
        for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
            assert_refused(c, text_printf(c->arena, "%s=%s", rows[i].variable, bad[k]),
                           rows[i].variable, k == 0 ? "is empty" : "must be one of: ");
    }
    assert_refused(c, "AUTH_LOG_LEVEL=trace", "AUTH_LOG_LEVEL", "debug, info, warn, error");
}

/* SU-05: an empty variable never stands for "off" or "anything". */
static void an_empty_value_is_taken_only_where_the_default_is_empty(void **state)
{
    struct ctx *c = *state;
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    for (size_t i = 0; i < n; i++) {
        const char *empty = text_printf(c->arena, "%s=", rows[i].variable);
        bool soft = rows[i].kind == CONFIG_TEXT || rows[i].kind == CONFIG_PATH ||
                    rows[i].kind == CONFIG_LIST;
        if (soft && rows[i].fallback[0] == '\0')
            assert_taken(c, empty);
        else
            assert_refused(c, empty, rows[i].variable, "is empty");
    }
}

/* CR-07: what is in a key vault is looked at when it has been fetched; that it is there is no
 * secret.
 */
static void a_secret_may_refer_to_a_key_vault(void **state)
{
    struct ctx *c = *state;
    static const char *const names[] = { "session_secret", "smtp_url", "database_url",
                                         "azure_client_secret" };
    bool is_file = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct config_row *row = config_find(names[i], &is_file);
        struct config_input in = {
            .environment =
                environment(c, text_printf(c->arena, "%s=keyvault://kv1/secret", row->variable))
        };
        struct config config;
        struct config_sources sources;
        assert_int_equal(config_load(c, &in, &config, &sources).code, ERR_OK);
        assert_string_equal(config_show(c->arena, &config, row), "keyvault://kv1/secret");
    }
    assert_refused(c, "AUTH_AUDIT_HEADS_URL=keyvault://kv1/url", "audit_heads_url", "https://");
}

/* CR-07: a secret that an example came with is no secret. */
static void placeholders_are_refused(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = { "changeme",
                                       "CHANGEME",
                                       "change-me-please-change-me-please-1234",
                                       "[SESSION_SECRET_KEY]",
                                       "<your-key-here-32-characters-long-at-least>",
                                       "${SESSION_SECRET_THAT_WAS_NEVER_EXPANDED}",
                                       "{{session_secret_of_a_template_file}}",
                                       "your-secret-key-that-is-long-enough-for-all",
                                       "secret" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(c, text_printf(c->arena, "AUTH_SESSION_SECRET=%s", bad[i]),
                       "AUTH_SESSION_SECRET", "placeholder");
    assert_refused(c, "AUTH_AZURE_CLIENT_SECRET=[AZURE_CLIENT_SECRET]", "AUTH_AZURE_CLIENT_SECRET",
                   "placeholder");
    assert_refused(c, "AUTH_AZURE_CLIENT_ID=[AZURE_CLIENT_ID]", "AUTH_AZURE_CLIENT_ID",
                   "placeholder");
    assert_refused(c, "AUTH_SMTP_URL=smtp://me:changeme@mail.example.com", "AUTH_SMTP_URL",
                   "placeholder");
}

/* CR-15, JOSE-12: short, simple or mangled keys stop the start instead of weakening it. */
static void weak_or_mangled_secrets_are_refused(void **state)
{
    struct ctx *c = *state;
    assert_refused(c, "AUTH_SESSION_SECRET=x", "AUTH_SESSION_SECRET", "32 bytes");
    assert_refused(c, "AUTH_CSRF_SECRET=0123456789abcdefghijklmnopqrstu", "AUTH_CSRF_SECRET",
                   "32 bytes");
    assert_refused(c, "AUTH_SESSION_SECRET=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                   "AUTH_SESSION_SECRET", "too simple");
    assert_refused(c, "AUTH_SESSION_SECRET=\xEF\xBB\xBF" STRONG "\xFF", "AUTH_SESSION_SECRET",
                   "UTF-8");
    assert_refused(c, "AUTH_SESSION_SECRET=\t" STRONG, "AUTH_SESSION_SECRET", "control");
    assert_refused(c, "AUTH_SESSION_SECRET=" STRONG " AUTH_CSRF_SECRET=" STRONG, "csrf_secret",
                   "differ");
    assert_taken(c, "AUTH_SESSION_SECRET=" STRONG);
    const char *const spaced[] = { "AUTH_SESSION_SECRET= " STRONG, NULL };
    struct config config;
    assert_int_equal(load(c, &(struct config_input){ .environment = spaced }, &config),
                     ERR_INVALID_FIELD);
    assert_string_equal(c->fault.say, "has white space around it");
}

static void a_secret_is_refused_on_the_command_line(void **state)
{
    struct ctx *c = *state;
    struct config config;
    const char *const flags[] = { "--session-secret", STRONG };
    assert_int_equal(load(c, &(struct config_input){ .flags = flags, .flags_n = 1 }, &config),
                     ERR_INVALID_FIELD);
    assert_non_null(strstr(c->fault.say, "--session-secret-file"));
    assert_null(strstr(c->fault.text, STRONG));
    const char *path = file_of(c, STRONG "\r\n", strlen(STRONG) + 2);
    const char *const by_file[] = { "--session-secret-file", path };
    assert_int_equal(load(c, &(struct config_input){ .flags = by_file, .flags_n = 1 }, &config),
                     ERR_OK);
    assert_string_equal(config.session_secret, STRONG);
    (void)unlink(path);
}

/* AU-01: what is shown holds no secret. */
static void shown_values_hold_no_secret(void **state)
{
    struct ctx *c = *state;
    struct config config;
    assert_int_equal(
        load_environment(
            c,
            "AUTH_SESSION_SECRET=" STRONG " AUTH_REDIS_URL=redis://u:canary@h:6379/0 "
            "AUTH_DATABASE_URL=postgres://u:canary@db/x AUTH_TRUSTED_PROXIES=10.0.0.0/8,::1 "
            "AUTH_RATE_LIMIT=off AUTH_LOG_LEVEL=error",
            &config),
        ERR_OK);
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    struct text_buffer b = text_buffer(c->arena);
    for (size_t i = 0; i < n; i++)
        text_addf(&b, "%s=%s\n", rows[i].name, config_show(c->arena, &config, &rows[i]));
    const char *all = text_of(&b);
    assert_null(strstr(all, "canary"));
    assert_null(strstr(all, STRONG));
    static const char *const expected[] = { "session_secret=[redacted]\n",
                                            "redis_url=[redacted]\n",
                                            "csrf_secret=\n",
                                            "database_url=postgres://u:[redacted]@db/x\n",
                                            "rate_limit=off\n",
                                            "trusted_proxies=10.0.0.0/8,::1\n",
                                            "log_level=error\n",
                                            "workers=0\n",
                                            "public_url=http://localhost:8080\n" };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_non_null(strstr(all, expected[i]));
    config.database_url = "postgres://db/x?user=u&password=canary";
    bool is_file = false;
    assert_string_equal(config_show(c->arena, &config, config_find("database_url", &is_file)),
                        "[redacted]");
}

/* IN-07 */
static void directives_in_settings_are_plain_text(void **state)
{
    struct ctx *c = *state;
    assert_refused(c, "AUTH_WORKERS=%s%n%x", "AUTH_WORKERS", "whole number");
    assert_refused(c, "AUTH_%s%n=1", "AUTH_%s%n", "no such setting");
    struct config config;
    assert_int_equal(load_environment(c, "AUTH_TOTP_ISSUER=%s%n%x", &config), ERR_OK);
    assert_string_equal(config.totp_issuer, "%s%n%x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_defaults_are_complete_and_go_together),
        TEST(the_table_is_the_golden_one),
        TEST(each_source_beats_the_one_below),
        TEST(unknown_names_are_refused_with_the_nearest),
        TEST(what_kubernetes_sets_is_left_out),
        TEST(numbers_outside_their_bounds_are_refused),
        TEST(switches_and_choices_take_only_their_words),
        TEST(an_empty_value_is_taken_only_where_the_default_is_empty),
        TEST(a_secret_may_refer_to_a_key_vault),
        TEST(placeholders_are_refused),
        TEST(weak_or_mangled_secrets_are_refused),
        TEST(a_secret_is_refused_on_the_command_line),
        TEST(shown_values_hold_no_secret),
        TEST(directives_in_settings_are_plain_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
