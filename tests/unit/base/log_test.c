/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/json.h"
#include "testing.h"

#include <fcntl.h>

enum { MEMBERS_MAX = 32 };

/* What a reader of the log sees of one line. */
struct seen {
    const char *line;
    const char *name[MEMBERS_MAX], *text[MEMBERS_MAX];
    size_t n;
};

static const char *member(const struct seen *seen, const char *name)
{
    for (size_t i = 0; i < seen->n; i++) {
        if (text_equal(seen->name[i], name))
            return seen->text[i];
    }
    return NULL;
}

static struct seen parse(struct ctx *c, const char *line)
{
    struct seen seen = { .line = line };
    struct json j = json_open(c->arena, bytes_of(line));
    struct json_value v;
    assert_true(json_value(&j, &v));
    while (json_member(&j, &seen.name[seen.n], &v))
        seen.text[seen.n++] = v.text;
    if (!json_done(&j))
        fail_msg("%s: %s", j.why, line);
    return seen;
}

/* Logs one line through a pipe and reads it back. */
static struct seen logged(struct ctx *c, const char *message, const struct log_field *fields,
                          size_t n)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct log log = { .fd = ends[1], .level = LOG_INFO };
    log_line(&log, c, LOG_WARN, message, fields, n);
    char *line = arena_alloc(c->arena, LOG_LINE_MAX + 2);
    ssize_t got = read(ends[0], line, LOG_LINE_MAX + 1);
    assert_in_range(got, 2, LOG_LINE_MAX);
    assert_ptr_equal(strchr(line, '\n'), line + got - 1);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return parse(c, line);
}

static struct seen logged_text(struct ctx *c, const char *name, const char *text)
{
    return logged(c, "message", &(struct log_field){ name, .text = text }, 1);
}

static void a_line_tells_time_level_message_request_and_fields(void **state)
{
    struct ctx *c = *state;
    c->request_id = "0123456789ABCDEFGHJKMNPQRS";
    const struct log_field fields[] = { { "address", .text = "127.0.0.1" },
                                        { "port", .number = -8080 } };
    struct seen seen = logged(c, "listening", fields, 2);
    assert_string_equal(member(&seen, "time"), "2026-11-24T14:06:07Z");
    assert_string_equal(member(&seen, "level"), "warn");
    assert_string_equal(member(&seen, "msg"), "listening");
    assert_string_equal(member(&seen, "request_id"), c->request_id);
    assert_string_equal(member(&seen, "address"), "127.0.0.1");
    assert_string_equal(member(&seen, "port"), "-8080");
}

/* IN-05, SD-19: whatever is logged stays inside its JSON text on its one line, and drives no
 * terminal. */
static void hostile_text_stays_inside_its_line(void **state)
{
    struct ctx *c = *state;
    static const char *const hostile[] = {
        "\n{\"event\":\"login_ok\"}",
        "\",\"level\":\"error",
        "\\\"",
        "\x1B[2J\x07\x7F",
        "a\xE2\x80\xA8"
        "b\xE2\x80\xA9"
        "c",
        "\xE2\x80\xAE"
        "gnp.exe",
        "\xC2\x9B"
        "2J",
        "日本😀é",
        "\r\n\t\b",
    };
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct seen seen = logged_text(c, "user_agent", hostile[i]);
        assert_int_equal(seen.n, 4);
        assert_string_equal(member(&seen, "user_agent"), hostile[i]);
        for (const char *p = seen.line; *p != '\0'; p++)
            assert_true((unsigned char)*p >= 0x20 || (*p == '\n' && p[1] == '\0'));
        assert_null(strstr(seen.line, "\xE2\x80"));
        assert_null(strchr(seen.line, '\x7F'));
        assert_null(strstr(seen.line, "\xC2\x9B"));
        seen = logged(c, hostile[i], NULL, 0);
        assert_string_equal(member(&seen, "msg"), hostile[i]);
    }
}

/* IN-05 */
static void invalid_utf_8_becomes_the_replacement_character(void **state)
{
    struct ctx *c = *state;
    struct seen seen = logged_text(c, "path", "a\xFFz\xC3\xC3\xA9\xF0\x9F\x98");
    assert_string_equal(member(&seen, "path"),
                        "a\xEF\xBF\xBDz\xEF\xBF\xBDé\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

/* IN-05: a megabyte, also of characters that grow sixfold, is cut. */
static void long_texts_are_cut_and_the_line_stays_whole(void **state)
{
    struct ctx *c = *state;
    static const char fill[] = { 'x', '\x01', '"', '\xFF' };
    for (size_t i = 0; i < sizeof fill; i++) {
        char *text = arena_alloc(c->arena, 100000);
        memset(text, fill[i], 99999);
        struct log_field fields[LOG_FIELDS_MAX];
        for (size_t k = 0; k < LOG_FIELDS_MAX; k++)
            fields[k] = (struct log_field){ "field", .text = text };
        struct seen one = logged(c, "m", fields, 1);
        assert_true(text_ends(member(&one, "field"), "..."));
        assert_in_range(strlen(one.line), LOG_TEXT_MAX, LOG_TEXT_MAX + 200);
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        struct log log = { .fd = ends[1], .level = LOG_INFO };
        log_line(&log, c, LOG_WARN, text, fields, LOG_FIELDS_MAX);
        char line[LOG_LINE_MAX + 1] = { 0 };
        ssize_t got = read(ends[0], line, sizeof line);
        assert_in_range(got, 3000, LOG_LINE_MAX);
        assert_string_equal(line + got - 3, "\"}\n");
        (void)close(ends[0]);
        (void)close(ends[1]);
    }
}

/* AU-01: the second net under secrets. */
static void fields_named_as_secrets_are_redacted(void **state)
{
    struct ctx *c = *state;
    static const char *const secret[] = {
        "password",         "Password",      "new_password",  "token",          "access_token",
        "refresh-token",    "id_token_hint", "client_secret", "session_secret", "code",
        "code_verifier",    "mfa_code",      "cookie",        "Set-Cookie",     "Authorization",
        "client_assertion", "private_key",   "api_key",       "setup_code",     "sid",
    };
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++) {
        assert_true(log_is_secret(secret[i]));
        struct seen seen = logged_text(c, secret[i], "canary-4711");
        assert_null(strstr(seen.line, "canary"));
        assert_string_equal(member(&seen, secret[i]), "[redacted]");
        struct log_field number = { secret[i], .number = 4711 };
        seen = logged(c, "message", &number, 1);
        assert_null(strstr(seen.line, "4711"));
    }
    static const char *const harmless[] = {
        "status_code", "error_code", "token_type", "kid", "path", "address", ""
    };
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        assert_false(log_is_secret(harmless[i]));
}

/* AU-01 */
static void what_looks_like_a_jwt_is_redacted_anywhere(void **state)
{
    struct ctx *c = *state;
    static const char *const with[] = { "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
                                        "Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
                                        "/cb?x=eyJ eyJhbGciOiJub25lIn0.e30." };
    for (size_t i = 0; i < sizeof with / sizeof with[0]; i++) {
        struct seen seen = logged_text(c, "why", with[i]);
        assert_string_equal(member(&seen, "why"), "[redacted]");
        seen = logged(c, with[i], NULL, 0);
        assert_string_equal(member(&seen, "msg"), "[redacted]");
    }
    struct seen seen = logged_text(c, "why", "the eyJ of storms");
    assert_string_equal(member(&seen, "why"), "the eyJ of storms");
}

static void lower_levels_are_not_written(void **state)
{
    struct ctx *c = *state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    struct log log = { .fd = ends[1], .level = LOG_WARN };
    log_line(&log, c, LOG_INFO, "no", NULL, 0);
    log_line(NULL, c, LOG_ERROR, "no", NULL, 0);
    char byte;
    assert_int_equal(read(ends[0], &byte, 1), -1);
    log_line(&log, NULL, LOG_ERROR, "yes", NULL, 0);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_full_pipe_drops_lines_and_counts_them(void **state)
{
    struct ctx *c = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    _Atomic uint64_t dropped = 0;
    struct log log = { .fd = ends[1], .level = LOG_INFO, .dropped = &dropped };
    for (int i = 0; i < 5000; i++)
        log_line(&log, c, LOG_ERROR, "a line that nobody reads", NULL, 0);
    assert_in_range(dropped, 1, 4999);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void levels_are_read_by_name(void **state)
{
    (void)state;
    enum log_level level = LOG_DEBUG;
    assert_true(log_level_parse("error", &level));
    assert_int_equal(level, LOG_ERROR);
    assert_false(log_level_parse("ERROR", &level));
    assert_false(log_level_parse("", &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_tells_time_level_message_request_and_fields),
        TEST(hostile_text_stays_inside_its_line),
        TEST(invalid_utf_8_becomes_the_replacement_character),
        TEST(long_texts_are_cut_and_the_line_stays_whole),
        TEST(fields_named_as_secrets_are_redacted),
        TEST(what_looks_like_a_jwt_is_redacted_anywhere),
        TEST(lower_levels_are_not_written),
        TEST(a_full_pipe_drops_lines_and_counts_them),
        TEST(levels_are_read_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
