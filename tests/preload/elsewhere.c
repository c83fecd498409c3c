/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded before a program by a test: the host ELSEWHERE_HOST has an address of the world, and who
 * calls it there at 443 is connected to the port ELSEWHERE_PORT of this machine.  Nothing else is
 * changed, so that a program that knows only the real name of a service meets an emulator of it.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An address that is public and that nobody is called at. */
#define ABROAD "20.190.128.1"
enum { HTTPS = 443 };

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) __attribute__((visibility("default")));
int connect(int fd, const struct sockaddr *to, socklen_t n) __attribute__((visibility("default")));

typedef int resolve(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
    const char *own = getenv("ELSEWHERE_HOST");
    resolve *real = NULL;
    void *at = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&real, &at, sizeof real);
    bool is_own = own != NULL && host != NULL && strcasecmp(host, own) == 0;
    return real(is_own ? ABROAD : host, service, hints, found);
}

/* Where somebody who wants to go `to` goes instead, or the same. */
static const struct sockaddr *instead(const struct sockaddr *to, struct sockaddr_in *own)
{
    const char *port = getenv("ELSEWHERE_PORT");
    struct in_addr abroad;
    if (port == NULL || to == NULL || to->sa_family != AF_INET)
        return to;
    memcpy(own, to, sizeof *own);
    (void)inet_pton(AF_INET, ABROAD, &abroad);
    if (own->sin_addr.s_addr != abroad.s_addr || ntohs(own->sin_port) != HTTPS)
        return to;
    own->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    own->sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    return (const struct sockaddr *)(const void *)own;
}

int connect(int fd, const struct sockaddr *to, socklen_t n)
{
    struct sockaddr_in own;
    return (int)syscall(SYS_connect, fd, instead(to, &own), n);
}
