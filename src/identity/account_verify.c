/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"
#include "crypto/digest.h"
#include "identity/account.h"
#include "identity/audit.h"
#include "identity/email.h"
#include "identity/link.h"
#include "identity/throttle.h"

/* ---- following the link ---- */

/* AU-10: the old address is told. */
static RESULT tell_change(struct ctx *c, const char *user_id, const char *old, const char *new)
{
    TRY(letter_post(
        c, &(struct letter){ .kind = LETTER_EMAIL_CHANGED, .user_id = user_id, .to = old }));
    return audit_add(c, &(struct audit){ .event = AUDIT_EMAIL_CHANGED,
                                         .user_id = user_id,
                                         .personal = { { "old", old }, { "new", new } } });
}

/* The link of a change of address.  The first one that is proven ends what came before (AT-04), but
 * for the password, which whoever asked for the link has shown. */
static RESULT change_address(struct ctx *c, const char *hash)
{
    enum one_time_outcome used = ONE_TIME_UNKNOWN;
    struct one_time_row row = { 0 };
    TRY(one_time_use(c, ONE_TIME_CHANGE_EMAIL, hash, &used, &row));
    const char *canonical = NULL;
    if (used != ONE_TIME_DONE || !email_canonical(c->arena, row.payload, &canonical))
        return because(c, LINK, NULL, NULL,
                       fail(c, INVALID_TOKEN_LINK, "the link is unknown, expired or used"));
    const struct user_row *before = NULL;
    TRY(user_find(c, row.user_id, &before));
    if (before == NULL || before->status != USER_ACTIVE)
        return because(c, LINK, NULL, NULL,
                       fail(c, INVALID_TOKEN_LINK, "the user of the link is gone or disabled"));
    bool first = false;
    TRY(user_prove_address(c, row.user_id, &first));
    enum email_outcome how = EMAIL_NO_USER;
    const char *old = NULL;
    TRY(user_set_email(c, row.user_id, canonical, row.payload, &how, &old));
    if (how != EMAIL_CHANGED)
        return because(c, LINK, NULL, NULL,
                       fail(c, INVALID_TOKEN_LINK, "the address has been taken meanwhile"));
    if (!text_equal(before->email, canonical))
        return tell_change(c, row.user_id, old, row.payload);
    return audit_add(c, &(struct audit){ .event = AUDIT_EMAIL_VERIFIED, .user_id = row.user_id });
}

RESULT account_tell_verified(struct ctx *c, const struct verified *done, const char *by)
{
    for (size_t i = 0; i < done->left.n; i++)
        TRY(audit_add(c, &(struct audit){ .event = AUDIT_MEMBER_REMOVED,
                                          .user_id = done->user_id,
                                          .tenant_id = done->left.at[i] }));
    return audit_add(c, &(struct audit){ .event = AUDIT_EMAIL_VERIFIED,
                                         .user_id = done->user_id,
                                         .details = { { "by", by } } });
}

static RESULT verify_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const char *const *hash = arg;
    enum verify_outcome how = VERIFY_UNKNOWN;
    struct verified done;
    TRY(registration_verify(c, *hash, &how, &done));
    switch (how) {
    case VERIFY_DONE:
        return account_tell_verified(c, &done, NULL);
    case VERIFY_UNKNOWN:
        return change_address(c, *hash);
    case VERIFY_EXPIRED:
        return because(c, LINK, NULL, NULL, fail(c, INVALID_TOKEN_LINK, "the link has expired"));
    case VERIFY_USED:
        return because(c, LINK, NULL, NULL, fail(c, INVALID_TOKEN_LINK, "the link was used"));
    }
    must(false);
    return ok();
}

RESULT account_verify_email(struct ctx *c, const char *token)
{
    const char *hash = token_hash(c->arena, token);
    return db_atomically(c, verify_in, &hash);
}

/* ---- asking for it again ---- */

static RESULT rehearse(struct ctx *c, const struct email *email)
{
    return link_rehearse(c, &(struct link){ .kind = ONE_TIME_VERIFY_EMAIL,
                                            .letter = LETTER_VERIFY_EMAIL,
                                            .to = email->entered,
                                            .ttl = c->config->verify_email_hours * 3600 });
}

/* Whoever asks has shown no password.  Where there are several, the link of one could be the link
 * of somebody who registered the address of another (AT-04), and where there is none, its
 * registration has expired or somebody else made the account: then its owner chooses one. */
static RESULT relink(struct ctx *c, const struct user_row *user)
{
    const char *registration_id = NULL;
    bool several = false;
    TRY(registration_newest(c, user->id, &registration_id, &several));
    return registration_id == NULL || several ? link_send_password(c, user)
                                              : link_send_registration(c, user, registration_id);
}

static RESULT resend_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct email *email = arg;
    const struct user_row *user = NULL;
    TRY(user_find_email(c, email->canonical, &user));
    bool waits = user != NULL && user->status == USER_ACTIVE && user->email_verified_at == 0;
    TRY(waits ? relink(c, user) : rehearse(c, email));
    return audit_add(c, &(struct audit){ .event = AUDIT_EMAIL_LINK_ASKED,
                                         .refused = !waits,
                                         .user_id = user != NULL ? user->id : NULL,
                                         .identifier = user != NULL ? NULL : email->canonical });
}

RESULT account_resend(struct ctx *c, const char *email)
{
    struct email to;
    bool allowed = false;
    TRY(email_read(c, "email", email, &to));
    TRY(throttle_may_mail(c, to.canonical, &allowed));
    return allowed ? db_atomically(c, resend_in, &to) : ok();
}
