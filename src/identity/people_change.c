/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/password.h"
#include "identity/account.h"
#include "identity/audit.h"
#include "identity/full_name.h"
#include "identity/last_admin.h"
#include "identity/letter.h"
#include "identity/mfa.h"
#include "identity/password_policy.h"
#include "identity/people.h"
#include "store/credentials.h"
#include "store/erasure_log.h"
#include "store/sessions.h"

/* What an administrator does to somebody, and what comes of it. */
struct change {
    const char *user_id, *actor_id;
    enum user_status status;
    const char *hash;
    bool must_change;
    int64_t ended;
    const char *changed; /* audit_changes, or NULL */
};

/* The user, unless erased. */
static RESULT find_present(struct ctx *c, const char *user_id, const struct user_row **out)
{
    TRY(account_find(c, user_id, out));
    if ((*out)->status == USER_DELETED)
        return fail(c, NOT_FOUND, "the user %s was erased", user_id);
    return ok();
}

static RESULT audit_change(struct ctx *c, const struct change *change, enum audit_event event)
{
    const char *sessions = text_printf(c->arena, "%lld", (long long)change->ended);
    return audit_add(c,
                     &(struct audit){
                         .event = event,
                         .user_id = change->user_id,
                         .actor_id = change->actor_id,
                         .details = { { "sessions_ended", change->ended > 0 ? sessions : NULL } },
                         .changed = change->changed,
                     });
}

/* ---- status ---- */

static const char *status_text(enum user_status status)
{
    return status == USER_DISABLED ? "disabled" : "active";
}

static RESULT set_status_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    bool disables = change->status == USER_DISABLED;
    bool found = false;
    const struct user_row *before = NULL;
    TRY(find_present(c, change->user_id, &before));
    if (disables && change->actor_id != NULL)
        TRY(last_admin_check(c, change->user_id));
    TRY(user_set_status(c, change->user_id, change->status, &found));
    if (!found)
        return fail(c, NOT_FOUND, "there is no user %s", change->user_id);
    change->changed = text_printf(c->arena, "{\"status\":{\"before\":\"%s\",\"after\":\"%s\"}}",
                                  status_text(before->status), status_text(change->status));
    return audit_change(c, change, disables ? AUDIT_USER_DISABLED : AUDIT_USER_ENABLED);
}

RESULT people_set_status(struct ctx *c, const char *user_id, enum user_status status,
                         const char *actor_id)
{
    struct change change = { .user_id = user_id, .actor_id = actor_id, .status = status };
    must(status != USER_DELETED);
    return db_atomically(c, set_status_in, &change);
}

/* ---- password ---- */

static RESULT set_password_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    const struct user_row *user = NULL;
    TRY(find_present(c, change->user_id, &user));
    TRY(password_set(c, change->user_id, change->hash, change->must_change, NULL, &change->ended));
    TRY(letter_post(c, &(struct letter){ .kind = LETTER_PASSWORD_CHANGED,
                                         .user_id = user->id,
                                         .to = user->email_entered,
                                         .full_name = user->full_name }));
    return audit_change(c, change, AUDIT_PASSWORD_SET);
}

RESULT people_set_password(struct ctx *c, const char *user_id, const char *password,
                           bool must_change, const char *actor_id)
{
    struct change change = { .user_id = user_id, .actor_id = actor_id, .must_change = must_change };
    const struct user_row *user = NULL;
    TRY(find_present(c, user_id, &user));
    const struct password_owner owner = { user->email, user->full_name, user->default_tenant_id };
    TRY(password_policy_check(c, "password", password, owner));
    TRY(password_hash(c, password, &change.hash));
    return db_atomically(c, set_password_in, &change);
}

static RESULT check_link(struct ctx *c, const struct user_row *user)
{
    if (user->status != USER_ACTIVE)
        return fail_say(c, CONFLICT, "This user is disabled.", "a reset for user %s", user->id);
    return ok();
}

/* PR-12: the link goes to the owner, and nobody else sees it. */
static RESULT send_link(struct ctx *c, const struct user_row *user, const char *actor_id)
{
    TRY(check_link(c, user));
    return account_send_reset(c, user, actor_id);
}

static RESULT send_link_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct change *change = arg;
    const struct user_row *user = NULL;
    TRY(find_present(c, change->user_id, &user));
    return send_link(c, user, change->actor_id);
}

RESULT people_send_link(struct ctx *c, const char *user_id, const char *actor_id)
{
    struct change change = { .user_id = user_id, .actor_id = actor_id };
    return db_atomically(c, send_link_in, &change);
}

/* ---- sessions ---- */

static RESULT end_sessions_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    const struct user_row *user = NULL;
    TRY(find_present(c, change->user_id, &user));
    TRY(sessions_end(c, change->user_id, NULL, &change->ended));
    return audit_change(c, change, AUDIT_LOGOUT_ALL);
}

RESULT people_end_sessions(struct ctx *c, const char *user_id, const char *actor_id, int64_t *ended)
{
    struct change change = { .user_id = user_id, .actor_id = actor_id };
    TRY(db_atomically(c, end_sessions_in, &change));
    *ended = change.ended;
    return ok();
}

/* ---- erasing ---- */

static RESULT erase_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    const struct user_row *user = NULL;
    TRY(find_present(c, change->user_id, &user));
    if (change->actor_id != NULL)
        TRY(last_admin_check(c, change->user_id));
    return account_end(c, user, change->actor_id);
}

static RESULT erase(struct ctx *c, const char *user_id, const char *actor_id)
{
    struct change change = { .user_id = user_id, .actor_id = actor_id };
    return db_atomically(c, erase_in, &change);
}

RESULT people_erase(struct ctx *c, const char *user_id, const char *actor_id)
{
    TRY(erase(c, user_id, actor_id));
    erasure_log_keep(c, user_id);
    return ok();
}

/* ---- by an actor ---- */

static RESULT act_disable(struct ctx *c, const struct user_row *user, const char *actor_id)
{
    return people_set_status(c, user->id, USER_DISABLED, actor_id);
}

static RESULT act_enable(struct ctx *c, const struct user_row *user, const char *actor_id)
{
    return people_set_status(c, user->id, USER_ACTIVE, actor_id);
}

static RESULT act_erase(struct ctx *c, const struct user_row *user, const char *actor_id)
{
    return erase(c, user->id, actor_id);
}

static RESULT act_end_sessions(struct ctx *c, const struct user_row *user, const char *actor_id)
{
    int64_t ended = 0;
    return people_end_sessions(c, user->id, actor_id, &ended);
}

static RESULT act_reset_factor(struct ctx *c, const struct user_row *user, const char *actor_id)
{
    return mfa_remove(c, user->id, actor_id);
}

static RESULT act_unlock_factor(struct ctx *c, const struct user_row *user, const char *actor_id)
{
    return mfa_unlock(c, user->id, actor_id);
}

static const struct act {
    enum authority_reach reach;
    RESULT (*make)(struct ctx *c, const struct user_row *user, const char *actor_id);
    RESULT (*check_mail)(struct ctx *c, const struct user_row *user); /* NULL: it sends none */
} acts[] = {
    [PEOPLE_DISABLE] = { AUTHORITY_ACCOUNT, act_disable, NULL },
    [PEOPLE_ENABLE] = { AUTHORITY_ACCOUNT, act_enable, NULL },
    [PEOPLE_ERASE] = { AUTHORITY_ACCOUNT, act_erase, NULL },
    [PEOPLE_END_SESSIONS] = { AUTHORITY_ACCOUNT, act_end_sessions, NULL },
    [PEOPLE_RESET_FACTOR] = { AUTHORITY_TAKEOVER, act_reset_factor, NULL },
    [PEOPLE_UNLOCK_FACTOR] = { AUTHORITY_TAKEOVER, act_unlock_factor, NULL },
    [PEOPLE_SEND_RESET] = { AUTHORITY_ACCOUNT, send_link, check_link },
};

struct acting {
    const struct actor *actor;
    const char *user_id;
    enum people_act act;
    const char *to;
};

static RESULT check_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct acting *acting = arg;
    const struct act *act = &acts[acting->act];
    const struct user_row *user = NULL;
    TRY(authority_over(c, acting->actor, acting->user_id, act->reach, &user));
    acting->to = user->email;
    return act->check_mail(c, user);
}

static RESULT act_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct acting *acting = arg;
    const struct user_row *user = NULL;
    TRY(authority_over(c, acting->actor, acting->user_id, acts[acting->act].reach, &user));
    return acts[acting->act].make(c, user, acting->actor->user_id);
}

RESULT people_act(struct ctx *c, const struct actor *actor, const char *user_id,
                  enum people_act act)
{
    struct acting acting = { actor, user_id, act, NULL };
    const struct authority_mail mail = { check_in, act_in, &acting, &acting.to };
    TRY(acts[act].check_mail != NULL ? authority_mail(c, actor, &mail)
                                     : authority_act(c, actor, act_in, &acting));
    if (act == PEOPLE_ERASE)
        erasure_log_keep(c, user_id);
    return ok();
}

/* ---- the name ---- */

RESULT people_rename(struct ctx *c, const struct user_row *user, const char *full_name,
                     const char *actor_id)
{
    bool found = false;
    TRY(full_name_check(c, full_name));
    TRY(user_set_profile(c, user->id, &(struct user_profile){ .full_name = full_name }, &found));
    if (!found)
        return fail(c, NOT_FOUND, "there is no user %s", user->id);
    return audit_add(c, &(struct audit){ .event = AUDIT_USER_UPDATED,
                                         .user_id = user->id,
                                         .actor_id = actor_id,
                                         .details = { { "field", "full_name" } },
                                         .personal = { { "before", user->full_name },
                                                       { "after", full_name } } });
}
