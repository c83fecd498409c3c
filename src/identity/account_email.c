/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"
#include "identity/account.h"
#include "identity/audit.h"
#include "identity/email.h"
#include "identity/link.h"
#include "identity/login.h"
#include "identity/throttle.h"

struct changing {
    const char *user_id;
    struct email to;
    int64_t epoch; /* of the user when they showed the password */
};

/* `owner`: the user themselves, who has not proven the address of the account; or NULL. */
static RESULT send_link(struct ctx *c, const struct changing *change, const struct user_row *owner)
{
    if (owner != NULL && owner->email_verified_at == 0)
        return link_send_password(c, owner);
    /* To an address that is not theirs yet goes no name of theirs. */
    return link_send(c, &(struct link){ .kind = ONE_TIME_CHANGE_EMAIL,
                                        .letter = LETTER_CHANGE_EMAIL,
                                        .user_id = change->user_id,
                                        .payload = change->to.entered,
                                        .to = change->to.entered,
                                        .ttl = c->config->verify_email_hours * 3600 });
}

static RESULT tell_owner(struct ctx *c, const struct user_row *owner)
{
    return letter_post(c, &(struct letter){ .kind = LETTER_ALREADY_HERE,
                                            .user_id = owner->id,
                                            .to = owner->email_entered });
}

static RESULT change_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct changing *change = arg;
    const struct user_row *user = NULL;
    const struct user_row *owner = NULL;
    TRY(account_find(c, change->user_id, &user));
    if (user->status != USER_ACTIVE)
        return fail(c, NOT_FOUND, "the user is gone or disabled");
    if (user->epoch != change->epoch)
        return fail(c, INVALID_CREDENTIALS, "another password of user %s was set meanwhile",
                    user->id);
    TRY(user_find_email(c, change->to.canonical, &owner));
    bool taken = owner != NULL && !text_equal(owner->id, change->user_id);
    TRY(taken ? tell_owner(c, owner) : send_link(c, change, owner));
    return audit_add(c, &(struct audit){ .event = AUDIT_EMAIL_CHANGE_ASKED,
                                         .refused = taken,
                                         .user_id = change->user_id,
                                         .personal = { { "new", change->to.entered } } });
}

RESULT account_change_email(struct ctx *c, const struct account_email *change)
{
    struct changing changing = { .user_id = change->user_id };
    TRY(email_read(c, "email", change->email, &changing.to));
    TRY(login_check_password(c, change->user_id, change->password, &changing.epoch));
    /* Neither can one person flood many addresses, nor many people one. */
    TRY(throttle_take(c, THROTTLE_MAIL, change->user_id, NULL));
    TRY(throttle_take(c, THROTTLE_MAIL, changing.to.canonical, NULL));
    return db_atomically(c, change_in, &changing);
}
