/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_ACTING_H
#define UAUTH_WEB_ACTING_H

/*
 * A browser in which somebody acts as a user (identity/impersonation.h): their own session waits in
 * a cookie of its own, and every page says who acts, as whom, and has the button that ends it.
 */

#include "identity/session.h"
#include "web/req.h"

/* The session of `begun` into the browser; the caller's own waits.  *csrf: the token of the new
 * one. */
RESULT acting_begin(struct req *r, const struct session_begun *begun, const char **csrf);

/* Ends that of the caller, with its event; a browser has its own session back, with another secret
 * (SS-01).  CONFLICT if the caller acts for themselves. */
RESULT acting_end(struct req *r);

/* Signs out whoever waits in this browser, if somebody does: with that ends where they act. */
RESULT acting_forget(struct req *r);

/* Notes for the pages (req.acting) that somebody acts in `session`; nothing for any other. */
RESULT acting_note(struct req *r, const struct session_row *session);

/* The same for a page that is open to everybody. */
RESULT acting_look(struct req *r);

/* Form: ends it. */
struct token_form;
RESULT post_end_acting(struct req *r);

#endif
