/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PAGE_END_SESSION_H
#define UAUTH_WEB_PAGE_END_SESSION_H

/*
 * The page after signing out: which applications the session was used with, and how each heard of
 * its end.  Those that want to hear of it through the browser are loaded in frames (OpenID Connect
 * Front-Channel Logout 1.0).  What is told to whom is known to whoever calls this.
 */

#include "web/sheet.h"

/* How an application heard of it. */
enum told_how {
    TOLD,            /* its server has answered */
    TOLD_SOON,       /* it waits in the outbox */
    TOLD_FAILED,     /* its server could not be reached: no more is tried */
    TOLD_BY_BROWSER, /* this page loads its address; whether it listens is not known */
    TOLD_NOTHING     /* it wants to hear nothing: its session there goes on */
};
struct told {
    const char *client_name;
    enum told_how how;
    const char *frame, *frame_origin; /* what the browser loads, and of whom; or NULL */
};

struct ended_session_page {
    const struct told *told;
    size_t n;
    const char *address; /* of this page */
    const char *back;    /* a registered post_logout_redirect_uri, or NULL: the browser goes there
                            by itself when the frames have had their time */
};
RESULT page_ended_session(struct req *r, const struct ended_session_page *page);

#endif
