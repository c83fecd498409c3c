/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded before the service by a test: the wall clock is off by as many seconds as the file
 * CLOCK_OFFSET says, which may change at any moment.  The monotonic clock goes on as it is.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) __attribute__((visibility("default")));
time_t time(time_t *out) __attribute__((visibility("default")));

static int64_t offset(void)
{
    const char *path = getenv("CLOCK_OFFSET");
    int64_t seconds = 0;
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    if (read(fd, &seconds, sizeof seconds) != (ssize_t)sizeof seconds)
        seconds = 0;
    (void)close(fd);
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    long done = syscall(SYS_clock_gettime, clock, now);
    if (done == 0 && clock == CLOCK_REALTIME)
        now->tv_sec += offset();
    return (int)done;
}

time_t time(time_t *out)
{
    struct timespec now;
    time_t seconds = clock_gettime(CLOCK_REALTIME, &now) == 0 ? now.tv_sec : -1;
    if (out != NULL)
        *out = seconds;
    return seconds;
}
