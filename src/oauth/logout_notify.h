/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_LOGOUT_NOTIFY_H
#define UAUTH_OAUTH_LOGOUT_NOTIFY_H

/*
 * Telling the server of an application that a session has ended (OpenID Connect Back-Channel Logout
 * 1.0): a logout token, posted to the URI that it has registered.
 */

#include "oauth/client.h"
#include "store/session_clients.h"

struct resolver;

enum {
    LOGOUT_TOKEN_SECONDS = 120, /* Back-Channel Logout 1.0 4: as short as two minutes */
    LOGOUT_NOTIFY_MS = 5000
};

/*
 * Notes that `client` was signed in to during the session (NULL: it does not belong to one), and
 * whether its server wants to hear of its end; in the transaction that gives it its tokens.  *live
 * is false if the session has ended.
 */
RESULT logout_note(struct ctx *c, const struct client *client, const char *session_id, bool *live);

/*
 * Makes the logout token of `row` and posts it.  Each attempt has a token of its own, with its own
 * jti, so that an application which refuses repetitions takes one whose predecessor's answer was
 * lost.  INVALID_REQUEST: the client is gone, disabled, or has registered no URI any more.
 * FORBIDDEN: the URI may not be called.  UPSTREAM: it could not be, or did not answer with a
 * success.
 */
RESULT logout_notify(struct ctx *c, struct resolver *resolver, const struct outbox_row *row);

#endif
