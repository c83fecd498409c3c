/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_GUARD_REGISTRATION_H
#define UAUTH_OAUTH_GUARD_REGISTRATION_H

/*
 * Who may register a client (RFC 7591 3), by AUTH_CLIENT_REGISTRATION; and who may see and change a
 * registration (RFC 7592 2): the client itself, by the token that it was given.
 */

#include "web/guard.h"

/* client_registration of the settings, in the order of config.def. */
enum registration_mode { MODE_OFF, MODE_TOKEN, MODE_OPEN };

/* Off: nobody.  Token: an initial access token.  Open: everybody; a token that comes along still
 * has to be a good one.  INVALID_TOKEN. */
extern const struct guard guard_registration;

/* The registration access token of the client in the path, and of no other (CL-12).  INVALID_TOKEN,
 * also for a client that is gone or disabled. */
extern const struct guard guard_registered;

/* The hash of the token that came along, or NULL. */
RESULT registration_token_shown(struct req *r, const char **hash);

#endif
