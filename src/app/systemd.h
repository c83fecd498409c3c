/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_SYSTEMD_H
#define UAUTH_APP_SYSTEMD_H

/*
 * The service under systemd: what it is told of our state (sd_notify(3)), and the sockets that it
 * hands in (sd_listen_fds(3)).  Without systemd, or in a build without its library, nothing happens
 * here.
 */

#include "base/ctx.h"

void systemd_ready(const char *status); /* it serves; `status` is one line for people */
void systemd_reloading(void);           /* settings are being read anew; systemd_ready ends it */
void systemd_stopping(void);
void systemd_alive(void); /* feeds the watchdog; for WatchdogSec= of at least two seconds */

enum { SYSTEMD_SOCKETS_MAX = 16 };

struct systemd_socket {
    int fd;
    const char *name; /* FileDescriptorName=, or the unit's name */
};

/* The sockets handed in, at most SYSTEMD_SOCKETS_MAX into `out`; how many they are.  UNAVAILABLE if
 * they are more or cannot be read. */
RESULT systemd_sockets(struct ctx *c, struct systemd_socket *out, size_t *n);

#endif
