/* SPDX-License-Identifier: Apache-2.0 */
#include "db/kv.h"
#include "identity/audit.h"
#include "identity/link.h"
#include "identity/sign_in.h"
#include "identity/throttle.h"
#include "store/credentials.h"
#include "store/one_time_tokens.h"

enum { HOUR = 3600, NOTICES_PER_HOUR = 5 };

enum outcome { SIGN_IN_DONE, SIGN_IN_REFUSED, SIGN_IN_MFA_REQUIRED, SIGN_IN_NO_MEMBER };

struct conclusion {
    struct sign_in *s;
    enum outcome outcome;
    const char *why; /* of a refusal: for the log */
    bool wrote;      /* a letter about a new sign-in */
    struct login_done done;
};

static const char *user_id_of(const struct sign_in *s)
{
    return s->row == NULL ? NULL : s->row->user.id;
}

static RESULT refuse(struct ctx *c, struct conclusion *k, const char *why)
{
    struct audit audit = {
        .event = AUDIT_LOGIN_FAILED,
        .refused = true,
        .user_id = user_id_of(k->s),
        .identifier = k->s->row == NULL ? k->s->who : NULL,
        .details = { { "why", why }, { "provider", k->s->provider } },
    };
    k->outcome = SIGN_IN_REFUSED;
    k->why = why;
    return audit_add(c, &audit);
}

/* Decision 15: whoever has the right password gets the link again: of the registration whose
 * password it is, or, where it is the account's, which somebody else may have made, one to choose
 * another. */
static RESULT resend_link(struct ctx *c, const struct sign_in *s)
{
    const struct user_row *user = &s->row->user;
    return s->row->password_hash == NULL ? link_send_registration(c, user, s->row->registration_id)
                                         : link_send_password(c, user);
}

/*
 * The user once more, in this transaction: a password change, a lock-out or an enrolment since the
 * password was read makes what was proven worth nothing.  NULL if so.
 */
static RESULT find_unchanged(struct ctx *c, const struct sign_in *s, const struct user_row **out)
{
    const struct user_row *user = NULL;
    TRY(user_find(c, s->row->user.id, &user));
    bool same = user != NULL && user->status == USER_ACTIVE && user->epoch == s->row->user.epoch &&
                user->totp == s->row->user.totp && text_equal(user->email, s->row->user.email);
    *out = same ? user : NULL;
    return ok();
}

static RESULT require_mfa(struct ctx *c, struct conclusion *k)
{
    struct audit audit = { .event = AUDIT_LOGIN_MFA_REQUIRED, .user_id = user_id_of(k->s) };
    static const char *const methods[] = { "totp", "recovery_code" };
    k->outcome = SIGN_IN_MFA_REQUIRED;
    k->done.methods = (struct texts){ arena_copy(c->arena, methods, sizeof methods), 2 };
    TRY(mfa_handle_add(c, k->s, &k->done.mfa_token));
    return audit_add(c, &audit);
}

/* The second factor, where there is one.  mfa_code_use writes the event of a wrong code. */
static RESULT show_factor(struct ctx *c, struct conclusion *k, const struct user_row *user,
                          enum mfa_method *method)
{
    enum one_time_outcome how = ONE_TIME_DONE;
    struct one_time_row used;
    TRY(mfa_code_use(c, user, &k->s->code, method));
    if (*method == MFA_NONE) {
        k->outcome = SIGN_IN_REFUSED;
        k->why = "code";
        return ok();
    }
    if (k->s->handle != NULL)
        TRY(one_time_use(c, ONE_TIME_MFA, k->s->handle, &how, &used));
    if (how == ONE_TIME_DONE)
        return ok();
    *method = MFA_NONE;
    return refuse(c, k, "handle");
}

static RESULT finish(struct ctx *c, struct conclusion *k, const struct user_row *user,
                     enum mfa_method method)
{
    struct sign_in_finish f = { .s = k->s, .user = user, .method = method, .out = &k->done };
    TRY(sign_in_let_in(c, &f));
    k->wrote = f.wrote;
    if (f.member)
        return ok();
    TRY(refuse(c, k, "tenant"));
    k->outcome = SIGN_IN_NO_MEMBER;
    return ok();
}

static RESULT conclude(struct ctx *c, struct db *tx, void *arg)
{
    struct conclusion *k = arg;
    const struct user_row *user = NULL;
    enum mfa_method method = MFA_NONE;
    (void)tx;
    *k = (struct conclusion){ .s = k->s };
    if (k->s->resend)
        TRY(resend_link(c, k->s));
    if (k->s->why != NULL && k->s->has_code)
        TRY(mfa_code_pretend(c, &k->s->code));
    if (k->s->why != NULL)
        return refuse(c, k, k->s->why);
    TRY(find_unchanged(c, k->s, &user));
    if (user == NULL)
        return refuse(c, k, "changed");
    if (k->s->rehash != NULL)
        TRY(password_rehash(c, user->id, k->s->checked, k->s->rehash));
    if (user->totp && !k->s->has_code)
        return require_mfa(c, k);
    if (user->totp) {
        TRY(show_factor(c, k, user, &method));
        if (method == MFA_NONE)
            return ok();
    }
    return finish(c, k, user, method);
}

/* The allowance of letters about new sign-ins: looked at before, taken after, so that only who gets
 * in uses it up. */
static RESULT take_notice(struct ctx *c, const struct sign_in *s, int64_t cost, bool *allowed)
{
    struct kv_rate rate = { .limit = NOTICES_PER_HOUR, .window = HOUR };
    struct kv_taken taken;
    TRY(kv_take(c, KV_KEY(c, KV_THROTTLE, "new sign-in", s->row->user.id), rate, cost, &taken));
    *allowed = cost > 0 ? taken.allowed : taken.remaining > 0;
    return ok();
}

/* What was right counts against nobody; with a second step both of its attempts were. */
static RESULT succeed(struct ctx *c, const struct conclusion *k, struct login_done *out)
{
    bool taken = false;
    if (k->s->provider == NULL) /* else there was no first attempt at a password */
        throttle_give_back(c, THROTTLE_LOGIN, k->s->who, k->s->device_id);
    if (k->s->handle != NULL)
        throttle_give_back(c, THROTTLE_LOGIN, k->s->who, k->s->device_id);
    /* Committed already: an allowance that cannot be counted now is no reason to fail. */
    if (k->wrote && take_notice(c, k->s, 1, &taken).code != ERR_OK)
        fault_clear(c);
    *out = k->done;
    return ok();
}

/* The rule is for the administrator alone: whoever signs in is told the same by all of them. */
static err sign_in_refused(struct ctx *c, const char *why, err failed)
{
    static const struct {
        const char *why;
        enum rule rule;
    } rules[] = {
        { "unknown", RULE_ACCOUNT_UNKNOWN },
        { "status", RULE_ACCOUNT_DISABLED },
        { "no password", RULE_ACCOUNT_NO_PASSWORD },
        { "password", RULE_PASSWORD },
        { "unverified", RULE_ACCOUNT_UNVERIFIED },
        { "code", RULE_FACTOR_CODE },
        { "handle", RULE_SIGN_IN_OVER },
        { "changed", RULE_SIGN_IN_OVER },
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (text_equal(rules[i].why, why))
            return fault_because(c, rules[i].rule, NULL, NULL, failed);
    return failed;
}

RESULT sign_in_conclude(struct ctx *c, struct sign_in *s, struct login_done *out)
{
    struct conclusion k = { .s = s };
    if (s->why == NULL)
        TRY(take_notice(c, s, 0, &s->may_write));
    TRY(db_atomically(c, conclude, &k));
    switch (k.outcome) {
    case SIGN_IN_DONE:
        return succeed(c, &k, out);
    case SIGN_IN_REFUSED:
        return sign_in_refused(c, k.why,
                               fail(c, INVALID_CREDENTIALS, "sign-in refused: %s", k.why));
    case SIGN_IN_MFA_REQUIRED:
        *out = (struct login_done){ .mfa_token = k.done.mfa_token, .methods = k.done.methods };
        return because(
            c, FACTOR_DUE, NULL, NULL,
            fail(c, MFA_REQUIRED, "user %s has to show a second factor", s->row->user.id));
    case SIGN_IN_NO_MEMBER:
        return because(
            c, TENANT, "a tenant of the user", s->tenant_id,
            fail(c, FORBIDDEN, "user %s is no member of tenant %s", s->row->user.id, s->tenant_id));
    }
    must(false); /* there is no other outcome */
    return ok();
}
