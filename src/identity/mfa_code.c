/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/mfa_code.h"

#include "base/config.h"
#include "crypto/totp.h"
#include "identity/audit.h"
#include "identity/letter.h"
#include "identity/recovery_codes.h"
#include "identity/totp_secret.h"
#include "store/factors.h"

#include <string.h>

static bool is_totp(const char *code)
{
    return strlen(code) == TOTP_DIGITS && strspn(code, "0123456789") == TOTP_DIGITS;
}

RESULT mfa_code_prepare(struct ctx *c, const char *user_id, const char *code, struct mfa_code *out)
{
    struct mfa_code read = { .form = MFA_FORM_NEITHER };
    const char *plain = NULL;
    if (is_totp(code)) {
        read.form = MFA_FORM_TOTP;
        read.digits = code;
    } else if (recovery_code_read(c->arena, code, &plain)) {
        read.form = MFA_FORM_RECOVERY;
        TRY(recovery_code_hash(c, user_id, plain, &read.hash));
    }
    *out = read;
    return ok();
}

static RESULT use_totp(struct ctx *c, const struct user_row *user, const char *digits,
                       bool *accepted)
{
    const struct totp_row *row = NULL;
    struct bytes secret;
    int64_t step = 0;
    TRY(totp_find(c, user->id, &row));
    if (row == NULL)
        return ok();
    TRY(totp_secret_open(c, user->id, row->sealed_secret, &secret));
    if (!totp_accepts(c, secret, digits, row->last_step, &step))
        return ok();
    return totp_use(c, user->id, step, accepted);
}

static RESULT tell_recovery(struct ctx *c, const struct user_row *user, int64_t left)
{
    const char *count = text_printf(c->arena, "%lld", (long long)left);
    struct audit used = { .event = AUDIT_RECOVERY_CODE_USED,
                          .user_id = user->id,
                          .details = { { "left", count } } };
    struct letter letter = {
        .kind = LETTER_MFA_CHANGED,
        .user_id = user->id,
        .to = user->email_entered,
        .full_name = user->full_name,
        .news = PHRASE_code_used,
        .count = left,
    };
    TRY(audit_add(c, &used));
    return letter_post(c, &letter);
}

/* What the code is, having counted the attempt. */
static RESULT evaluate(struct ctx *c, const struct user_row *user, const struct mfa_code *code,
                       enum mfa_method *method)
{
    bool accepted = false;
    int64_t left = 0;
    *method = MFA_NONE;
    switch (code->form) {
    case MFA_FORM_NEITHER:
        return ok();
    case MFA_FORM_TOTP:
        TRY(use_totp(c, user, code->digits, &accepted));
        *method = accepted ? MFA_TOTP : MFA_NONE;
        return ok();
    case MFA_FORM_RECOVERY:
        TRY(recovery_code_use(c, user->id, code->hash, &accepted, &left));
        *method = accepted ? MFA_RECOVERY_CODE : MFA_NONE;
        return accepted ? tell_recovery(c, user, left) : ok();
    }
    must(false); /* there is no other form */
    return ok();
}

/* The wrong code that uses up the last attempt locks the factor, and its owner is told, once. */
static RESULT tell_if_locked(struct ctx *c, const struct user_row *user)
{
    int64_t failures = 0;
    TRY(factor_failures(c, user->id, &failures));
    if (failures < c->config->mfa_lock_failures)
        return ok();
    struct audit locked = { .event = AUDIT_MFA_LOCKED, .refused = true, .user_id = user->id };
    struct letter letter = { .kind = LETTER_MFA_LOCKED,
                             .user_id = user->id,
                             .to = user->email_entered,
                             .full_name = user->full_name };
    TRY(audit_add(c, &locked));
    return letter_post(c, &letter);
}

RESULT mfa_code_use(struct ctx *c, const struct user_row *user, const struct mfa_code *code,
                    enum mfa_method *method)
{
    bool allowed = false;
    enum mfa_method found = MFA_NONE;
    TRY(factor_try(c, user->id, c->config->mfa_lock_failures, &allowed));
    if (allowed)
        TRY(evaluate(c, user, code, &found));
    *method = found;
    if (found != MFA_NONE)
        return ok();
    struct audit failed = { .event = AUDIT_MFA_FAILED,
                            .refused = true,
                            .user_id = user->id,
                            .details = { { "why", allowed ? "wrong" : "locked" } } };
    TRY(audit_add(c, &failed));
    return allowed ? tell_if_locked(c, user) : ok();
}

static const char nobody[] = "";

RESULT mfa_code_pretend(struct ctx *c, const struct mfa_code *code)
{
    const struct totp_row *row = NULL;
    uint8_t none[TOTP_SECRET_BYTES] = { 0 };
    bool found = false;
    int64_t number = 0;
    TRY(factor_try(c, nobody, c->config->mfa_lock_failures, &found));
    if (code->form == MFA_FORM_TOTP) {
        TRY(totp_find(c, nobody, &row));
        (void)totp_accepts(c, (struct bytes){ none, sizeof none }, code->digits, 0, &number);
    } else if (code->form == MFA_FORM_RECOVERY) {
        TRY(recovery_code_use(c, nobody, code->hash, &found, &number));
    }
    return factor_failures(c, nobody, &number);
}

struct use {
    const struct user_row *user;
    const struct mfa_code *code;
    enum mfa_method *method;
};

static RESULT use_in_transaction(struct ctx *c, struct db *tx, void *arg)
{
    struct use *use = arg;
    (void)tx;
    return mfa_code_use(c, use->user, use->code, use->method);
}

RESULT mfa_use(struct ctx *c, const char *user_id, const char *code, enum mfa_method *method)
{
    const struct user_row *user = NULL;
    struct mfa_code prepared;
    TRY(user_find(c, user_id, &user));
    if (user == NULL || user->status != USER_ACTIVE)
        return fail(c, NOT_FOUND, "no active user %s", user_id);
    TRY(mfa_code_prepare(c, user_id, code, &prepared));
    return db_atomically(c, use_in_transaction,
                         &(struct use){ .user = user, .code = &prepared, .method = method });
}
