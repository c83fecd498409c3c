/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_LISTEN_H
#define UAUTH_NET_HTTP_LISTEN_H

/*
 * Listening sockets: TCP by address, Unix sockets by path, and those handed in by systemd.
 */

#include "net/http_server.h"

#include <sys/un.h>

enum { HTTP_LISTEN_TEXT = sizeof(((struct sockaddr_un *)0)->sun_path) + 8 };

struct http_listening {
    int fd;
    bool is_ip;
    bool made_path;              /* `name` names a socket file that is ours to remove */
    char name[HTTP_LISTEN_TEXT]; /* "127.0.0.1:8080", "unix:/path" */
};

/*
 * Listens on what `listener` says.  A socket file that nobody listens on is replaced.
 * INVALID_FIELD: not an address; UNAVAILABLE: the system refuses it, or somebody listens there.
 */
RESULT http_listen(struct ctx *c, const struct http_listener *listener, struct http_listening *out);

/* Closes the socket and removes its file.  A second call does nothing. */
void http_listening_end(struct http_listening *listening);

#endif
