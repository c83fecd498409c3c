/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/mfa.h"

#include "base/codec.h"
#include "base/config.h"
#include "crypto/totp.h"
#include "identity/audit.h"
#include "identity/letter.h"
#include "identity/recovery_codes.h"
#include "identity/totp_secret.h"
#include "store/factors.h"
#include "store/sessions.h"
#include "store/users.h"

/* A change of somebody's factor on its way into its transaction. */
struct change {
    const struct user_row *user;
    const char *actor_id; /* or NULL */
    const char *sid;      /* mfa_confirm: the session that stays */
    const char *sealed;   /* mfa_enrol */
    const char *id;       /* mfa_confirm: of the enrolment */
    int64_t step;
    const struct recovery_set *set;
};

static RESULT find_active(struct ctx *c, const char *user_id, const struct user_row **user)
{
    TRY(user_find(c, user_id, user));
    if (*user == NULL || (*user)->status != USER_ACTIVE)
        return fail(c, NOT_FOUND, "no active user %s", user_id);
    return ok();
}

static RESULT tell(struct ctx *c, const struct change *change, enum audit_event event)
{
    struct audit audit = { .event = event,
                           .user_id = change->user->id,
                           .actor_id = change->actor_id,
                           .session_id = change->sid };
    return audit_add(c, &audit);
}

/* AU-10: whoever changes a factor, its owner hears of it. */
static RESULT write_to_owner(struct ctx *c, const struct change *change, enum letter_phrase news)
{
    struct letter letter = { .kind = LETTER_MFA_CHANGED,
                             .user_id = change->user->id,
                             .to = change->user->email_entered,
                             .full_name = change->user->full_name,
                             .news = news };
    return change->user->email_entered == NULL ? ok() : letter_post(c, &letter);
}

/* ---- enrolling ---- */

static RESULT enrol(struct ctx *c, struct db *tx, void *arg)
{
    struct change *change = arg;
    const char *id = NULL;
    (void)tx;
    TRY(totp_enrol(c, change->user->id, change->sealed, &id));
    if (id == NULL)
        return fail(c, CONFLICT, "user %s has a second factor", change->user->id);
    return tell(c, change, AUDIT_MFA_ENROLMENT_BEGUN);
}

RESULT mfa_enrol(struct ctx *c, const char *user_id, struct totp_enrolment *out)
{
    struct change change = { 0 };
    struct totp_enrolment enrolment = { 0 };
    TRY(find_active(c, user_id, &change.user));
    struct bytes secret = totp_secret(c);
    enrolment.secret = base32_encode(c->arena, secret);
    enrolment.otpauth_uri =
        totp_uri(c->arena, c->config->totp_issuer, change.user->email_entered, secret);
    TRY(totp_qr_svg(c, enrolment.otpauth_uri, &enrolment.qr_svg));
    TRY(totp_secret_seal(c, user_id, secret, &change.sealed));
    TRY(db_atomically(c, enrol, &change));
    *out = enrolment;
    return ok();
}

/* Whether `code` is the first of the enrolment that has begun. */
static RESULT check_first_code(struct ctx *c, const char *code, struct change *change)
{
    const struct totp_row *row = NULL;
    struct bytes secret;
    TRY(totp_find_pending(c, change->user->id, &row));
    if (row == NULL)
        return fail(c, CONFLICT, "user %s has begun no enrolment", change->user->id);
    TRY(totp_secret_open(c, change->user->id, row->sealed_secret, &secret));
    if (!totp_accepts(c, secret, code, 0, &change->step))
        return because(
            c, FACTOR_CODE, NULL, NULL,
            fail(c, INVALID_CREDENTIALS, "wrong first code of user %s", change->user->id));
    change->id = row->id;
    return ok();
}

static RESULT confirm_enrolment(struct ctx *c, struct db *tx, void *arg)
{
    struct change *change = arg;
    bool done = false;
    int64_t ended = 0;
    (void)tx;
    TRY(totp_confirm(c, change->user->id, change->id, change->step, &done));
    if (!done)
        return fail(c, CONFLICT, "the enrolment of user %s is gone", change->user->id);
    TRY(recovery_codes_set(c, change->user->id, change->set));
    TRY(sessions_end(c, change->user->id, change->sid, &ended));
    TRY(tell(c, change, AUDIT_MFA_ENABLED));
    return write_to_owner(c, change, PHRASE_factor_added);
}

RESULT mfa_confirm(struct ctx *c, const struct mfa_confirm *confirm, struct texts *codes)
{
    struct change change = { .sid = confirm->sid };
    struct recovery_set set;
    struct texts made;
    TRY(find_active(c, confirm->user_id, &change.user));
    TRY(check_first_code(c, confirm->code, &change));
    TRY(recovery_codes_make(c, &made, &set));
    change.set = &set;
    TRY(db_atomically(c, confirm_enrolment, &change));
    *codes = made;
    return ok();
}

/* ---- changing ---- */

static RESULT remove_factor(struct ctx *c, struct db *tx, void *arg)
{
    struct change *change = arg;
    bool removed = false;
    (void)tx;
    TRY(totp_remove(c, change->user->id, &removed));
    if (!removed)
        return fail(c, NOT_FOUND, "user %s has no second factor", change->user->id);
    TRY(tell(c, change, AUDIT_MFA_DISABLED));
    return write_to_owner(c, change, PHRASE_factor_removed);
}

RESULT mfa_remove(struct ctx *c, const char *user_id, const char *actor_id)
{
    struct change change = { .actor_id = actor_id };
    TRY(user_find(c, user_id, &change.user));
    if (change.user == NULL)
        return fail(c, NOT_FOUND, "no user %s", user_id);
    return db_atomically(c, remove_factor, &change);
}

static RESULT replace_codes(struct ctx *c, struct db *tx, void *arg)
{
    struct change *change = arg;
    const struct totp_row *row = NULL;
    (void)tx;
    TRY(totp_find(c, change->user->id, &row));
    if (row == NULL)
        return fail(c, CONFLICT, "user %s has no second factor", change->user->id);
    TRY(recovery_codes_set(c, change->user->id, change->set));
    TRY(tell(c, change, AUDIT_RECOVERY_CODES_MADE));
    return write_to_owner(c, change, PHRASE_codes_made);
}

RESULT mfa_recovery_codes(struct ctx *c, const char *user_id, struct texts *codes)
{
    struct change change = { 0 };
    struct recovery_set set;
    struct texts made;
    TRY(find_active(c, user_id, &change.user));
    /* Asked here too, so that nobody without a factor costs ten hashes. */
    if (!change.user->totp)
        return fail(c, CONFLICT, "user %s has no second factor", user_id);
    TRY(recovery_codes_make(c, &made, &set));
    change.set = &set;
    TRY(db_atomically(c, replace_codes, &change));
    *codes = made;
    return ok();
}

RESULT mfa_state(struct ctx *c, const char *user_id, bool *has, int64_t *left)
{
    const struct totp_row *row = NULL;
    const char *salt = NULL;
    int64_t unused = 0;
    TRY(totp_find(c, user_id, &row));
    if (row != NULL)
        TRY(recovery_codes_find(c, user_id, &salt, &unused));
    *has = row != NULL;
    *left = unused;
    return ok();
}

static RESULT unlock(struct ctx *c, struct db *tx, void *arg)
{
    struct change *change = arg;
    (void)tx;
    TRY(factor_unlock(c, change->user->id));
    return tell(c, change, AUDIT_MFA_UNLOCKED);
}

RESULT mfa_unlock(struct ctx *c, const char *user_id, const char *actor_id)
{
    struct change change = { .actor_id = actor_id };
    TRY(user_find(c, user_id, &change.user));
    if (change.user == NULL)
        return fail(c, NOT_FOUND, "no user %s", user_id);
    return db_atomically(c, unlock, &change);
}
