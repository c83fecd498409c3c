/* SPDX-License-Identifier: Apache-2.0 */
#include "app/data_folder.h"

#include "base/random.h"
#include "base/text.h"
#include "crypto/seal.h"
#include "crypto/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 64 hexadecimal digits and a line break, and some room to say that there is too much. */
enum { MASTER_FILE_MAX = 128 };

const char *data_path(struct ctx *c, const char *folder, const char *name)
{
    return text_printf(c->arena, "%s/%s", folder, name);
}

RESULT data_folder_check(struct ctx *c, const char *folder, bool make)
{
    struct stat st;
    if (make && mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fail(c, UNAVAILABLE, "the data folder %s cannot be made: %s", folder,
                    strerrordesc_np(errno));
    if (stat(folder, &st) != 0)
        return fail(c, UNAVAILABLE, "the data folder %s cannot be used: %s; uauth init makes one",
                    folder, strerrordesc_np(errno));
    if (!S_ISDIR(st.st_mode))
        return fail(c, UNAVAILABLE, "the data folder %s is not a folder", folder);
    if (st.st_uid != geteuid())
        return fail(c, UNAVAILABLE,
                    "the data folder %s belongs to another user: run as that one, or chown it",
                    folder);
    if ((st.st_mode & 077) != 0)
        return fail(c, UNAVAILABLE,
                    "the data folder %s may be read or written by others: chmod 700 it", folder);
    return ok();
}

/* A file that is not as it must be is no mistake of the command line. */
static RESULT as_unavailable(struct ctx *c, const char *path)
{
    const char *why = c->fault.text;
    fault_clear(c);
    if (why == NULL || why[0] == '\0')
        return fail(c, UNAVAILABLE, "%s is not acceptable", path);
    if (strstr(why, path) != NULL)
        return fail(c, UNAVAILABLE, "%s", why);
    return fail(c, UNAVAILABLE, "%s: %s", path, why);
}

RESULT data_master_read(struct ctx *c, const char *folder, struct bytes *master)
{
    const char *path = data_path(c, folder, DATA_MASTER_KEY);
    struct bytes text;
    struct bytes read;
    *master = (struct bytes){ 0 };
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return ok();
    if (secret_file_read(c, path, MASTER_FILE_MAX, &text).code != ERR_OK)
        return as_unavailable(c, path);
    if (seal_master_read(c, text, &read).code != ERR_OK)
        return as_unavailable(c, path);
    *master = read;
    return ok();
}

/* ---- writing ---- */

static bool write_all(int fd, const char *at, size_t n)
{
    while (n > 0) {
        ssize_t wrote = write(fd, at, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        at += wrote;
        n -= (size_t)wrote;
    }
    return fsync(fd) == 0;
}

/* A file beside `path` with `text` and a line break, on disk. */
static RESULT write_beside(struct ctx *c, const char *path, const char *text, const char **beside)
{
    const char *part = text_printf(c->arena, "%s.%s.part", path, random_token(c));
    const char *line = text_printf(c->arena, "%s\n", text);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write_all(fd, line, strlen(line));
    int error = errno;
    if (fd >= 0)
        (void)close(fd);
    if (!written) {
        (void)unlink(part);
        return fail(c, UNAVAILABLE, "%s cannot be written: %s", path, strerrordesc_np(error));
    }
    *beside = part;
    return ok();
}

static const char *folder_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return ".";
    return slash == path ? "/" : text_copy(a, path, (size_t)(slash - path));
}

RESULT data_name_keep(struct ctx *c, const char *path)
{
    const char *folder = folder_of(c->arena, path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool kept = fd >= 0 && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0)
        (void)close(fd);
    return kept ? ok()
                : fail(c, UNAVAILABLE, "%s cannot be written: %s", folder, strerrordesc_np(error));
}

RESULT data_file_write(struct ctx *c, const char *path, const char *text)
{
    const char *beside = NULL;
    TRY(write_beside(c, path, text, &beside));
    if (rename(beside, path) != 0) {
        int error = errno;
        (void)unlink(beside);
        return fail(c, UNAVAILABLE, "%s cannot be written: %s", path, strerrordesc_np(error));
    }
    return data_name_keep(c, path);
}

RESULT data_master_make(struct ctx *c, const char *folder, struct bytes *master)
{
    TRY(data_master_read(c, folder, master));
    if (master->n > 0)
        return ok();
    const char *path = data_path(c, folder, DATA_MASTER_KEY);
    const char *beside = NULL;
    TRY(write_beside(c, path, seal_master_new(c), &beside));
    /* link(2) never replaces: of several that are made at once, one gets the name. */
    int linked = link(beside, path);
    int error = errno;
    (void)unlink(beside);
    if (linked != 0 && error != EEXIST)
        return fail(c, UNAVAILABLE, "%s cannot be made: %s", path, strerrordesc_np(error));
    TRY(data_name_keep(c, path));
    return data_master_read(c, folder, master);
}
