/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/session.h"
#include "store/clients.h"
#include "web/acting.h"
#include "web/cookies.h"
#include "web/guard.h"

static RESULT check_session(struct req *r)
{
    const char *secret = NULL;
    const struct session_row *session = NULL;
    TRY(cookie_get(r, COOKIE_SESSION, &secret));
    if (secret == NULL)
        return because(r->c, SESSION_MISSING, NULL, NULL,
                       fail(r->c, INVALID_SESSION, "there is no session cookie"));
    TRY(session_resume(r->c, secret, &session));
    r->who = (struct principal){
        .kind = PRINCIPAL_SESSION,
        .user_id = session->user_id,
        .client_id = CLIENT_FIRST_PARTY,
        .tenant_id = session->tenant_id,
        .session_id = session->id,
        .sid = session->id,
        .csrf_binding = session->id,
        .amr = session->amr,
        .acr = session->acr,
        .auth_time = session->auth_time,
        .expires_at = session->expires_at,
        .actor_id = session->actor_id,
    };
    return acting_note(r, session);
}

const struct guard guard_session = { "session", ACCEPTS_COOKIE, check_session };
