/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two protocols are a datagram and three variables, and stable (systemd's "Interface
 * Portability and Stability Promise"); its library would bring five others into the process.
 */
#include "app/systemd.h"

#include "base/text.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_FD = 3, STATE_BYTES = 512 };

/* ---- what it is told ---- */

/* The address that NOTIFY_SOCKET names, a path or '@' and an abstract name; 0 if it names none. */
static socklen_t address_of(const char *name, struct sockaddr_un *out)
{
    size_t n = name == NULL ? 0 : strlen(name);
    if (n < 2 || n >= sizeof out->sun_path || (name[0] != '/' && name[0] != '@'))
        return 0;
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(out->sun_path, name, n);
    size_t end = name[0] == '/' ? 1 : 0;
    if (name[0] == '@')
        out->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + end);
}

static void tell(const char *state)
{
    struct sockaddr_un to;
    socklen_t length = address_of(getenv("NOTIFY_SOCKET"), &to);
    int fd = length == 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to, length);
    (void)close(fd);
}

void systemd_ready(const char *status)
{
    char state[STATE_BYTES];
    (void)snprintf(state, sizeof state, "READY=1\nSTATUS=%s", status);
    tell(state);
}

void systemd_reloading(void)
{
    char state[STATE_BYTES];
    (void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld",
                   (long long)time_monotonic_us());
    tell(state);
}

void systemd_stopping(void)
{
    tell("STOPPING=1");
}

void systemd_alive(void)
{
    tell("WATCHDOG=1");
}

/* ---- the sockets that it hands in ---- */

/* How many they are; 0 where nothing is handed in, or to another process. */
static RESULT count_sockets(struct ctx *c, size_t *n)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    int64_t whom = 0, count = 0;
    *n = 0;
    if (pid == NULL || fds == NULL)
        return ok();
    if (!text_int(pid, 1, INT32_MAX, &whom) || !text_int(fds, 1, INT32_MAX, &count))
        return fail(c, UNAVAILABLE, "LISTEN_PID and LISTEN_FDS of systemd are not numbers");
    if (whom != getpid())
        return ok();
    if (count > SYSTEMD_SOCKETS_MAX)
        return fail(c, UNAVAILABLE, "systemd hands in more than %d sockets", SYSTEMD_SOCKETS_MAX);
    *n = (size_t)count;
    return ok();
}

/* Programs that we start do not inherit it. */
static RESULT keep_to_us(struct ctx *c, int fd)
{
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0 || fcntl(fd, F_SETFD, flags | FD_CLOEXEC) != 0)
        return fail(c, UNAVAILABLE, "socket %d of systemd cannot be used: %s", fd,
                    strerrordesc_np(errno));
    return ok();
}

RESULT systemd_sockets(struct ctx *c, struct systemd_socket *out, size_t *n)
{
    const char *given = getenv("LISTEN_FDNAMES");
    struct texts names = text_split(c->arena, given == NULL ? "" : given, ':');
    size_t count = 0;
    *n = 0;
    TRY(count_sockets(c, &count));
    if (count > 0 && given != NULL && names.n != count)
        return fail(c, UNAVAILABLE, "systemd hands in %zu sockets and names %zu", count, names.n);
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct systemd_socket){ .fd = FIRST_FD + (int)i,
                                          .name = given == NULL ? "unknown" : names.at[i] };
        TRY(keep_to_us(c, out[i].fd));
    }
    *n = count;
    return ok();
}
