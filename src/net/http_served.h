/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_SERVED_H
#define UAUTH_NET_HTTP_SERVED_H

/*
 * An application that is being served, counted: each I/O thread holds one reference while it serves
 * it, and each request in a queue or a worker one more.  The last to let go releases it.
 */

#include "net/http_server.h"

#include <stdatomic.h>

struct http_served {
    struct http_application application;
    _Atomic unsigned references;
};

/* With one reference, and one on the TLS context; NULL if there is no memory. */
struct http_served *http_served_new(const struct http_application *application);

struct http_served *http_served_hold(struct http_served *served);

/* `served` may be NULL. */
void http_served_release(struct http_served *served);

#endif
