/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PAGE_END_SESSION_H
#define UAUTH_WEB_PAGE_END_SESSION_H

/*
 * The pages of signing out on behalf of an application (OpenID Connect RP-Initiated Logout 1.0):
 * the question where the request does not prove that it is the user's (WB-07), and which
 * applications were told.  Who is asked, and what is told to whom, is known to whoever calls these.
 *
 * The form: POST /oauth2/logout/confirm with `request`, the handle of what the application asked
 * for, and the CSRF token of hosted pages.
 */

#include "web/sheet.h"

/* `client_name`: of the application that asks, or NULL; `request`: the handle, or NULL. */
struct end_session_page {
    const char *client_name;
    const char *request;
};
RESULT page_end_session(struct req *r, const struct end_session_page *page);

/* How an application heard of it. */
enum told_how {
    TOLD,        /* it has answered */
    TOLD_SOON,   /* it waits in the outbox */
    TOLD_NOTHING /* it wants to hear nothing: its session there goes on */
};
struct told {
    const char *client_name;
    enum told_how how;
};

/* `back`: a registered post_logout_redirect_uri, or NULL. */
struct ended_session_page {
    const struct told *told;
    size_t n;
    const char *back;
};
RESULT page_ended_session(struct req *r, const struct ended_session_page *page);

#endif
