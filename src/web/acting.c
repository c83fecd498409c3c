/* SPDX-License-Identifier: Apache-2.0 */
#include "web/acting.h"

#include "identity/impersonation.h"
#include "identity/login.h"
#include "store/users.h"
#include "web/browser.h"
#include "web/cookies.h"
#include "web/csrf.h"
#include "web/ended.h"
#include "web/reply.h"

RESULT acting_begin(struct req *r, const struct session_begun *begun, const char **csrf)
{
    const char *own = NULL;
    TRY(cookie_get(r, COOKIE_SESSION, &own));
    must(own != NULL);
    cookie_set(r, COOKIE_ACTOR, own, 0);
    *csrf = browser_keep_session(r, begun->secret, begun->sid);
    return ok();
}

/* The live session that waits in this browser, or NULL. */
static RESULT waiting_session(struct req *r, const struct session_row **out)
{
    const char *secret = NULL;
    *out = NULL;
    TRY(cookie_get(r, COOKIE_ACTOR, &secret));
    return secret == NULL ? ok() : browser_session_of(r, secret, out);
}

static RESULT give_back(struct req *r)
{
    const struct session_row *own = NULL;
    const char *secret = NULL;
    TRY(waiting_session(r, &own));
    cookie_clear(r, COOKIE_ACTOR);
    if (own == NULL || !text_equal(own->user_id, r->who.actor_id)) {
        browser_sign_out(r);
        return ok();
    }
    TRY(session_renew(r->c, own->id, &secret));
    (void)browser_keep_session(r, secret, own->id);
    return ok();
}

RESULT acting_end(struct req *r)
{
    enum session_state state = SESSION_UNKNOWN;
    const struct session_row *session = NULL;
    if (r->who.actor_id == NULL)
        return fail_say(r->c, CONFLICT, "You act for yourself.", "nobody acts as user %s here",
                        r->who.user_id);
    TRY(session_find_id(r->c, r->who.sid, &state, &session));
    if (session != NULL)
        TRY(impersonation_end(r->c, session, "ended"));
    TRY(ended(r));
    return r->who.kind == PRINCIPAL_SESSION ? give_back(r) : ok();
}

RESULT acting_forget(struct req *r)
{
    const struct session_row *own = NULL;
    const char *secret = NULL;
    TRY(cookie_get(r, COOKIE_ACTOR, &secret));
    if (secret == NULL)
        return ok();
    TRY(waiting_session(r, &own));
    cookie_clear(r, COOKIE_ACTOR);
    return own == NULL ? ok() : logout(r->c, own->user_id, own->id, false);
}

RESULT acting_note(struct req *r, const struct session_row *session)
{
    const struct user_row *actor = NULL;
    const struct user_row *user = NULL;
    if (session == NULL || session->actor_id == NULL)
        return ok();
    TRY(user_find(r->c, session->actor_id, &actor));
    TRY(user_find(r->c, session->user_id, &user));
    if (actor == NULL || user == NULL)
        return ok();
    r->acting.actor = actor->full_name;
    r->acting.user = user->full_name;
    r->acting.csrf_token = csrf_token(r, session->id);
    return ok();
}

RESULT acting_look(struct req *r)
{
    const struct session_row *session = NULL;
    const char *secret = NULL;
    if (r->acting.actor != NULL)
        return ok();
    TRY(cookie_get(r, COOKIE_ACTOR, &secret));
    if (secret == NULL)
        return ok();
    TRY(browser_session(r, &session));
    return acting_note(r, session);
}

RESULT post_end_acting(struct req *r)
{
    TRY(acting_end(r));
    return reply_redirect(r, "/account");
}
