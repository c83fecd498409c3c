/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_BROWSER_H
#define UAUTH_WEB_BROWSER_H

/*
 * The browser that somebody signs in with, whichever door they came by: the cookies that a sign-in
 * sets, whose they were until then, and what a browser is known by before anybody has signed in.
 */

#include "store/refresh_tokens.h"
#include "store/sessions.h"
#include "web/req.h"

/* The secret of a session into its cookie, with its CSRF token, which is returned. */
const char *browser_keep_session(struct req *r, const char *secret, const char *sid);

/* The refresh token of mode spa into its cookie, with its CSRF token, which is returned. */
const char *browser_keep_refresh(struct req *r, const char *refresh_token,
                                 const char *authorization_id);

/* The cookie of a known device. */
void browser_keep_device(struct req *r, const char *device);

/* Takes all cookies of a sign-in away (the known device stays known). */
void browser_sign_out(struct req *r);

/*
 * The same after the session of the cookie has ended, and the browser remembers which it was for
 * BROWSER_ENDED_SECONDS: what it still holds lets nobody in, but /signed-out can say who was told.
 */
RESULT browser_keep_ended(struct req *r);
enum { BROWSER_ENDED_SECONDS = 600 };

/* The session that has ended in this browser a while ago, or NULL. */
RESULT browser_ended(struct req *r, const struct session_row **out);

/* A new secret for the session of a caller who is known by its cookie, because rights grew (SS-01);
 * for other callers nothing. */
RESULT browser_renew_session(struct req *r);

/* The live session with this secret, or NULL. */
RESULT browser_session_of(struct req *r, const char *secret, const struct session_row **out);

/* The live session of the cookie, or NULL: who is signed in here. */
RESULT browser_session(struct req *r, const struct session_row **out);

/* Who used this browser until now: does not outlive another sign-in (SS-01, SS-10). */
struct browser_former {
    const struct session_row *session;      /* of the session cookie, or NULL */
    const struct refresh_token_row *family; /* of the refresh cookie, or NULL */
};
RESULT browser_former(struct req *r, struct browser_former *former);

/* Ends that session and takes its cookies away; the new sign-in sets those that it needs. */
RESULT browser_end_former(struct req *r, const struct browser_former *former);

/*
 * What this browser is known by before anybody has signed in: 256 random bits in a cookie that
 * lives as long as the browser runs, set with this answer if it is not there yet.  Forms, and
 * requests that wait for their pages, are bound to it.  It lets nobody in.
 */
RESULT browser_binding(struct req *r, const char **binding);

/* The same, but *binding is NULL if the browser has none. */
RESULT browser_binding_sent(struct req *r, const char **binding);

#endif
