/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_IMPERSONATION_H
#define UAUTH_IDENTITY_IMPERSONATION_H

/*
 * Somebody who administers acts as a user for a while, to see what that user sees.  It is off
 * unless AUTH_IMPERSONATION is on, and a tenant may refuse it.  It is a session of its own with a
 * short life, which nothing renews; its user has proven nothing in it, so it is never a recent
 * sign-in and never a strong one.  What may be done in it is a flag of the route (IMPERSONATED);
 * every event of it names both (TX-06, AU-02).
 *
 * It stands as long as the actor could begin it: each use asks anew, so that it ends at once where
 * the actor is disabled, loses the right, leaves the tenant or signs out, where the user gets more
 * rights than the actor has, and where it is turned off.
 */

#include "identity/access.h"
#include "identity/authority.h"
#include "identity/session.h"

enum { IMPERSONATION_SECONDS = 900, IMPERSONATION_REASON_MAX = 500 };

struct impersonation_begin {
    const struct actor *actor;
    const char *actor_sid; /* the session of the actor, with which it ends */
    const char *user_id;
    const char *reason;     /* kept with the event, sealed for the user */
    int64_t ttl;            /* seconds; 0: IMPERSONATION_SECONDS, or less where that is too long */
    enum session_mode mode; /* SESSION_COOKIE or SESSION_TOKEN */
};
struct impersonation_begun {
    const struct user_row *user;
    const char *tenant_id;
    struct session_begun session;
    struct rights rights;
    struct texts scopes;
    int64_t expires_at;
};

/*
 * Begins one, with its event and, unless that is turned off, a letter to the user.  FORBIDDEN where
 * it is off or the tenant refuses it, for oneself, for whoever may anything that the actor may not,
 * and for guests; NOT_FOUND as authority_over; CONFLICT for who is disabled; INVALID_FIELD;
 * INVALID_SESSION if the actor's session is not live, or is no sign-in of theirs.
 */
RESULT impersonation_begin(struct ctx *c, const struct impersonation_begin *begin,
                           struct impersonation_begun *out);

/* Whether the session, in which somebody acts as its user, may go on. */
RESULT impersonation_stands(struct ctx *c, const struct session_row *session, bool *stands);

/* The same of the session `sid`: *actor_id is who acts in it, NULL if nobody does (or `sid` is
 * NULL); then it stands. */
RESULT impersonation_stands_in(struct ctx *c, const char *sid, const char **actor_id, bool *stands);

/* Ends it, if it has not ended, with its event, once. */
RESULT impersonation_end(struct ctx *c, const struct session_row *session, const char *cause);

/* Ends those that do not stand any more, and tells the audit of all that have ended by themselves
 * or with something else.  For the job of app/jobs.c. */
RESULT impersonations_settle(struct ctx *c);

/* Ends those in the tenant, or as the user, and tells the audit; the other one is NULL.  In the
 * transaction that removes them, as their sessions go with them and nobody could tell later. */
RESULT impersonations_end(struct ctx *c, const char *tenant_id, const char *user_id);

#endif
