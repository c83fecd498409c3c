/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_GUARD_CLIENT_H
#define UAUTH_OAUTH_GUARD_CLIENT_H

/*
 * Lets clients in by their own credentials (RFC 6749 2.3, RFC 7523 2.2): for the endpoints that
 * applications call.  The row of the route has the flag FORM.
 *
 * Exactly one method in one request; a parameter that comes twice, or two methods, are
 * INVALID_REQUEST.  Everything else that is not the client's registered method, proven, is
 * INVALID_CLIENT.  client_of(r) is then the client.
 */

#include "oauth/client_auth.h"
#include "web/guard.h"

/* Also public clients, by their client_id alone. */
extern const struct guard guard_client;

/* The same where something new begins: a client whose client_id is a document may be new, too
 * (oauth/client_document.h). */
extern const struct guard guard_client_begins;

/* Only clients that authenticate. */
extern const struct guard guard_client_secret;

/* What a request shows: Authorization (or NULL) and the body.  For the guard, and for fuzzing. */
RESULT client_shown_read(struct ctx *c, const char *authorization, struct bytes body,
                         struct client_shown *out);

#endif
