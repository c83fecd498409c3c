/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"
#include "crypto/digest.h"
#include "crypto/password.h"
#include "identity/account.h"
#include "identity/audit.h"
#include "identity/email.h"
#include "identity/link.h"
#include "identity/login.h"
#include "identity/password_policy.h"
#include "identity/throttle.h"
#include "store/credentials.h"
#include "store/identities.h"

/* How often one may try another password after a weak one, with one link. */
enum { RESET_LOOKS = 100 };

/* ---- asking for a link ---- */

/* PR-14: nobody gets a password by this who signs in with others, or may not sign in.  Who was
 * taken over from another system without one has no other way in; and an address that waits for its
 * owner is proven by it. */
static RESULT may_reset(struct ctx *c, const struct login_row *row, bool *may)
{
    struct identity_rows rows;
    TRY(identities_of(c, row == NULL ? "" : row->user.id, &rows));
    *may = row != NULL && row->user.status == USER_ACTIVE &&
           (row->password_hash != NULL || rows.n == 0);
    return ok();
}

static RESULT rehearse(struct ctx *c, const struct email *email)
{
    return link_rehearse(c, &(struct link){ .kind = ONE_TIME_RESET_PASSWORD,
                                            .letter = LETTER_RESET_PASSWORD,
                                            .to = email->entered,
                                            .ttl = c->config->reset_password_minutes * 60 });
}

static RESULT forgot_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct email *email = arg;
    const struct login_row *row = NULL;
    bool may = false;
    TRY(login_find(c, email->canonical, &row));
    TRY(may_reset(c, row, &may));
    TRY(may ? link_send_password(c, &row->user) : rehearse(c, email));
    return audit_add(c, &(struct audit){ .event = AUDIT_PASSWORD_RESET_ASKED,
                                         .refused = !may,
                                         .user_id = row != NULL ? row->user.id : NULL,
                                         .identifier = row != NULL ? NULL : email->canonical });
}

RESULT account_forgot(struct ctx *c, const char *email)
{
    struct email to;
    bool allowed = false;
    TRY(email_read(c, "email", email, &to));
    TRY(throttle_may_mail(c, to.canonical, &allowed));
    return allowed ? db_atomically(c, forgot_in, &to) : ok();
}

RESULT account_send_reset(struct ctx *c, const struct user_row *user, const char *actor_id)
{
    TRY(link_send_password(c, user));
    return audit_add(c, &(struct audit){ .event = AUDIT_PASSWORD_RESET_ASKED,
                                         .user_id = user->id,
                                         .actor_id = actor_id });
}

static RESULT first_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const char *user_id = ((const struct user_row *)arg)->id;
    const struct user_row *user = NULL;
    struct password_row password;
    TRY(user_find(c, user_id, &user));
    TRY(password_find(c, user_id, &password));
    if (user == NULL || user->status != USER_ACTIVE || user->email_verified_at == 0)
        return fail(c, FORBIDDEN, "user %s may not choose a password", user_id);
    if (password.hash != NULL)
        return fail_say(c, CONFLICT, "You have a password: it is changed by showing it.",
                        "user %s has a password", user_id);
    return account_send_reset(c, user, NULL);
}

RESULT account_ask_first_password(struct ctx *c, const char *user_id)
{
    const struct user_row *user = NULL;
    bool allowed = false;
    TRY(account_find(c, user_id, &user));
    struct user_row asks = *user;
    TRY(throttle_may_mail(c, asks.email, &allowed));
    return allowed ? db_atomically(c, first_in, &asks) : ok();
}

/* ---- setting a new one ---- */

struct setting {
    const char *link_hash;     /* of the link; NULL: the user is signed in */
    const char *user_id, *sid; /* of the user; the session to keep */
    const char *hash;          /* of the new password */
    int64_t epoch;             /* of the user when they showed the present one */
};

/* A session that was only for this change is one of its factors now.  When they were shown stays:
 * the second one has not been shown again. */
static RESULT open_session(struct ctx *c, const char *sid)
{
    enum session_state state = SESSION_UNKNOWN;
    const struct session_row *session = NULL;
    if (sid == NULL)
        return ok();
    TRY(session_find_id(c, sid, &state, &session));
    if (session == NULL || !login_is_for_change(session->acr))
        return ok();
    return session_set_acr(c, sid,
                           texts_hold(session->amr, "mfa") ? LOGIN_ACR_MFA : LOGIN_ACR_PASSWORD);
}

/* Sets it, tells the user, and writes the event. */
static RESULT set_and_tell(struct ctx *c, const struct setting *s, const struct user_row *user)
{
    int64_t ended = 0;
    TRY(password_set(c, user->id, s->hash, false, s->sid, &ended));
    TRY(open_session(c, s->sid));
    TRY(letter_post(c, &(struct letter){ .kind = LETTER_PASSWORD_CHANGED,
                                         .user_id = user->id,
                                         .to = user->email_entered,
                                         .full_name = user->full_name }));
    const char *sessions = text_printf(c->arena, "%lld", (long long)ended);
    return audit_add(c, &(struct audit){ .event = s->link_hash != NULL ? AUDIT_PASSWORD_RESET
                                                                       : AUDIT_PASSWORD_CHANGED,
                                         .user_id = user->id,
                                         .session_id = s->sid,
                                         .details = { { "sessions_ended", sessions } } });
}

/* The link came to the address of the account, and would be dead had that changed since. */
static RESULT prove_address(struct ctx *c, const char *user_id)
{
    bool first = false;
    TRY(user_prove_address(c, user_id, &first));
    if (!first)
        return ok();
    return audit_add(c, &(struct audit){ .event = AUDIT_EMAIL_VERIFIED,
                                         .user_id = user_id,
                                         .details = { { "by", "password reset" } } });
}

static RESULT reset_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct setting *s = arg;
    enum one_time_outcome how = ONE_TIME_UNKNOWN;
    struct one_time_row row = { 0 };
    const struct user_row *user = NULL;
    TRY(one_time_use(c, ONE_TIME_RESET_PASSWORD, s->link_hash, &how, &row));
    if (how != ONE_TIME_DONE)
        return because(c, LINK, NULL, NULL,
                       fail(c, INVALID_TOKEN_LINK, "the link is unknown, expired or used"));
    TRY(user_find(c, row.user_id, &user));
    if (user == NULL || user->status != USER_ACTIVE)
        return because(c, LINK, NULL, NULL,
                       fail(c, INVALID_TOKEN_LINK, "the user of the link is gone or disabled"));
    TRY(prove_address(c, user->id));
    return set_and_tell(c, s, user);
}

/* Whose link it is, without using it. */
static RESULT look_at_link(struct ctx *c, const char *hash, const struct user_row **user)
{
    enum one_time_outcome how = ONE_TIME_UNKNOWN;
    struct one_time_row row = { 0 };
    TRY(one_time_try(c, ONE_TIME_RESET_PASSWORD, hash, RESET_LOOKS, &how, &row));
    if (how != ONE_TIME_DONE)
        return because(c, LINK, NULL, NULL,
                       fail(c, INVALID_TOKEN_LINK, "the link is unknown, expired or used"));
    return account_find(c, row.user_id, user);
}

RESULT account_reset(struct ctx *c, const char *token, const char *password)
{
    struct setting s = { .link_hash = token_hash(c->arena, token) };
    const struct user_row *user = NULL;
    TRY(look_at_link(c, s.link_hash, &user));
    const struct password_owner owner = { user->email, user->full_name, user->default_tenant_id };
    TRY(password_policy_check(c, "password", password, owner));
    TRY(password_hash(c, password, &s.hash));
    return db_atomically(c, reset_in, &s);
}

static RESULT change_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct setting *s = arg;
    const struct user_row *user = NULL;
    TRY(account_find(c, s->user_id, &user));
    if (user->status != USER_ACTIVE)
        return fail(c, NOT_FOUND, "the user is gone or disabled");
    if (user->epoch != s->epoch)
        return fail(c, INVALID_CREDENTIALS, "another password of user %s was set meanwhile",
                    user->id);
    return set_and_tell(c, s, user);
}

RESULT account_change_password(struct ctx *c, const struct account_password *change)
{
    struct setting s = { .user_id = change->user_id, .sid = change->sid };
    const struct user_row *user = NULL;
    TRY(account_find(c, change->user_id, &user));
    const struct password_owner owner = { user->email, user->full_name, user->default_tenant_id };
    TRY(password_policy_check(c, "new_password", change->new_password, owner));
    TRY(login_check_password(c, change->user_id, change->current_password, &s.epoch));
    if (ct_equal(bytes_of(change->current_password), bytes_of(change->new_password)))
        return fail_field(c, WEAK_PASSWORD, "new_password",
                          "The new password is the present one. Take another.");
    TRY(password_hash(c, change->new_password, &s.hash));
    return db_atomically(c, change_in, &s);
}
