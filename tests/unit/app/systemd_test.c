/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What systemd is told, on a socket as it makes one, and the sockets that it hands in.
 */
#include "app/systemd.h"
#include "tests/unit/base/testing.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A socket such as NOTIFY_SOCKET names. */
static int notify_socket(void)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    (void)snprintf(at.sun_path, sizeof at.sun_path, "/tmp/uauth-notify-%d", (int)getpid());
    (void)unlink(at.sun_path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", at.sun_path, 1), 0);
    return fd;
}

static const char *heard(struct ctx *c, int fd)
{
    char text[512];
    ssize_t n = recv(fd, text, sizeof text - 1, 0);
    return n <= 0 ? "" : text_copy(c->arena, text, (size_t)n);
}

static void it_hears_how_the_service_is(void **state)
{
    struct ctx *c = *state;
    int fd = notify_socket();
    systemd_ready("serves http://localhost:8080");
    assert_string_equal(heard(c, fd), "READY=1\nSTATUS=serves http://localhost:8080");
    systemd_reloading();
    assert_true(text_starts(heard(c, fd), "RELOADING=1\nMONOTONIC_USEC="));
    systemd_alive();
    assert_string_equal(heard(c, fd), "WATCHDOG=1");
    systemd_stopping();
    assert_string_equal(heard(c, fd), "STOPPING=1");
    const char *path = getenv("NOTIFY_SOCKET");
    assert_non_null(path);
    (void)unlink(path);
    (void)unsetenv("NOTIFY_SOCKET");
    (void)close(fd);
}

/* A name that begins with '@' is one without a file. */
static void it_listens_without_a_file(void **state)
{
    struct ctx *c = *state;
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int n = snprintf(at.sun_path + 1, sizeof at.sun_path - 1, "uauth-notify-%d", (int)getpid());
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, length), 0);
    (void)setenv("NOTIFY_SOCKET", text_printf(c->arena, "@%s", at.sun_path + 1), 1);
    systemd_alive();
    assert_string_equal(heard(c, fd), "WATCHDOG=1");
    (void)setenv("NOTIFY_SOCKET", "relative", 1);
    systemd_alive();
    assert_string_equal(heard(c, fd), "");
    (void)unsetenv("NOTIFY_SOCKET");
    (void)close(fd);
}

static void nothing_happens_without_it(void **state)
{
    struct ctx *c = *state;
    struct systemd_socket sockets[SYSTEMD_SOCKETS_MAX];
    size_t n = 9;
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("LISTEN_PID");
    systemd_ready("serves");
    systemd_alive();
    systemd_stopping();
    assert_int_equal(systemd_sockets(c, sockets, &n).code, ERR_OK);
    assert_int_equal(n, 0);
}

static void hand_in(const char *count, const char *names)
{
    char pid[16];
    (void)snprintf(pid, sizeof pid, "%d", (int)getpid());
    (void)setenv("LISTEN_PID", pid, 1);
    (void)setenv("LISTEN_FDS", count, 1);
    (void)setenv("LISTEN_FDNAMES", names, 1);
}

static void sockets_come_with_their_names(void **state)
{
    struct ctx *c = *state;
    struct systemd_socket sockets[SYSTEMD_SOCKETS_MAX];
    size_t n = 0;
    /* 3 and 4 are the first two that are handed in. */
    assert_int_equal(dup2(STDIN_FILENO, 3), 3);
    assert_int_equal(dup2(STDIN_FILENO, 4), 4);
    hand_in("2", "uauth.socket:metrics");
    assert_int_equal(systemd_sockets(c, sockets, &n).code, ERR_OK);
    assert_int_equal(n, 2);
    assert_int_equal(sockets[0].fd, 3);
    assert_string_equal(sockets[0].name, "uauth.socket");
    assert_string_equal(sockets[1].name, "metrics");
    assert_int_equal(fcntl(3, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    (void)setenv("LISTEN_PID", "1", 1);
    assert_int_equal(systemd_sockets(c, sockets, &n).code, ERR_OK);
    assert_int_equal(n, 0); /* they are for another process */
    (void)close(4);
    hand_in("2", "uauth.socket:metrics");
    assert_int_equal(systemd_sockets(c, sockets, &n).code, ERR_UNAVAILABLE);
    fault_clear(c);
    hand_in("17", "uauth.socket");
    assert_int_equal(systemd_sockets(c, sockets, &n).code, ERR_UNAVAILABLE);
    fault_clear(c);
    hand_in("2", "one");
    assert_int_equal(systemd_sockets(c, sockets, &n).code, ERR_UNAVAILABLE);
    hand_in("many", "");
    fault_clear(c);
    assert_int_equal(systemd_sockets(c, sockets, &n).code, ERR_UNAVAILABLE);
    (void)unsetenv("LISTEN_PID");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_hears_how_the_service_is),
        TEST(it_listens_without_a_file),
        TEST(nothing_happens_without_it),
        TEST(sockets_come_with_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
