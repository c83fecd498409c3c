/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_SESSIONS_H
#define UAUTH_STORE_SESSIONS_H

/*
 * Sign-ins.  Every login makes one row, whose id is the public handle `sid`; the secret of a cookie
 * is kept as its hash and changes at every rise of rights.  A session ends with its idle limit, its
 * absolute limit, by logout, or with its user, tenant or membership.
 */

#include "store/schema.h"

/* How many ended ones of a user are remembered, until they expire: the newest. */
enum { SESSIONS_ENDED_MAX = 100 };

enum session_mode {
    SESSION_COOKIE, /* "session": an HttpOnly cookie */
    SESSION_TOKEN,  /* "token": tokens in the body; lives by its refresh tokens */
    SESSION_SPA     /* "spa": access token in the body, refresh token in a cookie */
};

struct session_row {
    const char *id; /* sid */
    const char *user_id;
    const char *tenant_id; /* or NULL */
    enum session_mode mode;
    int64_t created_at, last_seen_at;
    int64_t idle_expires_at, expires_at;
    int64_t auth_time;
    struct texts amr;
    const char *acr;                  /* or NULL */
    const char *address, *user_agent; /* of the login; or NULL */
    int64_t ended_at;                 /* 0: it has not been ended */
    const char *settings;             /* of its tenant, as struct tenant_row has them */
    const char *actor_id;             /* who acts as the user; NULL: nobody else */
    const char *actor_session_id;     /* the session of theirs that it ends with */
};
struct session_rows {
    const struct session_row *at;
    size_t n;
};

struct session_new {
    const char *user_id;
    const char *tenant_id; /* or NULL */
    enum session_mode mode;
    const char *hash; /* of the cookie's secret; NULL for SESSION_TOKEN */
    int64_t idle;     /* seconds */
    int64_t absolute; /* seconds */
    struct texts amr;
    const char *acr;
    int64_t max;       /* live sessions of a user: the oldest end */
    int64_t auth_time; /* when who they are was proven; 0: now */
    int64_t epoch;     /* user_row.epoch when the proof was checked; 0: is not compared */
    /* Somebody else acts as the user, who has proven nothing: auth_time stays 0, and no session of
     * the user ends for it. */
    const char *actor_id, *actor_session_id; /* or NULL */
};

/*
 * Adds one, signed in now, for c->origin.  CONFLICT, and nothing is added, if the user is not
 * active, or no member of an active tenant_id, or has another epoch: checking a password takes
 * time, in which they may have been disabled or have changed it.
 */
RESULT session_add(struct ctx *c, const struct session_new *session, const char **id);

/* Why a session is live or not. */
enum session_state {
    SESSION_LIVE,
    SESSION_UNKNOWN,
    SESSION_EXPIRED, /* idle or absolute */
    SESSION_ENDED,   /* by logout, password change, ... */
    SESSION_DENIED   /* its user or tenant is disabled, or the membership is gone */
};

/*
 * The session of the cookie whose secret hashes to `hash`, or of `id`.  *out is NULL only if it is
 * UNKNOWN; whoever lets somebody in looks at *state.
 */
RESULT session_find(struct ctx *c, const char *hash, enum session_state *state,
                    const struct session_row **out);
RESULT session_find_id(struct ctx *c, const char *id, enum session_state *state,
                       const struct session_row **out);

/*
 * Notes a use: the idle limit is `idle` seconds from now, never past the absolute one.  A write, so
 * callers do it when last_seen_at is a minute old, not at each request.
 */
RESULT session_touch(struct ctx *c, const char *id, int64_t idle);

/* Another secret for a live session (SS: rights grew); *done is false if it is not live. */
RESULT session_rotate(struct ctx *c, const char *id, const char *hash, bool *done);

/* The user proved again, now, who they are: auth_time, amr and acr of the session and of its
 * authorizations. */
RESULT session_confirm(struct ctx *c, const char *id, struct texts amr, const char *acr,
                       bool *done);

/* Another acr for a live session and its authorizations, without any proof: for what the session
 * was held back from. */
RESULT session_set_acr(struct ctx *c, const char *id, const char *acr);

/* Ends one, if it is the user's and live: with its authorizations, those in which its user acts as
 * somebody else by it, and rows of `revocations`. */
RESULT session_end(struct ctx *c, const char *user_id, const char *id, bool *ended);

/* Ends all of a user but `keep` (NULL: none is kept), and all their authorizations but those of
 * `keep`. */
RESULT sessions_end(struct ctx *c, const char *user_id, const char *keep, int64_t *ended);

/* Those in which somebody acts as the user, live or not, of whose end the audit was not told yet:
 * at most PAGE_MAX after `after` (NULL: from the first). */
RESULT sessions_acted(struct ctx *c, const char *after, struct session_rows *out);

/* The audit is told of its end now; *done is false if it was before. */
RESULT session_told(struct ctx *c, const char *id, bool *done);

/* The live ones of a user. */
RESULT sessions_of(struct ctx *c, const char *user_id, struct page page, struct session_rows *out);

/* Whether the user has a live one that began at the address and by the program of c->origin; one
 * that is not known is like another. */
RESULT session_has_like(struct ctx *c, const char *user_id, bool *like);

#endif
