/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_ATTEMPT_H
#define UAUTH_FEDERATION_ATTEMPT_H

/*
 * A sign-in that is on its way to a provider and back.  `state`, verifier and nonce are 256 random
 * bits each; the first is stored as a hash, the others sealed.  An attempt is one browser's, known
 * by a cookie, or one program's, known by a handle that never goes through a browser; it is one
 * provider's; and it is used once, within ATTEMPT_SECONDS.
 */

#include "federation/provider.h"
#include "web/req.h"

enum { ATTEMPT_SECONDS = 600 };

/* An administrator elsewhere is asked to let us in (federation/consent.h). */
#define CONSENT_ASKED "asked"

/* What is kept, and comes back with it. */
struct attempt {
    const char *code_verifier, *nonce;
    const char *redirect_uri;
    const char *request;    /* the authorization request that waits for it; or NULL */
    const char *then;       /* where the browser goes on to (web/sheet.h); or NULL */
    const char *session_id; /* whose account an identity is linked to; NULL: it is a sign-in */
    int64_t fresh_since;    /* who they are has to be proven after this; 0: it need not */
    const char *consent;    /* CONSENT_ASKED, or the tenant that consented; NULL: it is a sign-in */
};

/* What sends somebody there. */
struct attempt_begun {
    const char *url;
    const char *state;
    const char *handle; /* of a program; else NULL */
    const char *nonce;
    int64_t expires_at;
};

/* What it is begun for. */
struct attempt_wanted {
    const char *request, *then, *session_id; /* as struct attempt */
    const char *login_hint;                  /* or NULL */
    const char *redirect_uri; /* of a program, registered with the provider; NULL: our callback */
    bool by_program;
    const char *consent; /* as struct attempt */
    bool fresh;          /* they prove anew who they are, also where they are signed in there */
};

/* Begins one; a browser's is bound to its cookie, which is set.  The failures of kind->open;
 * INVALID_FIELD: the redirect URI is not one of the provider's; FORBIDDEN: it has to be proven
 * anew, and this provider does not tell whether it was. */
RESULT attempt_begin(struct req *r, const struct provider *p, const struct attempt_wanted *wanted,
                     struct attempt_begun *out);

/* Uses up the one of this browser with `state`, or of a program with `handle` (the other is NULL).
 * INVALID_REQUEST: there is none that lives. */
RESULT attempt_take(struct req *r, const struct provider *p, const char *state, const char *handle,
                    struct attempt *out);

#endif
