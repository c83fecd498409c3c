/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_UPSTREAM_SESSIONS_H
#define UAUTH_STORE_UPSTREAM_SESSIONS_H

/*
 * What sessions that began at a provider are there: by which name it tells of their end, and what
 * is needed to ask it again.  A row goes with its session, and soon after that has ended.
 */

#include "store/schema.h"

struct upstream_session {
    const char *session_id, *user_id; /* user_id is read, not written */
    const char *provider, *issuer, *subject;
    const char *sid;    /* or NULL */
    const char *sealed; /* or NULL */
    int64_t check_at;   /* 0: never */
};
struct upstream_sessions {
    const struct upstream_session *at;
    size_t n;
};

/* Inside the transaction that adds the session. */
RESULT upstream_session_add(struct ctx *c, const struct upstream_session *session);

/* That of a session of ours, live or ended; *out is NULL if it began with a password. */
RESULT upstream_session_find(struct ctx *c, const char *session_id,
                             const struct upstream_session **out);

/* The live ones that the provider means: by `sid`, of `issuer` or (NULL) of any; or, where `sid` is
 * NULL, all of `issuer` and `subject`.  At most PAGE_MAX. */
struct upstream_meant {
    const char *provider, *issuer, *sid, *subject;
};
RESULT upstream_sessions_meant(struct ctx *c, const struct upstream_meant *meant,
                               struct upstream_sessions *out);

/* The live one that has to be asked about and has waited longest, whose next time becomes `again`,
 * so that no other node asks at once; *out is NULL if there is none. */
RESULT upstream_session_take_due(struct ctx *c, int64_t again, const struct upstream_session **out);

/* After it was asked: what is kept now, and when it is asked again (0: never). */
RESULT upstream_session_keep(struct ctx *c, const char *session_id, const char *sealed,
                             int64_t check_at);

/* An identity was unlinked: nothing is kept of it that could be used there. */
RESULT upstream_sessions_forget(struct ctx *c, const char *user_id, const char *provider,
                                const char *subject);

#endif
