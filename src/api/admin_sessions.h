/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_SESSIONS_H
#define UAUTH_API_ADMIN_SESSIONS_H

/*
 * The sessions of a member: seeing and ending them.  Of a guest only those that are bound to the
 * caller's tenant.
 */

#include "api/admin.h"

struct admin_session {
    const char *sid, *mode;
    int64_t created_at, last_seen_at, expires_at;
    const char *address, *user_agent, *tenant_id, *impersonator_id;
};
SHAPE(admin_session, FIELD(admin_session, sid, REQUIRED, 36, 36, "Handle of the session"),
      FIELD(admin_session, mode, REQUIRED, 3, 7, "session, token or spa"),
      FIELD(admin_session, created_at, REQUIRED | TIME, 0, INT64_MAX, "When it began"),
      FIELD(admin_session, last_seen_at, REQUIRED | TIME, 0, INT64_MAX,
            "When it was last used, to the minute"),
      FIELD(admin_session, expires_at, REQUIRED | TIME, 0, INT64_MAX, "When it ends in any case"),
      FIELD(admin_session, address, OPTIONAL, 0, 64, "Network address of the sign-in"),
      FIELD(admin_session, user_agent, OPTIONAL, 0, 512, "Program of the sign-in"),
      FIELD(admin_session, tenant_id, OPTIONAL, 36, 36, "Tenant of the session"),
      FIELD(admin_session, impersonator_id, OPTIONAL, 36, 36, "Who acts in it as the user"));
struct admin_session_list {
    struct items sessions;
};
SHAPE(admin_session_list, FIELD_OF(admin_session_list, sessions, REQUIRED, 0, PAGE_MAX,
                                   &admin_session_shape, "The live sessions, at most 200"));
RESULT get_admin_user_sessions(struct req *r);

/* All of them: of a member at home everywhere, of a guest those of this tenant. */
RESULT delete_admin_user_sessions(struct req *r);
RESULT delete_admin_user_session(struct req *r);

#endif
