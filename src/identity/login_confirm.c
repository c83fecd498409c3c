/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/password.h"
#include "identity/audit.h"
#include "identity/sign_in.h"
#include "identity/throttle.h"
#include "store/credentials.h"

#include <string.h>

/* Somebody signed in who proves again who they are. */
struct proof {
    const struct user_row *user;
    const char *user_id, *sid;
    const char *stored, *rehash;
    bool matches, has_code;
    struct mfa_code code;
    bool done;    /* all of it was right */
    bool is_over; /* the session has ended meanwhile */
};

/* Takes an attempt and checks the password: one hash, also where there is none. */
static RESULT check_password(struct ctx *c, struct proof *p, const char *password)
{
    struct password_row row;
    TRY(throttle_take(c, THROTTLE_CONFIRM, p->user_id, NULL));
    TRY(user_find(c, p->user_id, &p->user));
    TRY(password_find(c, p->user_id, &row));
    p->stored = row.hash == NULL ? password_dummy(c, NULL) : row.hash;
    err done = password_verify(c, p->stored, password, &p->matches, &p->rehash);
    if (done.code == ERR_UNAVAILABLE) /* nothing was looked at */
        throttle_give_back(c, THROTTLE_CONFIRM, p->user_id, NULL);
    TRY(done);
    p->matches &= p->user != NULL && p->user->status == USER_ACTIVE && row.hash != NULL;
    return ok();
}

static RESULT tell(struct ctx *c, const struct proof *p, const char *why)
{
    struct audit audit = { .event = AUDIT_SESSION_CONFIRMED,
                           .refused = why != NULL,
                           .user_id = p->user_id,
                           .session_id = p->sid,
                           .details = { { "why", why } } };
    return audit_add(c, &audit);
}

/* ---- the password alone ---- */

RESULT login_check_password(struct ctx *c, const char *user_id, const char *password,
                            int64_t *epoch)
{
    struct proof p = { .user_id = user_id };
    TRY(check_password(c, &p, password));
    if (!p.matches) {
        TRY(tell(c, &p, "password"));
        return because(c, PASSWORD, NULL, NULL,
                       fail(c, INVALID_CREDENTIALS, "wrong present password of user %s", user_id));
    }
    throttle_give_back(c, THROTTLE_CONFIRM, user_id, NULL);
    *epoch = p.user->epoch;
    return p.rehash == NULL ? ok() : password_rehash(c, user_id, p.stored, p.rehash);
}

/* ---- all factors ---- */

static RESULT confirm(struct ctx *c, struct db *tx, void *arg)
{
    struct proof *p = arg;
    const struct user_row *user = NULL;
    enum mfa_method method = MFA_NONE;
    bool confirmed = false;
    (void)tx;
    p->done = p->is_over = false;
    if (!p->matches)
        return tell(c, p, "password");
    TRY(user_find(c, p->user_id, &user));
    if (user == NULL || user->epoch != p->user->epoch || (user->totp && !p->has_code))
        return tell(c, p, "changed");
    if (user->totp) {
        TRY(mfa_code_use(c, user, &p->code, &method));
        if (method == MFA_NONE)
            return ok();
    }
    TRY(session_confirm(c, p->sid, sign_in_amr(c->arena, "pwd", method), sign_in_acr(method),
                        &confirmed));
    p->done = confirmed;
    p->is_over = !confirmed;
    if (p->rehash != NULL)
        TRY(password_rehash(c, p->user_id, p->stored, p->rehash));
    return confirmed ? tell(c, p, NULL) : tell(c, p, "session");
}

/* MF-14: whether a code is missing is said before the password is looked at. */
static RESULT demand_code(struct ctx *c, const struct confirmation *confirmation)
{
    const struct user_row *user = NULL;
    if (confirmation->mfa_code != NULL &&
        strnlen(confirmation->mfa_code, MFA_CODE_MAX + 1) > MFA_CODE_MAX)
        return fail_field(c, INVALID_FIELD, "mfa_code", "The code is too long.");
    TRY(user_find(c, confirmation->user_id, &user));
    if (user != NULL && user->totp && confirmation->mfa_code == NULL)
        return because(c, FACTOR_DUE, NULL, NULL,
                       fail(c, MFA_REQUIRED, "user %s has to show a second factor", user->id));
    return ok();
}

RESULT login_confirm(struct ctx *c, const struct confirmation *confirmation)
{
    struct proof p = { .user_id = confirmation->user_id,
                       .sid = confirmation->sid,
                       .has_code = confirmation->mfa_code != NULL };
    TRY(demand_code(c, confirmation));
    TRY(check_password(c, &p, confirmation->password));
    if (p.has_code)
        TRY(mfa_code_prepare(c, p.user_id, confirmation->mfa_code, &p.code));
    TRY(db_atomically(c, confirm, &p));
    if (p.is_over)
        return fail(c, INVALID_SESSION, "session %s is over", p.sid);
    if (!p.done)
        return because(
            c, FACTOR_CODE, NULL, NULL,
            fail(c, INVALID_CREDENTIALS, "user %s did not prove who they are", p.user_id));
    throttle_give_back(c, THROTTLE_CONFIRM, p.user_id, NULL);
    return ok();
}

/* ---- signing out ---- */

struct leaving {
    const char *user_id, *sid;
    bool all;
};

static RESULT leave(struct ctx *c, struct db *tx, void *arg)
{
    const struct leaving *l = arg;
    bool ended = false;
    int64_t count = 0;
    (void)tx;
    if (l->all)
        TRY(sessions_end(c, l->user_id, NULL, &count));
    else
        TRY(session_end(c, l->user_id, l->sid, &ended));
    if (count == 0 && !ended)
        return ok();
    struct audit audit = { .event = l->all ? AUDIT_LOGOUT_ALL : AUDIT_LOGOUT,
                           .user_id = l->user_id,
                           .session_id = l->sid };
    return audit_add(c, &audit);
}

RESULT logout(struct ctx *c, const char *user_id, const char *sid, bool all)
{
    return db_atomically(c, leave, &(struct leaving){ .user_id = user_id, .sid = sid, .all = all });
}
