/* SPDX-License-Identifier: Apache-2.0 */
#include "client/token_cache_file.h"

#include "base/time.h"
#include "client/token_store.h"
#include "crypto/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* ---- the lock ---- */

enum { RETRY_MS = 20, ABANDONED_SECONDS = 60 };

static const char *lock_path(struct ctx *c, const struct token_cache *cache)
{
    return text_printf(c->arena, "%s.lockfile", cache->path);
}

/* Whether nobody holds this lock any more: flock is ours, and who wrote the file is dead or has not
 * let go for very long.  Those who only made it with O_EXCL leave their process id in it. */
static bool is_abandoned(int fd)
{
    char text[32] = "";
    struct stat st;
    if (fstat(fd, &st) != 0 || pread(fd, text, sizeof text - 1, 0) < 0)
        return false;
    long pid = strtol(text, NULL, 10);
    if (pid > 0 && pid != getpid() && kill((pid_t)pid, 0) != 0 && errno == ESRCH)
        return true;
    return time_now() - st.st_mtime > ABANDONED_SECONDS;
}

/* Whether `path` still names what `fd` has open: who lets go removes it. */
static bool is_still_there(const char *path, int fd)
{
    struct stat by_name;
    struct stat by_fd;
    return stat(path, &by_name) == 0 && fstat(fd, &by_fd) == 0 && by_name.st_ino == by_fd.st_ino &&
           by_name.st_dev == by_fd.st_dev;
}

/* One try; -1 if it is somebody else's, or, with errno in *why, if it cannot be made. */
static int try_lock(const char *path, int *why)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool made = fd >= 0;
    if (!made && errno != EEXIST)
        *why = errno;
    else if (!made)
        fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -1;
    /* Whoever has just made it has not locked it yet: it is not to be taken from them, not even for
     * as long as a look at it takes. */
    if ((made || is_abandoned(fd)) && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
        (made || is_abandoned(fd)) && is_still_there(path, fd) && ftruncate(fd, 0) == 0 &&
        dprintf(fd, "%ld uauth", (long)getpid()) > 0)
        return fd;
    (void)close(fd);
    return -1;
}

static RESULT lock(struct ctx *c, const struct token_cache *cache, int *out)
{
    int64_t deadline = time_monotonic_ms() + TOKEN_LOCK_WAIT_MS;
    const char *path = lock_path(c, cache);
    for (int why = 0;;) {
        int fd = try_lock(path, &why);
        if (fd >= 0) {
            *out = fd;
            return ok();
        }
        if (why != 0)
            return fail(c, UNAVAILABLE, "%s cannot be made: %s", path, strerrordesc_np(why));
        if (time_monotonic_ms() >= deadline)
            return fail(c, UNAVAILABLE, "%s is held by another process", path);
        (void)nanosleep(&(struct timespec){ .tv_nsec = RETRY_MS * 1000000L }, NULL);
    }
}

static void unlock(struct ctx *c, const struct token_cache *cache, int fd)
{
    /* Removed while it is held, so that nobody's else is removed. */
    (void)unlink(lock_path(c, cache));
    (void)close(fd);
}

/* ---- the file ---- */

static bool is_seen(const struct token_cache *cache, const struct stat *st)
{
    const struct stat *seen = &cache->seen;
    return seen->st_ino == st->st_ino && seen->st_size == st->st_size &&
           seen->st_mtim.tv_sec == st->st_mtim.tv_sec &&
           seen->st_mtim.tv_nsec == st->st_mtim.tv_nsec;
}

static RESULT read_file(struct ctx *c, struct token_cache *cache, struct token_store **out)
{
    struct bytes json;
    err e = secret_file_read(c, cache->path, TOKEN_CACHE_BYTES_MAX, &json);
    TRY(e);
    return token_store_read(c, json, out);
}

RESULT token_file_sync(struct ctx *c, struct token_cache *cache)
{
    struct stat st;
    struct token_store *store = NULL;
    if (stat(cache->path, &st) != 0) {
        if (errno == ENOENT)
            return ok(); /* nobody has written one yet */
        return fail(c, UNAVAILABLE, "%s: %s", cache->path, strerrordesc_np(errno));
    }
    /* What others make before they fill it. */
    if (is_seen(cache, &st) || st.st_size == 0)
        return ok();
    /* A file of many tokens is larger than the work of one call may use. */
    struct arena *own = arena_new((size_t)3 * TOKEN_CACHE_BYTES_MAX);
    if (own == NULL)
        return fail(c, UNAVAILABLE, "there is no memory for a token cache");
    struct arena *callers = c->arena;
    c->arena = own;
    err e = read_file(c, cache, &store);
    c->arena = callers;
    if (e.code != ERR_OK && c->fault.text != NULL)
        c->fault.text = text_copy(callers, c->fault.text, strlen(c->fault.text));
    arena_end(own);
    TRY(e);
    token_store_free(cache->store);
    cache->store = store;
    cache->seen = st;
    return ok();
}

static bool write_all(int fd, const char *at, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        n -= (size_t)done;
    }
    return true;
}

static RESULT write_file(struct ctx *c, struct token_cache *cache, const char *json)
{
    char *path = arena_alloc(c->arena, strlen(cache->path) + sizeof ".XXXXXX");
    memcpy(path, cache->path, strlen(cache->path));
    memcpy(path + strlen(cache->path), ".XXXXXX", sizeof ".XXXXXX");
    int fd = mkostemp(path, O_CLOEXEC); /* of mode 0600 */
    if (fd < 0)
        return fail(c, UNAVAILABLE, "%s cannot be written: %s", cache->path,
                    strerrordesc_np(errno));
    bool written = write_all(fd, json, strlen(json)) && fsync(fd) == 0;
    bool stated = fstat(fd, &cache->seen) == 0;
    (void)close(fd);
    if (!written || !stated || rename(path, cache->path) != 0) {
        err e =
            fail(c, UNAVAILABLE, "%s cannot be written: %s", cache->path, strerrordesc_np(errno));
        (void)unlink(path);
        cache->seen = (struct stat){ 0 };
        return e;
    }
    return ok();
}

static RESULT change(struct ctx *c, struct token_cache *cache, const struct token_change *changes,
                     size_t n)
{
    TRY(token_file_sync(c, cache));
    TRY(token_cache_apply(c, cache, changes, n));
    struct arena *own = arena_new((size_t)3 * TOKEN_CACHE_BYTES_MAX);
    if (own == NULL)
        return fail(c, UNAVAILABLE, "there is no memory for a token cache");
    struct arena *callers = c->arena;
    c->arena = own;
    const char *json = token_store_write(c, cache->store);
    c->arena = callers;
    /* A larger one would be read by nobody, and no token be had any more. */
    err e = strlen(json) > TOKEN_CACHE_BYTES_MAX
                ? fail(c, UNAVAILABLE, "%s holds as much as it may", cache->path)
                : write_file(c, cache, json);
    arena_end(own);
    if (e.code == ERR_OK)
        cache->changed = false;
    return e;
}

RESULT token_file_change(struct ctx *c, struct token_cache *cache,
                         const struct token_change *changes, size_t n)
{
    int fd = -1;
    TRY(lock(c, cache, &fd));
    err e = change(c, cache, changes, n);
    unlock(c, cache, fd);
    return e;
}

RESULT token_cache_open(struct ctx *c, const char *path, struct token_cache **out)
{
    struct token_cache *cache = token_cache_new();
    char *own = strdup(path);
    if (cache == NULL || own == NULL) {
        free(own);
        token_cache_free(cache);
        return fail(c, UNAVAILABLE, "there is no memory for a token cache");
    }
    cache->path = own;
    err e = token_file_sync(c, cache);
    if (e.code != ERR_OK) {
        token_cache_free(cache);
        return e;
    }
    *out = cache;
    return ok();
}
