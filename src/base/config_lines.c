/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 256 * 1024 };

/* How much to read at most: of a plain file a byte more than it has, of a pipe a byte more than is
 * taken. */
static size_t room_for(int fd)
{
    struct stat status;
    bool known = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size < FILE_MAX;
    return (known ? (size_t)status.st_size : FILE_MAX) + 1;
}

/* Reads up to `room` bytes of the open `fd`; false if that fails. */
static bool read_all(int fd, char *out, size_t room, size_t *n)
{
    *n = 0;
    while (*n < room) {
        ssize_t got = read(fd, out + *n, room - *n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        *n += (size_t)got;
    }
    return true;
}

static RESULT unreadable(struct ctx *c, const char *label, const char *path, int why)
{
    const char *subject = text_equal(label, path) ? "" : text_printf(c->arena, "%s ", path);
    return fail_field(c, INVALID_FIELD, label,
                      text_printf(c->arena, "%scannot be read: %s", subject, strerrordesc_np(why)));
}

/* Whether the bytes of the file may be settings at all; else what is wrong. */
static const char *unfit(const char *text, size_t n)
{
    if (memchr(text, '\0', n) != NULL)
        return "has a NUL byte in it";
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        return "begins with a byte order mark; save it without one";
    if (!text_is_utf8((struct bytes){ (const uint8_t *)text, n }))
        return "is not UTF-8";
    return NULL;
}

RESULT config_read_file(struct ctx *c, const char *label, const char *path, const char **out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return unreadable(c, label, path, errno);
    size_t room = room_for(fd);
    char *text = arena_alloc(c->arena, room + 1);
    size_t n = 0;
    bool done = read_all(fd, text, room, &n);
    int why = errno;
    (void)close(fd);
    if (!done)
        return unreadable(c, label, path, why);
    const char *wrong = n == room ? "is larger than 256 KiB, or still grows" : unfit(text, n);
    if (wrong != NULL)
        return fail_field(c, INVALID_FIELD, label, text_printf(c->arena, "%s %s", path, wrong));
    *out = text;
    return ok();
}

/* The lines of one file, while they are read. */
struct reading {
    struct ctx *c;
    const char *path;
    bool dotenv;
    size_t line;
    struct config_given *at;
    size_t n;
};

static RESULT refuse(struct reading *r, const char *say)
{
    const char *label = text_printf(r->c->arena, "%s:%zu", r->path, r->line);
    return fail_field(r->c, INVALID_FIELD, label, say);
}

/* Ends the unquoted `value` before " #" and white space. */
static const char *unquoted(struct arena *a, const char *value)
{
    size_t n = 0;
    while (value[n] != '\0' &&
           !(value[n] == '#' && (n == 0 || value[n - 1] == ' ' || value[n - 1] == '\t')))
        n++;
    return text_trim(a, text_copy(a, value, n));
}

/* Reads what stands right of '='. */
static RESULT take_value(struct reading *r, const char *text, const char **out)
{
    struct arena *a = r->c->arena;
    char quote = text[0];
    if (quote != '"' && quote != '\'') {
        *out = unquoted(a, text);
        return ok();
    }
    const char *end = strchr(text + 1, quote);
    if (end == NULL)
        return refuse(r, "the quote is not closed");
    if (unquoted(a, end + 1)[0] != '\0')
        return refuse(r, "something follows the closing quote");
    *out = text_copy(a, text + 1, (size_t)(end - text - 1));
    return ok();
}

static bool is_name(const char *name)
{
    size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    return n > 0 && name[n] == '\0';
}

/* The line without "export ", or NULL if it is about something else: an .env file serves other
 * programs too. */
static const char *ours(const char *line)
{
    if (text_starts(line, "export ") || text_starts(line, "export\t"))
        line += strlen("export ") + strspn(line + strlen("export "), " \t");
    return text_starts(line, "AUTH_") ? line : NULL;
}

static RESULT take_line(struct reading *r, const char *line)
{
    struct arena *a = r->c->arena;
    line = text_trim(a, line);
    if (line[0] == '\0' || line[0] == '#')
        return ok();
    if (r->dotenv)
        line = ours(line);
    if (line == NULL)
        return ok();
    const char *equals = strchr(line, '=');
    if (equals == NULL)
        return refuse(r, "this is not \"name = value\"");
    struct config_given *given = &r->at[r->n];
    given->name = text_trim(a, text_copy(a, line, (size_t)(equals - line)));
    if (!is_name(given->name))
        return refuse(r, "this is not \"name = value\"");
    TRY(take_value(r, text_trim(a, equals + 1), &given->value));
    given->label = text_printf(a, "%s:%zu", r->path, r->line);
    given->from = text_printf(a, "file %s", given->label);
    r->n++;
    return ok();
}

/* One line per entry, empty ones too, without their line breaks. */
static struct texts lines_of(struct arena *a, const char *text)
{
    size_t most = 1;
    for (const char *p = text; *p != '\0'; p++)
        most += *p == '\n';
    struct texts lines = { ARENA_NEWS(a, const char *, most), 0 };
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        size_t shown = n > 0 && text[n - 1] == '\r' ? n - 1 : n;
        lines.at[lines.n++] = text_copy(a, text, shown);
        text += n + (text[n] == '\n');
    }
    return lines;
}

RESULT config_read_lines(struct ctx *c, const char *path, bool dotenv, struct config_givens *out)
{
    const char *text = NULL;
    *out = (struct config_givens){ 0 };
    if (dotenv && access(path, F_OK) != 0 && errno == ENOENT)
        return ok();
    TRY(config_read_file(c, path, path, &text));
    struct texts lines = lines_of(c->arena, text);
    struct reading r = {
        c, path, dotenv, 0, ARENA_NEWS(c->arena, struct config_given, lines.n), 0
    };
    for (size_t i = 0; i < lines.n; i++) {
        r.line = i + 1;
        TRY(take_line(&r, lines.at[i]));
    }
    *out = (struct config_givens){ r.at, r.n };
    return ok();
}
