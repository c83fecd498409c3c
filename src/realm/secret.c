/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECRET_MAX = 8192 };

/* The first line of `n` bytes, which may end with \r\n. */
static RESULT first_line(struct ctx *c, const char *at, size_t n, const char **out)
{
    const char *end = memchr(at, '\n', n);
    size_t length = end == NULL ? n : (size_t)(end - at);
    if (length > 0 && at[length - 1] == '\r')
        length--;
    if (length == 0 || length > SECRET_MAX || memchr(at, '\0', length) != NULL)
        return fail_field(c, INVALID_FIELD, "secret.file",
                          "The first line of this file has 1 to 8192 bytes.");
    *out = text_copy(c->arena, at, length);
    return ok();
}

static RESULT read_file(struct ctx *c, const char *path, const char **out)
{
    char *at = arena_alloc(c->arena, SECRET_MAX + 2);
    size_t n = 0;
    ssize_t got = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_field(c, INVALID_FIELD, "secret.file",
                          text_printf(c->arena, "%s cannot be read.", path));
    while (got > 0 && n < SECRET_MAX + 2) {
        got = read(fd, at + n, SECRET_MAX + 2 - n);
        n += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd);
    return first_line(c, at, n, out);
}

RESULT realm_secret_read(struct ctx *c, const struct realm_secret *secret, const char **out)
{
    *out = NULL;
    if (secret == NULL)
        return ok();
    if ((secret->env == NULL) == (secret->file == NULL))
        return fail_field(c, INVALID_FIELD, "secret", "This names one: env or file.");
    if (secret->file != NULL)
        return read_file(c, secret->file, out);
    const char *value = getenv(secret->env);
    if (value == NULL || value[0] == '\0')
        return fail_field(c, INVALID_FIELD, "secret.env",
                          text_printf(c->arena, "%s is not in the environment.", secret->env));
    *out = text_copy(c->arena, value, strlen(value));
    return ok();
}
