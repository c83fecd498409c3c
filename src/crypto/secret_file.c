/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/secret_file.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is wrong with who may touch the file, or NULL. */
static const char *complaint(const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return "is not a regular file";
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return "belongs to another user: chown it to the one that runs the service";
    if ((st->st_mode & 077) != 0)
        return "may be read or written by others: chmod 600 it";
    return NULL;
}

/* Whether others cannot put another file in the place of `path`. */
static bool folder_is_safe(struct ctx *c, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash == NULL   ? "."
                         : slash == path ? "/"
                                         : text_copy(c->arena, path, (size_t)(slash - path));
    struct stat st;
    return stat(folder, &st) == 0 && (st.st_uid == geteuid() || st.st_uid == 0) &&
           ((st.st_mode & 022) == 0 || (st.st_mode & S_ISVTX) != 0);
}

/* Reads until the end or until `room` bytes are there. */
static ssize_t read_all(int fd, uint8_t *at, size_t room)
{
    size_t n = 0;
    while (n < room) {
        ssize_t got = read(fd, at + n, room - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static RESULT read_open(struct ctx *c, int fd, const char *path, size_t max, struct bytes *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail(c, INVALID_REQUEST, "%s: %s", path, strerrordesc_np(errno));
    const char *why = complaint(&st);
    if (why != NULL)
        return fail(c, INVALID_REQUEST, "%s %s", path, why);
    uint8_t *at = arena_alloc(c->arena, max + 1);
    ssize_t n = read_all(fd, at, max + 1);
    if (n <= 0 || (size_t)n > max)
        return fail(c, INVALID_REQUEST, "%s must hold 1 to %zu bytes", path, max);
    *out = (struct bytes){ at, (size_t)n };
    return ok();
}

RESULT secret_file_read(struct ctx *c, const char *path, size_t max, struct bytes *out)
{
    if (!folder_is_safe(c, path))
        return fail(c, INVALID_REQUEST,
                    "the folder of %s is missing or another user's, or others may write to it: "
                    "chmod go-w it",
                    path);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno == ELOOP)
        return fail(c, INVALID_REQUEST, "%s is a link: name the file itself", path);
    if (fd < 0)
        return fail(c, INVALID_REQUEST, "%s cannot be opened: %s", path, strerrordesc_np(errno));
    err e = read_open(c, fd, path, max, out);
    (void)close(fd);
    return e;
}
