/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/text.h"
#include "base/time.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

_Static_assert(LOG_LINE_MAX <= 4096, "a pipe keeps only writes of up to PIPE_BUF bytes whole");

static const char *const level_names[] = { "debug", "info", "warn", "error" };
static const char redacted[] = "[redacted]";

/* clang-format off */
/* A field is a secret if its name is one of these... */
static const char *const secret_names[] = {
    "authorization", "proxy_authorization", "code", "mfa_code", "device_code", "user_code", "setup_code",
    "recovery_code", "code_verifier", "nonce", "state", "sid", "session_id", "request", "dpop", "csrf",
    "otp", "pin", "d", "k",
};
/* ...or ends in one of these: "client_secret", "id_token_hint" and "set-cookie" too. */
static const char *const secret_endings[] = {
    "password", "passwd", "passphrase", "token", "token_hint", "secret", "cookie", "assertion", "credential",
    "credentials", "private_key", "api_key", "master_key",
};
/* clang-format on */

/* One line on the stack: logging neither allocates nor fails. */
struct line {
    size_t n;
    char at[LOG_LINE_MAX];
};

enum { TAIL = 3 }; /* kept free for the closing quote, brace and line feed */

static bool fits(const struct line *line, size_t n)
{
    return line->n + n + TAIL <= LOG_LINE_MAX;
}

static void put(struct line *line, const char *at, size_t n)
{
    must(line->n + n <= LOG_LINE_MAX);
    memcpy(line->at + line->n, at, n);
    line->n += n;
}

/* Writes the character at `at` (of `length` bytes, 0: not UTF-8) as JSON into `out`; returns its
 * size. */
static size_t escape(const uint8_t *at, size_t length, char out[static 8])
{
    if (length == 0)
        return (size_t)snprintf(out, 8, "\\u%04x", 0xFFFDU);
    if (at[0] == '"' || at[0] == '\\')
        return (size_t)snprintf(out, 8, "\\%c", at[0]);
    if (at[0] < 0x20 || at[0] == 0x7F)
        return (size_t)snprintf(out, 8, "\\u%04x", (unsigned)at[0]);
    memcpy(out, at, length);
    if (length == 1)
        return 1;
    /* U+0080 to U+009F drive terminals, U+2028 and U+2029 break lines, the others turn text around.
     */
    char letter[5] = { 0 };
    memcpy(letter, at, length);
    if (at[0] == 0xC2 && text_has_control(letter))
        return (size_t)snprintf(out, 8, "\\u%04x", (unsigned)at[1]);
    if (at[0] == 0xE2 && (text_has_control(letter) || memcmp(letter, "\xE2\x80\xA8", 3) == 0 ||
                          memcmp(letter, "\xE2\x80\xA9", 3) == 0))
        return (size_t)snprintf(out, 8, "\\u20%02x", (unsigned)((at[1] & 3) << 6 | (at[2] & 63)));
    return length;
}

static void put_text(struct line *line, const char *text)
{
    static const char cut[] = "...";
    const uint8_t *at = (const uint8_t *)text;
    size_t from = line->n;
    while (*at != '\0') {
        char out[8];
        size_t length = utf8_length(at, strnlen((const char *)at, 4));
        size_t n = escape(at, length, out);
        if (line->n - from + n > LOG_TEXT_MAX || !fits(line, n + sizeof cut)) {
            put(line, cut, sizeof cut - 1);
            return;
        }
        put(line, out, n);
        at += length == 0 ? 1 : length;
    }
}

/* Opens the member `name`; false, writing nothing, if there is hardly room for it. */
static bool put_name(struct line *line, const char *name)
{
    if (!fits(line, strlen(name) * 6 + 32))
        return false;
    if (line->n > 1)
        put(line, ",", 1);
    put(line, "\"", 1);
    put_text(line, name);
    put(line, "\":", 2);
    return true;
}

static bool is_base64url(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* A JOSE header is a JSON object, so it begins with `{"`, in base64url "eyJ"; a dot follows it. */
bool log_has_token(const char *text)
{
    while ((text = strstr(text, "eyJ")) != NULL) {
        while (is_base64url(*text))
            text++;
        if (*text == '.')
            return true;
    }
    return false;
}

static void put_member(struct line *line, const char *name, const char *text)
{
    if (!put_name(line, name))
        return;
    put(line, "\"", 1);
    put_text(line, log_has_token(text) ? redacted : text);
    put(line, "\"", 1);
}

static void put_field(struct line *line, const struct log_field *field)
{
    if (log_is_secret(field->name)) {
        put_member(line, field->name, redacted);
    } else if (field->text != NULL) {
        put_member(line, field->name, field->text);
    } else if (put_name(line, field->name)) {
        char number[24];
        int n = snprintf(number, sizeof number, "%lld", (long long)field->number);
        put(line, number, (size_t)n);
    }
}

/* Room for PIPE_BUF bytes is what poll() promises of a pipe, so the write that follows does not
 * wait. */
static void send(const struct log *log, enum log_level level, struct line *line)
{
    if (log->sink != NULL) {
        line->at[line->n - 1] = '\0';
        log->sink->take(log->sink->arg, level, line->at);
        return;
    }
    struct pollfd ready = { .fd = log->fd, .events = POLLOUT };
    if (poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0 &&
        write(log->fd, line->at, line->n) == (ssize_t)line->n)
        return;
    if (log->dropped != NULL)
        atomic_fetch_add_explicit(log->dropped, 1, memory_order_relaxed);
}

void log_line(const struct log *log, struct ctx *c, enum log_level level, const char *message,
              const struct log_field *fields, size_t n)
{
    if (log == NULL || level < log->level)
        return;
    must(n <= LOG_FIELDS_MAX);
    struct line line = { .n = 1, .at = "{" };
    char now[TIME_TEXT];
    time_write(now, c == NULL ? time_now() : c->now);
    put_member(&line, "time", now);
    put_member(&line, "level", level_names[level]);
    put_member(&line, "msg", message);
    if (c != NULL && c->request_id != NULL)
        put_member(&line, "request_id", c->request_id);
    for (size_t i = 0; i < n; i++)
        put_field(&line, &fields[i]);
    put(&line, "}\n", 2);
    send(log, level, &line);
}

bool log_level_parse(const char *name, enum log_level *out)
{
    for (unsigned i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (!text_equal(name, level_names[i]))
            continue;
        *out = (enum log_level)i;
        return true;
    }
    return false;
}

/* As text_equal_nocase, taking '-' for '_'. */
static bool same_name(const char *name, const char *known)
{
    for (; *known != '\0'; name++, known++) {
        char c = *name >= 'A' && *name <= 'Z' ? (char)(*name | 0x20) : *name;
        if ((c == '-' ? '_' : c) != *known)
            return false;
    }
    return *name == '\0';
}

bool log_is_secret(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof secret_names / sizeof secret_names[0]; i++) {
        if (same_name(name, secret_names[i]))
            return true;
    }
    for (size_t i = 0; i < sizeof secret_endings / sizeof secret_endings[0]; i++) {
        size_t m = strlen(secret_endings[i]);
        if (n >= m && same_name(name + n - m, secret_endings[i]))
            return true;
    }
    return false;
}
