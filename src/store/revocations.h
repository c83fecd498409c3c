/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_REVOCATIONS_H
#define UAUTH_STORE_REVOCATIONS_H

/*
 * What was revoked, for the access tokens that are still about (RT-15: in SQL, not in memory). Rows
 * are written by whatever revokes, in its transaction; they are kept until no access token made
 * before can be alive: the configured life of one, what the clocks of two nodes may be apart, and a
 * minute.  (So a verifier also refuses a token that claims a longer life.)
 */

#include "store/schema.h"

#define REVOKED_TOKEN         "token"         /* id is a jti */
#define REVOKED_AUTHORIZATION "authorization" /* all access tokens of an authorization */
#define REVOKED_SESSION       "session"       /* ... with this sid */
#define REVOKED_USER          "user"          /* ... of this user, issued at `at` or before */
#define REVOKED_CLIENT        "client"        /* ... of this client, issued at `at` or before */
#define REVOKED_TENANT        "tenant" /* ... bound to this tenant, issued at `at` or before */
#define REVOKED_MEMBER        "member" /* id is "<tenant_id> <user_id>"; issued at `at` or before */
#define REVOKED_ALL           "all"    /* id is "all": every token issued at `at` or before */

enum { CLOCKS_APART = 600 }; /* seconds: of two nodes, each wrong by five minutes */

struct revocation_row {
    const char *kind, *id;
    int64_t at;
    int64_t expires_at;
};
struct revocation_rows {
    const struct revocation_row *at;
    size_t n;
};

/* Until when a revocation of now has to be remembered. */
int64_t revocation_expiry(const struct ctx *c);

/* Adds one, of now.  A repeated one moves `at` forward. */
RESULT revocation_add(struct ctx *c, const char *kind, const char *id);

/*
 * Those of `at` and later, before `until`, oldest first, at most `limit`, after the row (`at`,
 * `kind`, `id`) if that is given (NULL: from the start of `at`).  A row is stamped with the time at
 * which its request began, by the clock of its node, so who reads what is new looks back further
 * than a request can last (a minute).
 */
struct revocations_after {
    int64_t at, until;
    const char *kind, *id; /* or NULL */
};
RESULT revocations_since(struct ctx *c, struct revocations_after after, int64_t limit,
                         struct revocation_rows *out);

/* How many there are from `from` on and before `until`, and the sum of their times: no row is added
 * and none moves without these being others.  Reads an index. */
struct revocations_tally {
    int64_t n, sum;
};
RESULT revocations_tally(struct ctx *c, int64_t from, int64_t until, struct revocations_tally *out);

/* What a question about an access token asks. */
struct revocation_question {
    /* Each may be NULL. */
    const char *jti, *authorization_id, *sid, *user_id, *client_id, *grant_client_id, *tenant_id;
    int64_t issued_at;
};

/* Whether any row concerns it: for a node that is not sure that it has read them all. */
RESULT revocation_check(struct ctx *c, const struct revocation_question *question, bool *revoked);

#endif
