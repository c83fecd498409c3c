/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_SESSION_H
#define UAUTH_IDENTITY_SESSION_H

/*
 * The rules of sessions: how long they live by their mode and tenant (decision 4), when a use is
 * noted, what a cookie's secret is.  The rows and what ends with them: store/sessions.h.
 */

#include "identity/tenant_settings.h"
#include "store/sessions.h"
#include "store/status_lists.h"

/* What a sign-in starts. */
struct session_begin {
    const char *user_id;
    const char *tenant_id;                /* or NULL */
    const struct tenant_settings *policy; /* what holds there; NULL: it is read */
    enum session_mode mode;
    struct texts amr;
    const char *acr;
    struct texts scopes; /* of the authorization behind it */
    int64_t auth_time;   /* when they were shown; 0: now */
    int64_t epoch;       /* of the user when the proof was checked; 0: is not compared */
    int64_t not_after;   /* it ends then at the latest; 0: no such end */
    bool renews;         /* a first refresh token goes with it */
    const char *actor_id, *actor_session_id; /* who acts as the user, by which sign-in; or NULL */
};
struct session_begun {
    const char *sid;
    const char *secret;           /* the cookie's value; NULL unless mode is SESSION_COOKIE */
    const char *authorization_id; /* of the first-party client, for tokens of this sign-in */
    const char *refresh_token;    /* NULL unless it renews */
    struct status_place status;   /* of these tokens in a status list */
};

/* Adds the session, its authorization and perhaps a refresh token; inside the caller's
 * db_atomically.  CONFLICT as session_add. */
RESULT session_begin(struct ctx *c, const struct session_begin *begin, struct session_begun *out);

/*
 * The live session whose cookie has `secret`, and notes the use (at most once a minute, and
 * where it can be written).  INVALID_SESSION for everything else, without saying why; also where
 * somebody acts as the user who may not any longer (identity/impersonation.h).
 */
RESULT session_resume(struct ctx *c, const char *secret, const struct session_row **out);

/* A new secret for the session after its rights grew (SS-01, claim I9); the old one is dead.
 * INVALID_SESSION if it is not live. */
RESULT session_renew(struct ctx *c, const char *sid, const char **secret);

/* Their owner ends one, with the event; *done is false if it is not theirs or not live. */
RESULT session_end_own(struct ctx *c, const char *user_id, const char *sid, bool *done);

/* Their owner ends all but `keep`, with one event. */
RESULT session_end_others(struct ctx *c, const char *user_id, const char *keep);

#endif
