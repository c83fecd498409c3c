/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_INTERACTION_H
#define UAUTH_OAUTH_INTERACTION_H

/*
 * Authorization requests that wait for a page: /sign-in, /register, /select-account, /consent,
 * /account/factor, each with ?request=HANDLE.  A page that is done redirects to
 * INTERACTION_CONTINUE with the same handle, where everything is looked at anew.  A handle is bound
 * to the browser by a cookie, so that nobody can have another person answer a request of theirs.
 */

#include "oauth/decide.h"
#include "web/req.h"
#include "web/waiting.h"

#define INTERACTION_CONTINUE WAITING_CONTINUE

/* A waiting request, for the page that shows it. */
struct interaction {
    const char *handle;
    struct authorization of;           /* client, scopes, hints, prompts */
    const struct session_row *session; /* who is signed in in this browser, or NULL */
};

/*
 * The live request of `handle` in this browser.  INVALID_REQUEST if there is none, or it is another
 * browser's: the page says that it is over.  From then on failures of a REDIRECT row go to its
 * client.
 */
RESULT interaction_open(struct req *r, const char *handle, struct interaction *out);

/* Notes that the user of i->session has answered (enum request_answer). */
RESULT interaction_answer(struct req *r, const struct interaction *i, unsigned answered);

/* Redirects to INTERACTION_CONTINUE. */
RESULT interaction_continue(struct req *r, const struct interaction *i);

/*
 * Lets `a` wait (unless it waits already, as `handle`) and redirects to the page of `need`; NULL:
 * to INTERACTION_CONTINUE.
 */
RESULT interaction_begin(struct req *r, const struct authorization *a, const char *handle,
                         const char *page);

/* The path of the page of a need, or NULL: none helps. */
const char *interaction_page(enum need need);

#endif
