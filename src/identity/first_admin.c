/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/first_admin.h"

#include "base/codec.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/password.h"
#include "identity/audit.h"
#include "identity/email.h"
#include "identity/full_name.h"
#include "identity/last_admin.h"
#include "identity/password_policy.h"
#include "store/roles.h"
#include "store/setup.h"
#include "store/tenants.h"

enum { CODE_BYTES = 16 };

#define SAY_REFUSED "The setup code is wrong or no longer good."

RESULT first_admin_code(struct ctx *c, const char **code)
{
    uint8_t bits[CODE_BYTES];
    bool issued = false;
    random_fill(c->random, bits, sizeof bits);
    const char *new = base64url_encode(c->arena, (struct bytes){ bits, sizeof bits });
    TRY(setup_issue(c, token_hash(c->arena, new), c->now + SETUP_CODE_SECONDS, &issued));
    *code = issued ? new : NULL;
    return ok();
}

struct making {
    const struct first_admin *admin;
    struct email email;
    const char *code_hash, *password_hash;
    bool allowed; /* there were tries left */
    enum setup_outcome how;
    const struct user_row *user;
};

static RESULT add_admin(struct ctx *c, struct making *m)
{
    const char *id = NULL;
    enum role_outcome as_user = ROLE_UNKNOWN;
    enum role_outcome as_admin = ROLE_UNKNOWN;
    TRY(user_add(c,
                 &(struct user_new){ .email = m->email.canonical,
                                     .email_entered = m->email.entered,
                                     .full_name = m->admin->full_name,
                                     .password_hash = m->password_hash,
                                     .verified = true,
                                     .tenant_id = TENANT_DEFAULT_ID },
                 &id));
    if (id == NULL)
        return fail_say(c, CONFLICT, "The e-mail address has an account already. Take another.",
                        "the address of the first administrator is taken");
    TRY(role_give(c, TENANT_DEFAULT_ID, id, ROLE_USER, &as_user));
    TRY(role_give(c, TENANT_DEFAULT_ID, id, ROLE_ADMIN, &as_admin));
    if (as_user != ROLE_GIVEN || as_admin != ROLE_GIVEN)
        return fail(c, INTERNAL, "the roles that are there from the start cannot be given");
    TRY(audit_add(c, &(struct audit){ .event = AUDIT_SETUP_COMPLETED,
                                      .user_id = id,
                                      .tenant_id = TENANT_DEFAULT_ID,
                                      .details = { { "by", "code" } },
                                      .personal = { { "email", m->email.entered } } }));
    return user_find(c, id, &m->user);
}

/* The attempt and its outcome are one step, and a refusal is committed too: so no crowd has more
 * tries than there are, nor uses up those of the one who is about to succeed. */
static RESULT make_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct making *m = arg;
    TRY(setup_try(c, &m->allowed));
    if (!m->allowed)
        return ok();
    TRY(setup_finish(c, m->code_hash, &m->how));
    return m->how == SETUP_DONE ? add_admin(c, m) : ok();
}

/* The refusals are not told apart; the audit tells the administrator.  Once setup is done nobody
 * writes events by trying. */
static RESULT refuse(struct ctx *c, const char *why)
{
    TRY(audit_add(c, &(struct audit){ .event = AUDIT_SETUP_FAILED,
                                      .refused = true,
                                      .details = { { "why", why } } }));
    return because(c, SETUP_CODE, NULL, why, fail_say(c, FORBIDDEN, SAY_REFUSED, "setup: %s", why));
}

static const char *why_not(enum setup_outcome how)
{
    switch (how) {
    case SETUP_WRONG:
        return "wrong code";
    case SETUP_EXPIRED:
        return "expired code";
    case SETUP_CLOSED:
        return "done already";
    case SETUP_DONE:
        break;
    }
    return NULL;
}

static RESULT check_fields(struct ctx *c, struct making *m)
{
    TRY(email_read(c, "email", m->admin->email, &m->email));
    TRY(full_name_check(c, m->admin->full_name));
    const struct password_owner owner = { m->email.canonical, m->admin->full_name,
                                          TENANT_DEFAULT_ID };
    return password_policy_check(c, "password", m->admin->password, owner);
}

RESULT first_admin_make(struct ctx *c, const struct first_admin *admin, const struct user_row **out)
{
    struct making m = { .admin = admin, .code_hash = token_hash(c->arena, admin->code) };
    bool open = false;
    TRY(check_fields(c, &m));
    TRY(setup_is_open(c, &open));
    if (!open)
        return because(c, SETUP_CODE, NULL, "done already",
                       fail_say(c, FORBIDDEN, SAY_REFUSED, "setup: done already"));
    TRY(password_hash(c, admin->password, &m.password_hash));
    TRY(db_atomically(c, make_in, &m));
    if (!m.allowed)
        return refuse(c, "too many tries");
    if (m.how != SETUP_DONE)
        return refuse(c, why_not(m.how));
    *out = m.user;
    return ok();
}
