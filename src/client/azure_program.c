/* SPDX-License-Identifier: Apache-2.0 */
#include "client/azure_program.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The two ends that we hear, and what was heard. */
struct hearing {
    int fd[2]; /* -1: ended */
    struct text_buffer heard[2];
};

static const char *find_program(struct ctx *c, const struct azure_platform *p, const char *name)
{
    const char *path = azure_variable(p, "PATH");
    struct texts folders = text_split(c->arena, path == NULL ? "" : path, ':');
    for (size_t i = 0; i < folders.n; i++) {
        const char *whole = text_printf(c->arena, "%s/%s", folders.at[i], name);
        /* A relative folder would be one of wherever the process happens to be. */
        if (*whole == '/' && access(whole, X_OK) == 0)
            return whole;
    }
    return NULL;
}

static char **copy_list(struct arena *a, const char *const *list, const char *more)
{
    size_t n = 0;
    while (list != NULL && list[n] != NULL)
        n++;
    char **out = ARENA_NEWS(a, char *, n + 2);
    for (size_t i = 0; i < n; i++)
        out[i] = arena_copy(a, list[i], strlen(list[i]) + 1);
    if (more != NULL)
        out[n] = arena_copy(a, more, strlen(more) + 1);
    return out;
}

/* What is heard is read from [0]; the program writes to [1]. */
static int start(const char *path, char **argv, char **environment, const int pipes[4], pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t about;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&about);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, pipes[3], STDERR_FILENO);
    (void)posix_spawn_file_actions_addchdir_np(&actions, "/bin");
    /* A group of its own, so that its children end with it. */
    (void)posix_spawnattr_setpgroup(&about, 0);
    (void)posix_spawnattr_setflags(&about, POSIX_SPAWN_SETPGROUP);
    int wrong = posix_spawn(pid, path, &actions, &about, argv, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&about);
    return wrong;
}

static void hear_one(struct hearing *h, int i)
{
    char at[4096];
    ssize_t n = read(h->fd[i], at, sizeof at);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        (void)close(h->fd[i]);
        h->fd[i] = -1;
        return;
    }
    size_t room = PROGRAM_OUTPUT_MAX - h->heard[i].n;
    text_add_bytes(&h->heard[i], at, (size_t)n < room ? (size_t)n : room);
}

/* Until both ends are closed; false: it takes too long. */
static bool hear(struct hearing *h, int64_t deadline)
{
    while (h->fd[0] >= 0 || h->fd[1] >= 0) {
        struct pollfd at[2] = { { .fd = h->fd[0], .events = POLLIN },
                                { .fd = h->fd[1], .events = POLLIN } };
        int64_t left = deadline - time_monotonic_ms();
        if (left <= 0)
            return false;
        if (poll(at, 2, (int)left) <= 0)
            continue;
        for (int i = 0; i < 2; i++)
            if (h->fd[i] >= 0 && at[i].revents != 0)
                hear_one(h, i);
    }
    return true;
}

/* Whether it has ended; what it writes to may be closed long before.  Of a program that has others
 * take in its children nothing more is heard. */
static bool has_ended(pid_t pid, int64_t deadline, int *status)
{
    enum { LOOK_MS = 10 };
    for (;;) {
        pid_t ended = waitpid(pid, status, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR))
            return true;
        if (time_monotonic_ms() >= deadline)
            return false;
        (void)poll(NULL, 0, LOOK_MS);
    }
}

static void end(pid_t pid)
{
    (void)kill(-pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static void close_all(const int *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (at[i] >= 0)
            (void)close(at[i]);
}

RESULT program_run(struct ctx *c, const struct azure_platform *p, const char *const *argv,
                   const char *more, int64_t limit_ms, struct program_said *out)
{
    int pipes[4] = { -1, -1, -1, -1 };
    pid_t pid = 0;
    const char *path = find_program(c, p, argv[0]);
    if (path == NULL)
        return fail(c, NOT_FOUND, "%s is not installed", argv[0]);
    if (pipe2(pipes, O_CLOEXEC) != 0 || pipe2(pipes + 2, O_CLOEXEC) != 0) {
        close_all(pipes, 4);
        return fail(c, UNAVAILABLE, "no pipe: %s", strerrordesc_np(errno));
    }
    int wrong = start(path, copy_list(c->arena, argv, NULL),
                      copy_list(c->arena, p->environment, more), pipes, &pid);
    (void)close(pipes[1]);
    (void)close(pipes[3]);
    struct hearing h = { { pipes[0], pipes[2] }, { text_buffer(c->arena), text_buffer(c->arena) } };
    if (wrong != 0) {
        close_all(h.fd, 2);
        return fail(c, NOT_FOUND, "%s cannot be run: %s", path, strerrordesc_np(wrong));
    }
    int status = 0;
    int64_t deadline = time_monotonic_ms() + limit_ms;
    bool late = !hear(&h, deadline) || !has_ended(pid, deadline, &status);
    close_all(h.fd, 2);
    if (late)
        end(pid);
    *out = (struct program_said){ .status = !late && WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                                  .late = late,
                                  .out = text_of(&h.heard[0]),
                                  .err = text_of(&h.heard[1]) };
    return ok();
}
