/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_VERIFY_H
#define UAUTH_TOKEN_VERIFY_H

/*
 * Checks an access token of ours: signature (or, of an opaque one, that it is
 * stored), type, issuer, audience, times, and that neither the
 * token, its authorization, its session nor its user has been revoked or disabled since
 * (token/revoke.h); and, where somebody acts as its user, that they still may
 * (identity/impersonation.h).
 */

#include "token/issue.h"

/* Where its claim `status` says that its status is (token/status_list.h). */
struct status_said {
    const char *uri; /* NULL: nowhere */
    int64_t idx;
};

struct access {
    struct grant_facts facts; /* without `status`, of which a token only says where it is */
    struct status_said status;
    const char *jti;
    const char *impersonator_id; /* who acts in the session of the token, as its user; or NULL */
    int64_t issued_at, expires_at;
};

/* Whether it is of the kind that says nothing itself. */
bool token_is_opaque(const char *token);

/* INVALID_TOKEN for everything that is not a live access token for `audience` (NULL: the configured
 * one). */
RESULT verify_access(struct ctx *c, const char *token, const char *audience, struct access *out);

/* The same whatever its audience is: for telling about the token, not for letting anybody in. */
RESULT verify_access_any(struct ctx *c, const char *token, struct access *out);

#endif
