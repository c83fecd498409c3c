/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_WAITING_H
#define UAUTH_WEB_WAITING_H

/*
 * The authorization request that a page stands in the way of, as far as the page has to know it:
 * for whom somebody signs in, and what the application says about them.  What such requests are,
 * and where they go on, is the business of oauth/interaction.h.
 */

#include "store/authorization_requests.h"
#include "web/req.h"

/* Where a page that is done sends the browser, with ?request=HANDLE. */
#define WAITING_CONTINUE "/oauth2/authorize/continue"

enum { WAITING_SECONDS = 3600 /* that a request waits */ };

struct waiting {
    const char *handle;      /* NULL: nothing waits */
    const char *tenant_id;   /* of the client; NULL: of all */
    const char *client_name; /* the rest is NULL where it was not said */
    const char *login_hint;
    const char *ui_locales;
    bool fresh; /* the age of the sign-in matters to it: prompt=login, or a max_age */
};

/*
 * The live request of `handle` in this browser, known by its cookie.  For a handle that is none,
 * has ended or waits in another browser out->handle is NULL: the page then is one without an
 * application.
 */
RESULT waiting_find(struct req *r, const char *handle, struct waiting *out);

/* Its row; NULL in the same cases. */
RESULT waiting_row(struct req *r, const char *handle, const struct authorization_request_row **out);

/* Whether `text` can be a handle; anything else is never carried on or put into an address. */
bool waiting_is_handle(const char *text);

/*
 * Keeps what somebody came for in a cookie of this browser while they look for a mail, whose link
 * knows nothing of it: `query` is request=HANDLE or then=PLACE, of which the one or the other, or
 * neither, is found again.  What is kept is believed no more than an address that somebody typed: a
 * handle that another planted, that is over or has been used finds nothing, and a place is one of
 * our pages or of a host that the operator has named.
 */
void waiting_keep(struct req *r, const char *query);
RESULT waiting_kept(struct req *r, const char **handle, const char **then);

/* Once they are on their way again, the browser need not keep it. */
RESULT waiting_forget(struct req *r);

/* WAITING_CONTINUE with the handle. */
const char *waiting_continue(struct arena *a, const char *handle);

#endif
