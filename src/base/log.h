/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_LOG_H
#define UAUTH_BASE_LOG_H

/*
 * One JSON object a line on standard error: time, level, msg, request_id and the fields given.  One
 * write(2) a line of at most LOG_LINE_MAX bytes, which a pipe keeps whole; texts are escaped and
 * cut at LOG_TEXT_MAX bytes of output, or earlier where the line is full ("..." stands where
 * something was cut); invalid UTF-8 becomes U+FFFD.  A line that cannot be written at once is
 * dropped and counted, so logging never blocks the service.
 *
 * Secrets do not belong in a log.  As a second net, a field whose name is in the table of log.c
 * (password, token, secret, code, cookie, authorization, assertion, ...) is written as
 * "[redacted]", and so is a value or message that has something like a JWT in it.
 */

#include "base/ctx.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum { LOG_TEXT_MAX = 2048, LOG_LINE_MAX = 4096, LOG_FIELDS_MAX = 20 };

struct log_field {
    const char *name;
    const char *text; /* or NULL, then `number` */
    int64_t number;
};

/* Takes lines in the place of a file: without the line feed, from any thread. */
struct log_sink {
    void (*take)(void *arg, enum log_level level, const char *line);
    void *arg;
};

/* Lines go to `fd` from `level` on.  The logger is part of the process; it holds no other state but
 * a counter. */
struct log {
    int fd;
    enum log_level level;
    _Atomic uint64_t *dropped;   /* counts lines that could not be written; may be NULL */
    const struct log_sink *sink; /* or NULL; then `fd` is not used */
};

/* Writes one line.  `c` may be NULL (no request id, and the time is read). */
void log_line(const struct log *log, struct ctx *c, enum log_level level, const char *message,
              const struct log_field *fields, size_t n);

/* log_info(log, c, "listening", { "address", .text = address }, { "port", .number = port }); */
#define LOG_LINE(log, c, level, message, ...)                                                      \
    log_line((log), (c), (level), (message), (const struct log_field[]){ __VA_ARGS__ },            \
             sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))

/* "debug", "info", "warn", "error". */
bool log_level_parse(const char *name, enum log_level *out);

/* Whether the value of a field of this name is a secret (see above). */
bool log_is_secret(const char *name);

/* Whether something like a JWT is in `text` (see above). */
bool log_has_token(const char *text);

#endif
