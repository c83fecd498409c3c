/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a service takes from its exec to its first answer.
 *     cold_start PORT COMMAND...
 * Starts COMMAND, asks it for /healthz on 127.0.0.1:PORT every 0.2 ms until it says 200, and ends
 * it by SIGTERM.  With PORT 0 nothing is asked, and COMMAND ends by itself.  Prints lines "NAME
 * NUMBER": wall      microseconds from exec to the answer, or to the end cpu       microseconds of
 * processors that COMMAND took until then
 */
#include "base/result.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 100000, PAUSE_NS = 200000 };
static const char request[] =
    "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
static const char good[] = "HTTP/1.1 200";

static double us_of(clockid_t clock)
{
    struct timespec now;
    must(clock_gettime(clock, &now) == 0);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* One connection, one request. */
static bool answers(const struct sockaddr_in *address)
{
    char answer[sizeof good] = "";
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(s >= 0);
    bool is_good = connect(s, (const void *)address, sizeof *address) == 0 &&
                   send(s, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1 &&
                   recv(s, answer, sizeof good - 1, MSG_WAITALL) == sizeof good - 1 &&
                   memcmp(answer, good, sizeof good - 1) == 0;
    (void)close(s);
    return is_good;
}

static bool wait_for_answer(pid_t child, int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    for (int i = 0; i < TRIES && waitpid(child, NULL, WNOHANG) == 0; i++) {
        if (answers(&address))
            return true;
        (void)nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
    }
    return false;
}

static double ended_us(void)
{
    struct rusage used;
    must(getrusage(RUSAGE_CHILDREN, &used) == 0);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
    int port = argc < 3 ? -1 : (int)strtol(argv[1], NULL, 10);
    if (port < 0) {
        (void)fputs("cold_start PORT COMMAND...\n", stderr);
        return 2;
    }
    clockid_t cpu = 0;
    double began_us = us_of(CLOCK_MONOTONIC);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        (void)execv(argv[2], argv + 2);
        _exit(127);
    }
    must(clock_getcpuclockid(child, &cpu) == 0);
    int status = 0;
    bool good_end = port == 0 ? waitpid(child, &status, 0) == child && status == 0
                              : wait_for_answer(child, port);
    double wall_us = us_of(CLOCK_MONOTONIC) - began_us;
    double cpu_us = port == 0 ? ended_us() : good_end ? us_of(cpu) : 0;
    if (port != 0 && good_end) {
        (void)kill(child, SIGTERM);
        (void)waitpid(child, NULL, 0);
    }
    (void)printf("wall %.0f\ncpu %.0f\n", wall_us, cpu_us);
    return good_end ? 0 : 1;
}
