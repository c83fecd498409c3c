/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_REGISTRATION_H
#define UAUTH_OAUTH_REGISTRATION_H

/*
 * Dynamic client registration (RFC 7591, OpenID Connect Dynamic Client Registration 1.0) and its
 * management (RFC 7592).  Who may: oauth/guard_registration.h.  What comes out of it is less than
 * what an operator registers: oauth/registration_rules.h.
 *
 * A client secret is stored as a hash, so it stands in the answer that made it and in no other.
 * The registration access token is another after each change.
 */

#include "web/req.h"

/* POST /oauth2/register.  INVALID_REDIRECT_URI, INVALID_CLIENT_METADATA,
 * INVALID_SOFTWARE_STATEMENT, UNAPPROVED_SOFTWARE_STATEMENT, INVALID_TOKEN. */
RESULT post_registration(struct req *r);

/* GET, PUT and DELETE /oauth2/register/{client_id}.  PUT replaces all of it, fails as above, and
 * with INVALID_CLIENT_METADATA for another client_id or client_secret than its own. */
RESULT get_registration(struct req *r);
RESULT put_registration(struct req *r);
RESULT delete_registration(struct req *r);

#endif
