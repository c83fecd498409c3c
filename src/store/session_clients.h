/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_SESSION_CLIENTS_H
#define UAUTH_STORE_SESSION_CLIENTS_H

/*
 * Which applications a user has signed in to during a session; and the rows of the outbox that tell
 * the servers of those that want to know of its end (OpenID Connect Back-Channel Logout 1.0).
 *
 * A row of the outbox is added in the transaction of the ending, once for each session and client:
 * its id is made of both, its recipient is the client, its subject the session and the user, with a
 * space between.  It names no user_id, because it has to outlive an erased user.
 */

#include "store/outbox.h"

/* What became of telling one. */
enum notice {
    NOTICE_NONE, /* there is no row: nothing had to be told, or it was long ago */
    NOTICE_WAITS,
    NOTICE_DELIVERED,
    NOTICE_GIVEN_UP
};
struct session_client_row {
    const char *client_id, *name;
    const char *tenant_id; /* of the client, or NULL */
    const char *metadata;  /* as the client has registered it */
    bool backchannel;      /* its server is told when the session ends */
    enum notice notice;
    int64_t attempts; /* of telling it, so far */
};
struct session_client_rows {
    const struct session_client_row *at;
    size_t n;
};
enum { SESSION_CLIENTS_MAX = 100 };

/* Those of a session, live or ended, by name; no more than SESSION_CLIENTS_MAX. */
RESULT session_clients_of(struct ctx *c, const char *session_id, struct session_client_rows *out);

/* The client was signed in to during the session; again is fine.  *noted is false if the session
 * has ended.  In the transaction that gives it its tokens, so that no ending misses it. */
RESULT session_client_note(struct ctx *c, const char *session_id, const char *client_id,
                           bool backchannel, bool *noted);

/*
 * Internal to store/: tells of sessions that this transaction has just ended, at c->now: of one; of
 * a user's.
 */
RESULT session_clients_tell(struct ctx *c, const char *session_id);
RESULT session_clients_tell_of_user(struct ctx *c, const char *user_id);

/* Internal to store/: of those of a user or a tenant that are still there, and will not be any
 * more. */
RESULT session_clients_end_all(struct ctx *c, const char *user_id);
RESULT session_clients_tell_of_tenant(struct ctx *c, const char *tenant_id);

#endif
