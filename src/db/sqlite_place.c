/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_place.h"

#include "base/random.h"
#include "base/text.h"
#include "base/time.h"
#include "db/sqlite_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MARK_BYTES_MAX = 4096 };

static const char mark_suffix[] = ".restoring";
static const char part_end[] = ".part";

/* What belongs to a database beside its file, the file itself last. */
static const char *const suffixes[] = { "-wal", "-journal", "-shm", "" };

static RESULT cannot(struct ctx *c, const char *path, const char *what)
{
    return fail(c, UNAVAILABLE, "%s cannot be %s: %s", path, what, strerrordesc_np(errno));
}

/* ---- folders ---- */

const char *sqlite_folder(struct ctx *c, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return ".";
    return slash == path ? "/" : text_copy(c->arena, path, (size_t)(slash - path));
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static RESULT keep_folder(struct ctx *c, const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool kept = fd >= 0 && fsync(fd) == 0;
    err done = kept ? ok() : cannot(c, folder, "written");
    if (fd >= 0)
        (void)close(fd);
    return done;
}

RESULT sqlite_keep_names(struct ctx *c, const char *path)
{
    return keep_folder(c, sqlite_folder(c, path));
}

/* ---- keeping others out ---- */

void sqlite_release(struct sqlite_hold *held)
{
    if (held->write_lock >= 0)
        (void)close(held->write_lock);
    if (held->server_lock >= 0)
        (void)close(held->server_lock);
    *held = (struct sqlite_hold){ -1, -1 };
}

static RESULT take(struct ctx *c, const char *path, struct sqlite_hold *held)
{
    const char *folder = sqlite_folder(c, path);
    TRY(sqlite_lock_open(c, folder, "server.lock", &held->server_lock));
    TRY(sqlite_lock_open(c, folder, "write.lock", &held->write_lock));
    if (!sqlite_lock_now(held->server_lock))
        return fail(c, UNAVAILABLE, "a server runs on %s: stop it first", path);
    if (!sqlite_lock(held->write_lock))
        return fail(c, UNAVAILABLE, "another process writes to %s for too long", path);
    return ok();
}

RESULT sqlite_hold(struct ctx *c, const char *path, struct sqlite_hold *out)
{
    struct sqlite_hold held = { -1, -1 };
    err taken = take(c, path, &held);
    if (taken.code != ERR_OK)
        sqlite_release(&held);
    *out = held;
    return taken;
}

/* ---- the mark ---- */

static const char *mark_of(struct ctx *c, const char *path)
{
    return text_printf(c->arena, "%s%s", path, mark_suffix);
}

RESULT sqlite_check_restored(struct ctx *c, const char *path)
{
    if (access(mark_of(c, path), F_OK) != 0)
        return ok();
    return fail(c, UNAVAILABLE, "the restoring of %s was cut off: run the same uauth restore again",
                path);
}

/* The name of the folder that an exchange that was cut off has begun to fill, or NULL. */
static const char *read_mark(struct ctx *c, const char *path)
{
    char *text = arena_alloc(c->arena, MARK_BYTES_MAX);
    int fd = open(mark_of(c, path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd < 0 ? -1 : read(fd, text, MARK_BYTES_MAX - 1);
    if (fd >= 0)
        (void)close(fd);
    const char *begin = text_printf(c->arena, "%s.before-", path);
    if (n <= 0 || text[n - 1] != '\n' || memchr(text, '\0', (size_t)n) != NULL)
        return NULL;
    text[n - 1] = '\0';
    return text_starts(text, begin) && strchr(text + strlen(begin), '/') == NULL ? text : NULL;
}

static RESULT write_mark(struct ctx *c, const char *path, const char *aside)
{
    const char *mark = mark_of(c, path);
    const char *line = text_printf(c->arena, "%s\n", aside);
    int fd = open(mark, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool written =
        fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line) && fsync(fd) == 0;
    err done = written ? ok() : cannot(c, mark, "written");
    if (fd >= 0)
        (void)close(fd);
    TRY(done);
    return sqlite_keep_names(c, path);
}

/* ---- files in the making ---- */

const char *sqlite_part_name(struct ctx *c, const char *path)
{
    return text_printf(c->arena, "%s.%s%s", path, random_token(c), part_end);
}

/* A name of sqlite_part_name, or what SQLite keeps beside such a file, which has a dash after it.
 */
static bool is_part(const char *name, const char *begin)
{
    size_t n = strlen(begin) + RANDOM_TOKEN_CHARS;
    if (!text_starts(name, begin) || strlen(name) < n || !text_starts(name + n, part_end))
        return false;
    char next = name[n + strlen(part_end)];
    return next == '\0' || next == '-';
}

void sqlite_remove_parts(struct ctx *c, const char *path)
{
    const char *begin = text_printf(c->arena, "%s.", name_of(path));
    DIR *folder = opendir(sqlite_folder(c, path));
    if (folder == NULL)
        return;
    for (struct dirent *at = readdir(folder); at != NULL; at = readdir(folder))
        if (is_part(at->d_name, begin))
            (void)unlinkat(dirfd(folder), at->d_name, 0);
    (void)closedir(folder);
}

/* ---- the exchange ---- */

/* Moves one file of the old database, unless it was moved before: then what stands in its place is
 * of an exchange that was cut off. */
static RESULT move_one(struct ctx *c, const char *from, const char *to, bool *moved)
{
    if (access(from, F_OK) != 0)
        return ok();
    if (access(to, F_OK) == 0)
        return unlink(from) == 0 ? ok() : cannot(c, from, "removed");
    *moved = true;
    return rename(from, to) == 0 ? ok() : cannot(c, from, "moved");
}

static RESULT move_aside(struct ctx *c, const char *path, const char *aside)
{
    bool moved = false;
    if (mkdir(aside, 0700) != 0 && errno != EEXIST)
        return cannot(c, aside, "made");
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        TRY(move_one(c, text_printf(c->arena, "%s%s", path, suffixes[i]),
                     text_printf(c->arena, "%s/%s%s", aside, name_of(path), suffixes[i]), &moved));
    TRY(keep_folder(c, aside));
    return moved ? sqlite_keep_names(c, path) : ok();
}

/* "20261126T010203Z": no colon, which is the end of a host's name to some programs. */
static const char *stamp(struct ctx *c)
{
    struct text_buffer out = text_buffer(c->arena);
    for (const char *at = time_rfc3339(c->arena, c->now); *at != '\0'; at++)
        if (*at != '-' && *at != ':')
            text_add_bytes(&out, at, 1);
    return text_of(&out);
}

/* A name that nothing has: seconds, and a number where several fall into one. */
static const char *new_aside(struct ctx *c, const char *path)
{
    const char *name = text_printf(c->arena, "%s.before-%s", path, stamp(c));
    const char *out = name;
    for (int i = 2; access(out, F_OK) == 0; i++)
        out = text_printf(c->arena, "%s-%d", name, i);
    return out;
}

RESULT sqlite_exchange(struct ctx *c, const char *path, const char *new, const char **aside)
{
    const char *old = read_mark(c, path);
    if (old == NULL)
        old = new_aside(c, path);
    TRY(write_mark(c, path, old));
    TRY(move_aside(c, path, old));
    if (rename(new, path) != 0)
        return cannot(c, new, "moved");
    TRY(sqlite_keep_names(c, path));
    bool kept = rmdir(old) != 0; /* an empty one goes */
    if (unlink(mark_of(c, path)) != 0)
        return cannot(c, mark_of(c, path), "removed");
    *aside = kept ? old : NULL;
    return sqlite_keep_names(c, path);
}
