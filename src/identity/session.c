/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/session.h"

#include "base/config.h"
#include "base/random.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "identity/audit.h"
#include "identity/impersonation.h"
#include "store/authorizations.h"
#include "store/clients.h"
#include "store/refresh_tokens.h"
#include "store/tenant_settings.h"

#include <string.h>

enum {
    TOUCH_SECONDS = 60,
    SECRET_CHARACTERS = 43 /* of random_token */
};

/* How long a session of this mode lives without use, and in any case. */
struct life {
    int64_t idle, absolute;
};

static struct life life_of(const struct tenant_settings *policy, enum session_mode mode)
{
    const struct tenant_lives lives = tenant_policy_lives(policy);
    if (mode == SESSION_COOKIE)
        return (struct life){ .idle = lives.session_idle, .absolute = lives.session_absolute };
    return (struct life){ .idle = lives.refresh_idle, .absolute = lives.refresh_absolute };
}

/* Where somebody else acts, the user has proven nothing. */
static int64_t proven_at(const struct ctx *c, const struct session_begin *begin)
{
    return begin->auth_time != 0 || begin->actor_id != NULL ? begin->auth_time : c->now;
}

/* In the transaction of the sign-in, so that it is durable by the same commit. */
static RESULT add_refresh_token(struct ctx *c, int64_t idle, struct session_begun *begun)
{
    begun->refresh_token = random_timed_token(c);
    return refresh_token_add(c, refresh_token_hash(c->arena, begun->refresh_token),
                             begun->authorization_id, idle);
}

/* The authorization of the first-party client ends with its session. */
static RESULT authorize(struct ctx *c, const struct session_begin *begin, struct life life,
                        struct session_begun *begun)
{
    struct authorization_row row = { .user_id = begin->user_id,
                                     .client_id = CLIENT_FIRST_PARTY,
                                     .session_id = begun->sid,
                                     .tenant_id = begin->tenant_id,
                                     .scopes = begin->scopes,
                                     .expires_at = time_add(c->now, life.absolute),
                                     .auth_time = proven_at(c, begin),
                                     .amr = begin->amr,
                                     .acr = begin->acr };
    TRY(authorization_add(c, &row, &begun->authorization_id));
    begun->status = row.status;
    return begin->renews ? add_refresh_token(c, life.idle, begun) : ok();
}

RESULT session_begin(struct ctx *c, const struct session_begin *begin, struct session_begun *out)
{
    must(!begin->renews || begin->mode != SESSION_COOKIE);
    const struct tenant_settings *policy = begin->policy;
    if (policy == NULL)
        TRY(tenant_policy_of(c, begin->tenant_id, &policy));
    struct life life = life_of(policy, begin->mode);
    struct session_begun begun = { 0 };
    if (begin->not_after != 0 && begin->not_after - c->now < life.absolute)
        life.absolute = begin->not_after - c->now;
    if (begin->mode == SESSION_COOKIE)
        begun.secret = random_token(c);
    struct session_new session = {
        .user_id = begin->user_id,
        .tenant_id = begin->tenant_id,
        .mode = begin->mode,
        .hash = begun.secret == NULL ? NULL : token_hash(c->arena, begun.secret),
        .idle = life.idle,
        .absolute = life.absolute,
        .amr = begin->amr,
        .acr = begin->acr,
        .max = c->config->sessions_per_user,
        .auth_time = begin->auth_time,
        .epoch = begin->epoch,
        .actor_id = begin->actor_id,
        .actor_session_id = begin->actor_session_id,
    };
    TRY(session_add(c, &session, &begun.sid));
    TRY(authorize(c, begin, life, &begun));
    *out = begun;
    return ok();
}

/* Where nothing can be written (a full disk) a session still lets in: only its idle limit does not
 * move. */
static RESULT note_use(struct ctx *c, const struct session_row *row)
{
    if (c->now - row->last_seen_at < TOUCH_SECONDS)
        return ok();
    const struct tenant_settings *policy = NULL;
    TRY(tenant_policy(c, row->settings, &policy));
    err noted = session_touch(c, row->id, life_of(policy, row->mode).idle);
    if (noted.code != ERR_UNAVAILABLE)
        return noted;
    fault_clear(c);
    return ok();
}

static RESULT check_acted(struct ctx *c, const struct session_row *row)
{
    bool stands = row->actor_id == NULL;
    if (!stands)
        TRY(impersonation_stands(c, row, &stands));
    return stands ? ok()
                  : because(c, SESSION_ENDED, NULL, NULL,
                            fail(c, INVALID_SESSION, "user %s may not act in session %s any longer",
                                 row->actor_id, row->id));
}

RESULT session_resume(struct ctx *c, const char *secret, const struct session_row **out)
{
    enum session_state state = SESSION_UNKNOWN;
    const struct session_row *row = NULL;
    if (secret == NULL || strnlen(secret, SECRET_CHARACTERS + 1) != SECRET_CHARACTERS)
        return because(c, SESSION_ENDED, NULL, NULL,
                       fail(c, INVALID_SESSION, "not the secret of a session"));
    TRY(session_find(c, token_hash(c->arena, secret), &state, &row));
    if (row == NULL)
        return because(c, SESSION_ENDED, NULL, NULL, fail(c, INVALID_SESSION, "no such session"));
    if (state != SESSION_LIVE || row->mode != SESSION_COOKIE)
        return because(c, SESSION_ENDED, NULL, NULL,
                       fail(c, INVALID_SESSION, "session %s is over or is no cookie's (state %d)",
                            row->id, (int)state));
    TRY(check_acted(c, row));
    TRY(note_use(c, row));
    *out = row;
    return ok();
}

RESULT session_renew(struct ctx *c, const char *sid, const char **secret)
{
    bool done = false;
    const char *next = random_token(c);
    TRY(session_rotate(c, sid, token_hash(c->arena, next), &done));
    if (!done)
        return fail(c, INVALID_SESSION, "session %s is over", sid);
    *secret = next;
    return ok();
}

struct ending {
    const char *user_id, *sid;
    bool done;
};

static RESULT tell_ended(struct ctx *c, const struct ending *ending, const char *which)
{
    return audit_add(c, &(struct audit){ .event = AUDIT_SESSION_ENDED,
                                         .user_id = ending->user_id,
                                         .actor_id = ending->user_id,
                                         .session_id = ending->sid,
                                         .details = { { "which", which } } });
}

static RESULT end_one(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct ending *ending = arg;
    TRY(session_end(c, ending->user_id, ending->sid, &ending->done));
    return ending->done ? tell_ended(c, ending, NULL) : ok();
}

RESULT session_end_own(struct ctx *c, const char *user_id, const char *sid, bool *done)
{
    struct ending ending = { .user_id = user_id, .sid = sid };
    TRY(db_atomically(c, end_one, &ending));
    *done = ending.done;
    return ok();
}

static RESULT end_others(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct ending *ending = arg;
    int64_t n = 0;
    TRY(sessions_end(c, ending->user_id, ending->sid, &n));
    return n > 0 ? tell_ended(c, ending, "others") : ok();
}

RESULT session_end_others(struct ctx *c, const char *user_id, const char *keep)
{
    struct ending ending = { .user_id = user_id, .sid = keep };
    return db_atomically(c, end_others, &ending);
}
