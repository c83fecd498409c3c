/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_END_SESSION_H
#define UAUTH_OAUTH_END_SESSION_H

/*
 * Signing out that an application begins (OpenID Connect RP-Initiated Logout 1.0): a browser comes
 * with a request of its client, its session ends, and it goes back to a registered URI.
 *
 * Only an ID token of this very session ends it at once.  Whatever else comes, anybody could have
 * sent (WB-07): the person is asked first.  A hint that cannot be verified counts as none.
 */

#include "base/shape.h"
#include "web/req.h"

enum { END_SESSION_URI_MAX = 2048 };

struct end_session_request {
    const char *id_token_hint, *client_id, *post_logout_redirect_uri, *state, *ui_locales;
};

/* clang-format off */
SHAPE_OPEN(end_session_request,
    FIELD(end_session_request, id_token_hint, OPTIONAL | SECRET, 1, 8192, "An ID token of the session, which may have expired"),
    FIELD(end_session_request, client_id, OPTIONAL, 1, 255, "The client; the same as that of id_token_hint"),
    FIELD(end_session_request, post_logout_redirect_uri, OPTIONAL, 1, END_SESSION_URI_MAX, "Where the browser goes afterwards: exactly as registered"),
    FIELD(end_session_request, state, OPTIONAL, 1, 2048, "Comes back as it is"),
    FIELD(end_session_request, ui_locales, OPTIONAL, 1, 999, "Languages of the page"));
/* clang-format on */

/*
 * Where the browser goes after `in`, with its state: one of the client's URIs, or NULL.
 * INVALID_REQUEST as get_end_session.
 */
RESULT end_session_back(struct req *r, const struct end_session_request *in, const char **url);

/* `path` with the parameters of `in` as its query. */
const char *end_session_address(struct arena *a, const char *path,
                                const struct end_session_request *in);

/*
 * GET: signs out and redirects, or asks.  INVALID_REQUEST, and the session lives on, if the URI is
 * not one that the client has registered, if it is not known which client asks for it, or client_id
 * and id_token_hint name different ones.
 */
RESULT get_end_session(struct req *r);

/* POST: redirects to the above, with the same parameters: a browser sends no cookie with the form
 * of another site, but does with what follows. */
RESULT post_end_session_asked(struct req *r);

struct end_session_form {
    const char *csrf_token, *session, *client_id, *post_logout_redirect_uri, *state;
};

/* clang-format off */
SHAPE(end_session_form,
    FIELD(end_session_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
    FIELD(end_session_form, session, OPTIONAL, 1, 64, "The session that the page asked about"),
    FIELD(end_session_form, client_id, OPTIONAL, 1, 255, "The client"),
    FIELD(end_session_form, post_logout_redirect_uri, OPTIONAL, 1, END_SESSION_URI_MAX, "Where the browser goes afterwards"),
    FIELD(end_session_form, state, OPTIONAL, 1, 2048, "Comes back as it is"));
/* clang-format on */

/* The answer of the person who was asked.  If another session is there by now, they are asked
 * again (SS-10). */
RESULT post_end_session_confirmed(struct req *r);

#endif
