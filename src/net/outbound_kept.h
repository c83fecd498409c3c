/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_OUTBOUND_KEPT_H
#define UAUTH_NET_OUTBOUND_KEPT_H

/*
 * Connections to one server that stay open between calls, so that a call need not begin with a
 * handshake.  One object serves all threads.  A connection goes to where the name was when it was
 * made, so this is for servers that the operator has named, and none is kept for longer than
 * OUTBOUND_KEPT_SECONDS.
 */

#include "net/libcurl.h"

struct outbound_kept;

enum { OUTBOUND_KEPT_MAX = 16, OUTBOUND_KEPT_SECONDS = 300 };

/* NULL if there is no memory.  Freed when nobody calls any more. */
struct outbound_kept *outbound_kept_new(void);
void outbound_kept_free(struct outbound_kept *kept); /* NULL is fine */

/* A transfer with the connections that it has made; NULL: none is idle. */
CURL *outbound_kept_take(struct outbound_kept *kept);

/* Gives one back, without what it was about. */
void outbound_kept_give(struct outbound_kept *kept, const struct libcurl *lib, CURL *curl);

#endif
