/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where a command acts that need not act here (app/command_server.h). */
static const struct command_option server_options[] = {
    { "--server", "URL", "Act on this service; the public URL if only a token is given", false,
      false },
    { "--token-file", "FILE", "An access token of an administrator of that service", false, false },
};
enum { SERVER_OPTIONS = sizeof server_options / sizeof server_options[0] };

size_t command_options_n(const struct command *command)
{
    return command->options_n + (command->there == NULL ? 0 : SERVER_OPTIONS);
}

const struct command_option *command_option_at(const struct command *command, size_t i)
{
    return i < command->options_n ? &command->options[i] : &server_options[i - command->options_n];
}

const char *command_value(const struct command_line *line, const char *name)
{
    for (size_t i = line->given_n; i > 0; i--)
        if (text_equal(line->given[i - 1].option->name, name))
            return line->given[i - 1].value;
    return NULL;
}

struct texts command_values(struct arena *a, const struct command_line *line, const char *name)
{
    struct texts out = { ARENA_NEWS(a, const char *, line->given_n), 0 };
    for (size_t i = 0; i < line->given_n; i++)
        if (text_equal(line->given[i].option->name, name))
            out.at[out.n++] = line->given[i].value;
    return out;
}

bool command_has(const struct command_line *line, const char *name)
{
    return command_value(line, name) != NULL;
}

/* The first line of `fd`. */
static RESULT read_secret(struct ctx *c, int fd, const char *name, const char **out)
{
    char *at = arena_alloc(c->arena, COMMAND_SECRET_MAX + 2);
    size_t n = 0;
    while (n <= COMMAND_SECRET_MAX) {
        ssize_t got = read(fd, at + n, COMMAND_SECRET_MAX + 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
        if (memchr(at, '\n', n) != NULL)
            break;
    }
    size_t line =
        (size_t)(memchr(at, '\n', n) != NULL ? (char *)memchr(at, '\n', n) - at : (ptrdiff_t)n);
    if (line > 0 && at[line - 1] == '\r')
        line--;
    if (line == 0 || line > COMMAND_SECRET_MAX || memchr(at, '\0', line) != NULL)
        return fail_field(c, INVALID_FIELD, name, "This is one line of 1 to 8192 bytes.");
    *out = text_copy(c->arena, at, line);
    return ok();
}

RESULT command_secret(struct ctx *c, const struct command_line *line, const char *name,
                      const char **out)
{
    *out = NULL;
    if (command_has(line, text_printf(c->arena, "%s-stdin", name)))
        return read_secret(c, STDIN_FILENO, name, out);
    const char *path = command_value(line, text_printf(c->arena, "%s-file", name));
    return path == NULL ? ok() : command_secret_from(c, path, name, out);
}

RESULT command_secret_from(struct ctx *c, const char *path, const char *name, const char **out)
{
    int fd = path == NULL ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_field(
            c, INVALID_FIELD, name,
            text_printf(c->arena, "%s cannot be read: %s.", path, strerrordesc_np(errno)));
    err result = read_secret(c, fd, name, out);
    if (path != NULL)
        (void)close(fd);
    return result;
}

RESULT command_argument(struct ctx *c, const struct command_line *line, const char *what,
                        const char **out)
{
    if (line->arguments.n != 1)
        return fail_say(
            c, INVALID_REQUEST,
            text_printf(c->arena, "uauth %s takes one argument: %s", line->command->name, what),
            "one argument is needed");
    *out = line->arguments.at[0];
    return ok();
}

void command_say(const struct command_line *line, const char *format, ...)
{
    if (line->json)
        return;
    va_list args;
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
}

const char *command_colour(const struct command_line *line, const char *code)
{
    const char *plain = getenv("NO_COLOR");
    return line->terminal && (plain == NULL || *plain == '\0') ? code : "";
}

void command_show(const struct command_line *line, struct json_writer *w)
{
    if (line->json)
        (void)printf("%s\n", json_written(w));
}

static size_t width_of(const char *text)
{
    return text_code_points(text);
}

void command_print_table(struct arena *a, const char *const *titles, size_t columns,
                         const char *const *cells, size_t rows)
{
    size_t *widths = ARENA_NEWS(a, size_t, columns);
    for (size_t i = 0; i < columns; i++) {
        widths[i] = width_of(titles[i]);
        for (size_t row = 0; row < rows; row++)
            if (width_of(cells[row * columns + i]) > widths[i])
                widths[i] = width_of(cells[row * columns + i]);
    }
    for (size_t row = 0; row <= rows; row++) {
        const char *const *line = row == 0 ? titles : cells + (row - 1) * columns;
        for (size_t i = 0; i < columns; i++) {
            size_t pad = i + 1 < columns ? widths[i] - width_of(line[i]) + 2 : 0;
            (void)printf("%s%*s", line[i], (int)pad, "");
        }
        (void)printf("\n");
    }
}
