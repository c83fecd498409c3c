/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_listen.h"

#include "base/config_source.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOCKET_FLAGS = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK };

static RESULT cannot(struct ctx *c, const char *address, int error)
{
    return fail(c, UNAVAILABLE, "cannot listen on %s: %s", address, strerror(error));
}

static bool set_on(int fd, int level, int option)
{
    int on = 1;
    return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

/* The name of a bound socket, with the port that the system chose. */
static void write_name(struct http_listening *out)
{
    struct sockaddr_storage at = { 0 };
    socklen_t size = sizeof at;
    struct address address;
    char text[ADDRESS_TEXT];
    struct sockaddr_in v4;
    (void)getsockname(out->fd, (struct sockaddr *)&at, &size);
    out->is_ip = address_of_socket((const struct sockaddr *)&at, &address);
    if (!out->is_ip)
        return;
    /* The port lies in the same place of both kinds of addresses. */
    memcpy(&v4, &at, sizeof v4);
    address_write(&address, text);
    bool brackets = strchr(text, ':') != NULL;
    (void)snprintf(out->name, sizeof out->name, "%s%s%s:%u", brackets ? "[" : "", text,
                   brackets ? "]" : "", (unsigned)ntohs(v4.sin_port));
}

static RESULT begin(struct ctx *c, const char *address, struct http_listening *out)
{
    if (listen(out->fd, SOMAXCONN) == 0)
        return ok();
    int error = errno;
    http_listening_end(out);
    return cannot(c, address, error);
}

/* Connections inherit TCP_NODELAY: a reply goes out in one write and is not to wait. */
static bool set_up_tcp(int fd, int family)
{
    return set_on(fd, SOL_SOCKET, SO_REUSEADDR) && set_on(fd, IPPROTO_TCP, TCP_NODELAY) &&
           (family != AF_INET6 || set_on(fd, IPPROTO_IPV6, IPV6_V6ONLY));
}

static RESULT listen_tcp(struct ctx *c, const char *address, struct http_listening *out)
{
    const char *host = NULL;
    int64_t port = 0;
    struct addrinfo *found = NULL;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_PASSIVE };
    if (!config_split_address(c->arena, address, &host, &port))
        return fail(c, INVALID_FIELD, "\"%s\" is not an address to listen on", address);
    const char *service = text_printf(c->arena, "%lld", (long long)port);
    int error = getaddrinfo(host, service, &hints, &found);
    if (error != 0)
        return fail(c, UNAVAILABLE, "cannot listen on %s: %s", address, gai_strerror(error));
    out->fd = socket(found->ai_family, SOCKET_FLAGS, 0);
    bool bound = out->fd >= 0 && set_up_tcp(out->fd, found->ai_family) &&
                 bind(out->fd, found->ai_addr, found->ai_addrlen) == 0;
    error = errno;
    freeaddrinfo(found);
    if (!bound) {
        http_listening_end(out);
        return cannot(c, address, error);
    }
    write_name(out);
    return begin(c, address, out);
}

/* Removes a socket file that nobody listens on; false if somebody does, or it is something else. */
static bool clear_path(const struct sockaddr_un *at)
{
    struct stat status;
    if (lstat(at->sun_path, &status) != 0)
        return errno == ENOENT;
    if (!S_ISSOCK(status.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
    bool alive = fd < 0 || connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 ||
                 errno != ECONNREFUSED;
    if (fd >= 0)
        (void)close(fd);
    return !alive && unlink(at->sun_path) == 0;
}

static RESULT listen_unix(struct ctx *c, const char *path, struct http_listening *out)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    if (path[0] == '\0' || strlen(path) >= sizeof at.sun_path)
        return fail(c, INVALID_FIELD, "\"%s\" is not a path for a socket", path);
    memcpy(at.sun_path, path, strlen(path)); /* zeros follow */
    if (!clear_path(&at))
        return cannot(c, path, EADDRINUSE);
    out->fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
    if (out->fd < 0 || bind(out->fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        int error = errno;
        http_listening_end(out);
        return cannot(c, path, error);
    }
    out->made_path = true;
    (void)snprintf(out->name, sizeof out->name, "unix:%s", path);
    return begin(c, path, out);
}

/* A socket of systemd's: it listens already. */
static RESULT take_over(struct ctx *c, int fd, struct http_listening *out)
{
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0)
        return fail(c, UNAVAILABLE, "descriptor %d is not a listening socket", fd);
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return cannot(c, "a socket that was handed in", errno);
    out->fd = fd;
    memcpy(out->name, "unix:", sizeof "unix:");
    write_name(out);
    if (out->is_ip)
        (void)set_on(fd, IPPROTO_TCP, TCP_NODELAY);
    return ok();
}

RESULT http_listen(struct ctx *c, const struct http_listener *listener, struct http_listening *out)
{
    *out = (struct http_listening){ .fd = -1 };
    if (listener->address == NULL)
        return take_over(c, listener->socket, out);
    if (text_starts(listener->address, "unix:"))
        return listen_unix(c, listener->address + strlen("unix:"), out);
    return listen_tcp(c, listener->address, out);
}

void http_listening_end(struct http_listening *listening)
{
    if (listening->fd >= 0)
        (void)close(listening->fd);
    if (listening->made_path)
        (void)unlink(listening->name + strlen("unix:"));
    listening->fd = -1;
    listening->made_path = false;
}
