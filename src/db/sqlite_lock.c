/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_lock.h"

#include "base/text.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

enum { PAUSE_MAX_MS = 8, NS_PER_MS = 1000000 };

RESULT sqlite_lock_open(struct ctx *c, const char *folder, const char *name, int *out)
{
    const char *path = text_printf(c->arena, "%s/%s", folder, name);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0)
        return fail(c, UNAVAILABLE, "database: %s cannot be opened: %s", path,
                    strerrordesc_np(errno));
    *out = lock;
    return ok();
}

bool sqlite_lock_now(int lock)
{
    return lock < 0 || flock(lock, LOCK_EX | LOCK_NB) == 0;
}

/* flock has no deadline of its own; others hold the lock for a few milliseconds. */
bool sqlite_lock(int lock)
{
    int64_t until = time_monotonic_ms() + SQLITE_LOCK_MS;
    for (long pause_ms = 1; !sqlite_lock_now(lock); pause_ms *= pause_ms < PAUSE_MAX_MS ? 2 : 1) {
        if (time_monotonic_ms() >= until)
            return false;
        struct timespec pause = { .tv_nsec = pause_ms * NS_PER_MS };
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

void sqlite_unlock(int lock)
{
    if (lock >= 0)
        (void)flock(lock, LOCK_UN);
}
