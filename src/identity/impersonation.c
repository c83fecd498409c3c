/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/impersonation.h"

#include "base/config.h"
#include "base/time.h"
#include "identity/audit.h"
#include "identity/letter.h"
#include "store/users.h"

static const char permission[] = "users:impersonate";

enum { MINUTE = 60 };

/* ---- where it is allowed ---- */

static bool is_refused(const struct ctx *c, const struct tenant_settings *policy)
{
    return !c->config->impersonation ||
           text_equal(policy->impersonation, TENANT_IMPERSONATION_REFUSED);
}

/* It ends with the sign-in of the actor, and is none from which another could begin. */
static RESULT own_session(struct ctx *c, const char *user_id, const char *sid,
                          const struct session_row **out)
{
    enum session_state state = SESSION_UNKNOWN;
    const struct session_row *found = NULL;
    TRY(session_find_id(c, sid, &state, &found));
    bool own = state == SESSION_LIVE && found->actor_id == NULL;
    *out = own && text_equal(found->user_id, user_id) ? found : NULL;
    return ok();
}

/* ---- beginning ---- */

struct beginning {
    const struct impersonation_begin *asked;
    const struct tenant_settings *policy;
    struct impersonation_begun *out;
    int64_t ttl;
};

static RESULT choose_life(struct ctx *c, struct beginning *b)
{
    int64_t most = c->config->impersonation_max_minutes * MINUTE;
    b->ttl = b->asked->ttl != 0 ? b->asked->ttl : IMPERSONATION_SECONDS;
    if (b->asked->ttl == 0 && b->ttl > most)
        b->ttl = most;
    return b->ttl <= most
               ? ok()
               : fail_field(c, INVALID_FIELD, "ttl",
                            text_printf(c->arena, "At most %lld seconds.", (long long)most));
}

static RESULT check_reason(struct ctx *c, const char *reason)
{
    bool sound = !text_has_control(reason) && *text_trim(c->arena, reason) != '\0';
    return sound ? ok() : fail_field(c, INVALID_FIELD, "reason", "Say in one line what it is for.");
}

static RESULT check_allowed(struct ctx *c, struct beginning *b)
{
    TRY(tenant_policy_of(c, authority_tenant(b->asked->actor), &b->policy));
    if (!is_refused(c, b->policy))
        return ok();
    return because(
        c, IMPERSONATION, "AUTH_IMPERSONATION, and a tenant that does not refuse it", NULL,
        fail_say(c, FORBIDDEN, "Nobody acts as somebody else here.",
                 "impersonation is off in tenant %s", authority_tenant(b->asked->actor)));
}

static RESULT check_user(struct ctx *c, struct beginning *b)
{
    const char *id = b->asked->user_id;
    if (text_equal(id, b->asked->actor->user_id))
        return because(c, IMPERSONATION, "another user", id,
                       fail_say(c, FORBIDDEN, "One does not act as oneself.",
                                "user %s wants to act as themselves", id));
    TRY(authority_over(c, b->asked->actor, id, AUTHORITY_TAKEOVER, &b->out->user));
    return b->out->user->status == USER_ACTIVE
               ? ok()
               : fail_say(c, CONFLICT, "This user is disabled.", "user %s is not active", id);
}

static RESULT start(struct ctx *c, struct beginning *b)
{
    const struct actor *actor = b->asked->actor;
    const struct session_row *own = NULL;
    struct impersonation_begun *out = b->out;
    TRY(own_session(c, actor->user_id, b->asked->actor_sid, &own));
    if (own == NULL)
        return because(
            c, SESSION_ENDED, NULL, NULL,
            fail(c, INVALID_SESSION, "user %s acts by no sign-in of theirs", actor->user_id));
    out->tenant_id = authority_tenant(actor);
    out->expires_at = time_add(c->now, b->ttl);
    if (own->expires_at < out->expires_at)
        out->expires_at = own->expires_at;
    TRY(rights_of(c, out->user->id, out->tenant_id, &out->rights));
    out->scopes = out->rights.permissions;
    const struct session_begin begin = { .user_id = out->user->id,
                                         .tenant_id = out->tenant_id,
                                         .policy = b->policy,
                                         .mode = b->asked->mode,
                                         .scopes = out->scopes,
                                         .not_after = out->expires_at,
                                         .actor_id = actor->user_id,
                                         .actor_session_id = own->id };
    return session_begin(c, &begin, &out->session);
}

static RESULT tell_begun(struct ctx *c, const struct beginning *b)
{
    const char *seconds = text_printf(c->arena, "%lld", (long long)(b->out->expires_at - c->now));
    return audit_add(c, &(struct audit){ .event = AUDIT_IMPERSONATION_BEGUN,
                                         .user_id = b->out->user->id,
                                         .actor_id = b->asked->actor->user_id,
                                         .tenant_id = b->out->tenant_id,
                                         .session_id = b->out->session.sid,
                                         .details = { { "seconds", seconds } },
                                         .personal = { { "reason", b->asked->reason } } });
}

/* AU-10. */
static RESULT write_to_user(struct ctx *c, const struct beginning *b)
{
    const struct user_row *user = b->out->user;
    const struct user_row *actor = NULL;
    if (!c->config->impersonation_notice || user->email_entered == NULL)
        return ok();
    TRY(user_find(c, b->asked->actor->user_id, &actor));
    return letter_post(c, &(struct letter){ .kind = LETTER_IMPERSONATED,
                                            .user_id = user->id,
                                            .to = user->email_entered,
                                            .full_name = user->full_name,
                                            .about = actor == NULL ? "" : actor->full_name });
}

static RESULT begin_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct beginning *b = arg;
    TRY(check_allowed(c, b));
    TRY(check_user(c, b));
    TRY(start(c, b));
    TRY(write_to_user(c, b));
    return tell_begun(c, b);
}

RESULT impersonation_begin(struct ctx *c, const struct impersonation_begin *begin,
                           struct impersonation_begun *out)
{
    struct beginning b = { .asked = begin, .out = out };
    *out = (struct impersonation_begun){ 0 };
    TRY(check_reason(c, begin->reason));
    TRY(choose_life(c, &b));
    return authority_act(c, begin->actor, begin_in, &b);
}

/* ---- going on ---- */

struct looking {
    struct actor actor;
    const char *user_id;
};

static RESULT reach_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct looking *l = arg;
    const struct user_row *user = NULL;
    return authority_over(c, &l->actor, l->user_id, AUTHORITY_TAKEOVER, &user);
}

static RESULT still_reaches(struct ctx *c, const struct session_row *session, bool *reaches)
{
    const char **all = ARENA_NEW(c->arena, const char *);
    *all = "admin:*";
    struct looking l = { .actor = { .user_id = session->actor_id,
                                    .tenant_id = session->tenant_id,
                                    .permissions = { all, 1 },
                                    .permission = permission },
                         .user_id = session->user_id };
    err found = authority_look(c, &l.actor, reach_in, &l);
    *reaches = found.code == ERR_OK;
    if (found.code != ERR_FORBIDDEN && found.code != ERR_NOT_FOUND)
        return found;
    fault_clear(c);
    return ok();
}

RESULT impersonation_stands(struct ctx *c, const struct session_row *session, bool *stands)
{
    const struct tenant_settings *policy = NULL;
    const struct session_row *own = NULL;
    *stands = false;
    TRY(tenant_policy(c, session->settings, &policy));
    if (is_refused(c, policy))
        return ok();
    TRY(own_session(c, session->actor_id, session->actor_session_id, &own));
    return own == NULL ? ok() : still_reaches(c, session, stands);
}

RESULT impersonation_stands_in(struct ctx *c, const char *sid, const char **actor_id, bool *stands)
{
    enum session_state state = SESSION_UNKNOWN;
    const struct session_row *session = NULL;
    *actor_id = NULL;
    *stands = true;
    if (sid != NULL)
        TRY(session_find_id(c, sid, &state, &session));
    if (session == NULL || session->actor_id == NULL)
        return ok();
    *actor_id = session->actor_id;
    *stands = false;
    return state == SESSION_LIVE ? impersonation_stands(c, session, stands) : ok();
}

/* ---- ending ---- */

struct ending {
    const struct session_row *session;
    const char *cause;
};

static RESULT end_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct ending *ending = arg;
    const struct session_row *session = ending->session;
    bool ended = false;
    bool first = false;
    TRY(session_end(c, session->user_id, session->id, &ended));
    TRY(session_told(c, session->id, &first));
    if (!first)
        return ok();
    return audit_add(c, &(struct audit){ .event = AUDIT_IMPERSONATION_ENDED,
                                         .user_id = session->user_id,
                                         .actor_id = session->actor_id,
                                         .tenant_id = session->tenant_id,
                                         .session_id = session->id,
                                         .details = { { "cause", ending->cause } } });
}

RESULT impersonation_end(struct ctx *c, const struct session_row *session, const char *cause)
{
    struct ending ending = { session, cause };
    must(session->actor_id != NULL);
    return db_atomically(c, end_in, &ending);
}

/* Why it is over; NULL: it goes on. */
static RESULT find_cause(struct ctx *c, const struct session_row *session, const char **cause)
{
    enum session_state state = SESSION_UNKNOWN;
    const struct session_row *now = NULL;
    bool stands = false;
    TRY(session_find_id(c, session->id, &state, &now));
    *cause = state == SESSION_EXPIRED ? "expired" : "ended";
    if (state != SESSION_LIVE)
        return ok();
    TRY(impersonation_stands(c, session, &stands));
    *cause = stands ? NULL : "not_allowed";
    return ok();
}

/* Of a tenant, or as a user; the other one is NULL. */
struct whose {
    const char *tenant_id, *user_id;
};

static bool is_of(const struct whose *whose, const struct session_row *session)
{
    return (whose->tenant_id != NULL && text_equal(session->tenant_id, whose->tenant_id)) ||
           (whose->user_id != NULL && text_equal(session->user_id, whose->user_id));
}

/* `whose` NULL: if it does not stand any more. */
static RESULT end_if_over(struct ctx *c, const struct session_row *session,
                          const struct whose *whose)
{
    const char *cause = NULL;
    if (whose == NULL)
        TRY(find_cause(c, session, &cause));
    else if (is_of(whose, session))
        cause = "ended";
    return cause == NULL ? ok() : impersonation_end(c, session, cause);
}

static RESULT end_all(struct ctx *c, const struct whose *whose)
{
    struct session_rows page = { .n = PAGE_MAX };
    const char *after = NULL;
    while (page.n == PAGE_MAX) {
        TRY(sessions_acted(c, after, &page));
        for (size_t i = 0; i < page.n; i++) {
            after = page.at[i].id;
            TRY(end_if_over(c, &page.at[i], whose));
        }
    }
    return ok();
}

RESULT impersonations_settle(struct ctx *c)
{
    return end_all(c, NULL);
}

RESULT impersonations_end(struct ctx *c, const char *tenant_id, const char *user_id)
{
    return end_all(c, &(struct whose){ tenant_id, user_id });
}
