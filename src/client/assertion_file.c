/* SPDX-License-Identifier: Apache-2.0 */
#include "client/assertion_file.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ASSERTION_BYTES_MAX = 32 * 1024 };

static RESULT read_open(struct ctx *c, int fd, const char *path, const char **out)
{
    struct stat st;
    char *text = arena_alloc(c->arena, ASSERTION_BYTES_MAX + 1);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > ASSERTION_BYTES_MAX)
        return fail(c, INVALID_REQUEST, "%s is no file of at most %d bytes", path,
                    ASSERTION_BYTES_MAX);
    ssize_t n = read(fd, text, ASSERTION_BYTES_MAX);
    while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
        text[--n] = '\0';
    if (n <= 0 || strlen(text) != (size_t)n || text_has_control(text))
        return fail(c, INVALID_REQUEST, "%s holds no token", path);
    *out = text;
    return ok();
}

RESULT assertion_file_read(struct ctx *c, const char *path, const char **out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return fail(c, INVALID_REQUEST, "%s cannot be read: %s", path, strerrordesc_np(errno));
    err e = read_open(c, fd, path, out);
    (void)close(fd);
    return e;
}
