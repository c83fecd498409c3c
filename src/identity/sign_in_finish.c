/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/audit.h"
#include "identity/device.h"
#include "identity/letter.h"
#include "identity/session.h"
#include "identity/sign_in.h"
#include "identity/tenancy.h"
#include "store/devices.h"
#include "store/tenants.h"

enum { DAY = 86400 };

struct texts sign_in_amr(struct arena *a, const char *first, enum mfa_method method)
{
    const char **at = ARENA_NEWS(a, const char *, 3);
    at[0] = first;
    at[1] = method == MFA_RECOVERY_CODE ? "rc" : "otp";
    at[2] = "mfa";
    return (struct texts){ at, method == MFA_NONE ? 1 : 3 };
}

const char *sign_in_acr(enum mfa_method method)
{
    return method == MFA_NONE ? LOGIN_ACR_PASSWORD : LOGIN_ACR_MFA;
}

/* Decision 5: the tenant asked for, or the default one while it lives, or none.  One that asks for
 * a second factor is entered with one only (TN-10). */
static RESULT choose_tenant(struct ctx *c, struct sign_in_finish *f)
{
    const char *asked = f->s->tenant_id;
    const char *tenant = asked == NULL ? f->user->default_tenant_id : asked;
    const struct tenant_row *row = NULL;
    f->member = true;
    f->out->tenant_id = NULL;
    TRY(tenant_policy(c, NULL, &f->out->policy));
    if (tenant == NULL || text_equal(asked, "none"))
        return ok();
    TRY(tenant_of_member(c, tenant, f->user->id, &row));
    bool admits = row != NULL && tenancy_admits(row, sign_in_acr(f->method), (struct texts){ 0 });
    if (row != NULL && !admits && asked != NULL)
        return because(
            c, SIGN_IN_CLASS, "a second factor", sign_in_acr(f->method),
            fail_say(c, FORBIDDEN,
                     "This tenant asks for a second factor: sign in without it, and enrol one.",
                     "user %s has shown no second factor", f->user->id));
    f->out->tenant_id = admits ? tenant : NULL;
    f->member = row != NULL || asked == NULL;
    return admits ? tenant_policy(c, row->settings, &f->out->policy) : ok();
}

/*
 * Where there is no tenant there are no permissions, so nothing of what was asked for could be
 * granted, and X-Tenant-Id would find a token that looks as if nothing had been asked for.
 */
static RESULT check_scope(struct ctx *c, const struct sign_in_finish *f)
{
    if (!f->member || f->out->tenant_id != NULL || f->s->scopes.n == 0)
        return ok();
    return because(c, SCOPE, NULL, text_join(c->arena, f->s->scopes, " "),
                   fail_say(c, INVALID_SCOPE,
                            "A sign-in without a tenant takes no scope: leave one out.",
                            "user %s asks for a scope, but for no tenant", f->user->id));
}

bool login_is_for_change(const char *acr)
{
    return text_equal(acr, LOGIN_ACR_CHANGE);
}

/* What the sign-in may until the password has been changed: nothing.  What is granted to it counts
 * from then on. */
static void withhold(struct login_done *out)
{
    out->acr = LOGIN_ACR_CHANGE;
    out->rights = (struct rights){ 0 };
    out->scopes = (struct texts){ 0 };
}

/* Who does not use the password need not know it, so cannot be asked to change it. */
static bool must_change(const struct sign_in *s)
{
    return s->row->must_change && s->provider == NULL;
}

static RESULT note_upstream(struct ctx *c, const struct sign_in *s, const char *sid)
{
    if (s->upstream == NULL)
        return ok();
    struct upstream_session row = *s->upstream;
    row.session_id = sid;
    return upstream_session_add(c, &row);
}

static RESULT begin_session(struct ctx *c, struct sign_in_finish *f)
{
    struct login_done *out = f->out;
    struct session_begun begun;
    TRY(rights_of(c, f->user->id, out->tenant_id, &out->rights));
    out->scopes = scopes_granted(c->arena, f->s->scopes, out->rights.permissions);
    out->amr = sign_in_amr(c->arena, f->s->provider == NULL ? "pwd" : "fed", f->method);
    out->acr = sign_in_acr(f->method);
    struct texts granted = out->scopes;
    if (must_change(f->s))
        withhold(out);
    struct session_begin begin = { .user_id = f->user->id,
                                   .tenant_id = out->tenant_id,
                                   .policy = out->policy,
                                   .mode = f->s->mode,
                                   .amr = out->amr,
                                   .acr = out->acr,
                                   .scopes = granted,
                                   .auth_time = f->s->auth_time,
                                   .renews = f->s->mode != SESSION_COOKIE,
                                   .epoch = f->s->row->user.epoch };
    TRY(session_begin(c, &begin, &begun));
    TRY(note_upstream(c, f->s, begun.sid));
    out->sid = begun.sid;
    out->secret = begun.secret;
    out->authorization_id = begun.authorization_id;
    out->refresh_token = begun.refresh_token;
    out->status = begun.status;
    return ok();
}

/* A known device stays known for longer; any other browser becomes one. */
static RESULT remember_device(struct ctx *c, struct sign_in_finish *f)
{
    int64_t expires_at = c->now + (int64_t)DEVICE_DAYS * DAY;
    const char *hash = NULL, *id = NULL;
    f->out->device = f->s->device;
    if (f->s->device_id != NULL)
        return device_seen(c, f->s->device_id, expires_at);
    if (f->s->mode == SESSION_TOKEN)
        return ok();
    f->out->device = device_new(c, f->s->who, &hash);
    return device_add(c, f->user->id, hash, expires_at, &id);
}

/* AU-10; the rule stands in login.h. */
static RESULT tell_owner(struct ctx *c, struct sign_in_finish *f)
{
    bool like = false;
    f->wrote = false;
    if (f->s->device_id != NULL || f->user->last_login_at == 0 || !f->s->may_write)
        return ok();
    if (f->s->mode == SESSION_TOKEN)
        TRY(session_has_like(c, f->user->id, &like));
    if (like)
        return ok();
    f->wrote = true;
    struct letter letter = { .kind = LETTER_NEW_SIGN_IN,
                             .user_id = f->user->id,
                             .to = f->user->email_entered,
                             .full_name = f->user->full_name };
    return letter_post(c, &letter);
}

static RESULT tell_audit(struct ctx *c, const struct sign_in_finish *f)
{
    struct audit audit = {
        .event = AUDIT_LOGIN_SUCCEEDED,
        .user_id = f->user->id,
        .tenant_id = f->out->tenant_id,
        .session_id = f->out->sid,
        .details = { { "amr", text_join(c->arena, f->out->amr, " ") },
                     { "device", f->s->device_id != NULL ? "known" : "new" },
                     { "provider", f->s->provider } },
    };
    return audit_add(c, &audit);
}

RESULT sign_in_let_in(struct ctx *c, struct sign_in_finish *f)
{
    TRY(choose_tenant(c, f));
    TRY(check_scope(c, f));
    if (!f->member)
        return ok();
    /* Before the session is added: it would be like itself. */
    TRY(tell_owner(c, f));
    TRY(begin_session(c, f));
    TRY(remember_device(c, f));
    TRY(user_logged_in(c, f->user->id, c->origin.locale_chosen ? c->origin.locale : NULL,
                       c->origin.locale));
    f->out->user = f->user;
    f->out->mode = f->s->mode;
    f->out->auth_time = f->s->auth_time != 0 ? f->s->auth_time : c->now;
    f->out->must_change_password = must_change(f->s);
    return tell_audit(c, f);
}
