/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_IMPERSONATION_H
#define UAUTH_API_IMPERSONATION_H

/*
 * Acting as a user (identity/impersonation.h): by the cookie of a browser, whose session is kept
 * for afterwards, or by a token.
 */

#include "api/admin.h"
#include "identity/impersonation.h"

struct impersonate {
    const char *reason;
    int64_t ttl;
};
SHAPE(impersonate,
      FIELD(impersonate, reason, REQUIRED, 1, IMPERSONATION_REASON_MAX,
            "What it is for, in one line; kept in the audit"),
      FIELD(impersonate, ttl, OPTIONAL, 60, 86400,
            "Seconds after which it ends, at most AUTH_IMPERSONATION_MAX_MINUTES; 900 if it is not "
            "given, or as many as are allowed"));

struct impersonating {
    const char *sid, *user_id, *email, *impersonator_id, *tenant_id;
    int64_t expires_at;
    const char *access_token, *token_type;
    int64_t expires_in;
    const char *csrf_token;
};
SHAPE(
    impersonating, FIELD(impersonating, sid, REQUIRED, 36, 36, "Handle of the session"),
    FIELD(impersonating, user_id, REQUIRED, 36, 36, "As whom one acts"),
    FIELD(impersonating, email, OPTIONAL | EMAIL, 3, 254, "E-mail address of that user"),
    FIELD(impersonating, impersonator_id, REQUIRED, 36, 36, "Who acts"),
    FIELD(impersonating, tenant_id, REQUIRED, 36, 36, "In which tenant, and in no other"),
    FIELD(impersonating, expires_at, REQUIRED | TIME, 0, INT64_MAX, "When it ends in any case"),
    FIELD(impersonating, access_token, SECRET, 1, 8192,
          "Access token with the claim act; for a caller with a token. There is no refresh token"),
    FIELD(impersonating, token_type, OPTIONAL, 4, 6,
          "Bearer, or DPoP: bound to the key of the caller's own token"),
    FIELD(impersonating, expires_in, REQUIRED, 0, INT64_MAX,
          "Seconds that the access token, or the session, lives"),
    FIELD(impersonating, csrf_token, SECRET, 43, 43,
          "To be sent as X-CSRF-Token with changes; for a caller with a cookie"));
RESULT post_admin_user_impersonate(struct req *r);

/* Ends the present one; CONFLICT if nobody acts here.  A browser has its own session back. */
RESULT delete_my_impersonation(struct req *r);

#endif
