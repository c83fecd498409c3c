/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/password.h"
#include "identity/account.h"
#include "identity/audit.h"
#include "identity/email.h"
#include "identity/full_name.h"
#include "identity/invitation.h"
#include "identity/last_admin.h"
#include "identity/link.h"
#include "identity/password_policy.h"
#include "identity/tenancy.h"
#include "identity/tenant_settings.h"
#include "identity/throttle.h"
#include "store/registrations.h"
#include "store/roles.h"
#include "store/tenants.h"

enum registration_mode { MODE_OPEN, MODE_INVITE, MODE_CLOSED };

struct registering {
    const struct account_registration *in;
    struct email email;
    const char *password_hash;
    const char *token;     /* of the link */
    const char *link_hash; /* of that */
    int64_t ttl;           /* of the link */
    enum registration_outcome how;
    const char *user_id;                  /* whose the address is */
    const struct tenant_row *tenant;      /* where they will be at home */
    const struct invitation_row *joining; /* into a tenant; or NULL */
    bool verified;                        /* by an invitation, which came to the address */
};

/* ---- in the transaction ---- */

/* AT-12: an invitation is good once, in time, and for the address that it was sent to. */
static RESULT use_invitation(struct ctx *c, struct registering *r)
{
    if (r->in->invitation == NULL)
        return ok();
    enum one_time_outcome how = ONE_TIME_UNKNOWN;
    struct one_time_row row = { 0 };
    const char *hash = token_hash(c->arena, r->in->invitation);
    TRY(one_time_use(c, ONE_TIME_INVITATION, hash, &how, &row));
    if (how != ONE_TIME_DONE)
        return because(c, LINK, NULL, NULL,
                       fail(c, INVALID_TOKEN_LINK, "the invitation is unknown, expired or used"));
    return invitation_check(c, row.payload, r->email.canonical, &r->joining);
}

/* Who wants into a tenant by their address is nobody there before they have proven it: anybody can
 * write any address. */
static bool is_unproven(const struct registering *r)
{
    return r->in->invitation == NULL && !text_equal(r->tenant->id, TENANT_DEFAULT_ID);
}

/* Who is invited joins by the invitation. */
static bool joins_later(const struct registering *r)
{
    return r->in->invitation != NULL || is_unproven(r);
}

static RESULT add_registration(struct ctx *c, struct registering *r)
{
    const struct registration_new new = {
        .email = r->email.canonical,
        .email_entered = r->email.entered,
        .full_name = r->in->full_name,
        .password_hash = r->password_hash,
        .link_hash = r->link_hash,
        .expires_at = c->now + r->ttl,
        .tenant_id = joins_later(r) ? NULL : r->tenant->id,
        .joining = r->in->invitation == NULL ? r->tenant->id : NULL,
        .usable = !c->config->require_verified_email,
    };
    TRY(registration_add(c, &new, &r->how, &r->user_id));
    if (r->how != REGISTRATION_NEW || joins_later(r))
        return ok();
    enum role_outcome given = ROLE_UNKNOWN;
    TRY(role_give(c, r->tenant->id, r->user_id, ROLE_USER, &given));
    if (given != ROLE_GIVEN)
        return fail(c, INTERNAL, "the role of users cannot be given");
    return ok();
}

/* Mail to an address that has an account goes to the address that its owner wrote, not to the
 * spelling of today (AT-05). */
static RESULT tell_owner(struct ctx *c, const struct user_row *owner)
{
    TRY(letter_post(c, &(struct letter){ .kind = LETTER_ALREADY_HERE,
                                         .user_id = owner->id,
                                         .to = owner->email_entered }));
    return audit_add(c, &(struct audit){ .event = AUDIT_USER_REGISTERED_AGAIN,
                                         .refused = true,
                                         .user_id = owner->id,
                                         .tenant_id = TENANT_DEFAULT_ID });
}

static RESULT verify_at_once(struct ctx *c, struct registering *r)
{
    enum verify_outcome how = VERIFY_UNKNOWN;
    struct verified done;
    TRY(registration_verify(c, r->link_hash, &how, &done));
    if (how != VERIFY_DONE)
        return fail(c, INTERNAL, "a registration cannot be verified right after it was made");
    r->verified = true;
    return account_tell_verified(c, &done, "invitation");
}

/* By an invitation: it is where they are at home, unless they have a home already. */
static RESULT join(struct ctx *c, struct registering *r)
{
    TRY(verify_at_once(c, r));
    TRY(invitation_join(c, r->joining, r->user_id));
    return registration_settle(c, r->user_id, r->joining->tenant_id);
}

static RESULT send_link(struct ctx *c, const struct registering *r)
{
    return letter_post(c, &(struct letter){ .kind = LETTER_VERIFY_EMAIL,
                                            .user_id = r->user_id,
                                            .to = r->email.entered,
                                            .token = r->token,
                                            .ttl = r->ttl });
}

static RESULT register_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct registering *r = arg;
    r->verified = false;
    r->joining = NULL;
    TRY(use_invitation(c, r));
    TRY(add_registration(c, r));
    const struct user_row *user = NULL;
    TRY(user_find(c, r->user_id, &user));
    must(user != NULL);
    if (r->how == REGISTRATION_TAKEN && r->joining != NULL)
        return fail_say(c, CONFLICT,
                        "This address has an account: join with it, by the same invitation.",
                        "an invitation to register for user %s", r->user_id);
    if (r->how == REGISTRATION_TAKEN)
        return tell_owner(c, user);
    TRY(audit_add(c,
                  &(struct audit){ .event = AUDIT_USER_REGISTERED,
                                   .user_id = r->user_id,
                                   /* TN-09: a tenant's own audit does not tell who is new. */
                                   .tenant_id = is_unproven(r) ? TENANT_DEFAULT_ID : r->tenant->id,
                                   .personal = { { "email", r->email.entered } } }));
    if (r->in->invitation == NULL)
        return send_link(c, r);
    return join(c, r);
}

/* ---- before and after ---- */

bool account_anybody_may_register(const struct config *config)
{
    return config->registration == MODE_OPEN;
}

static RESULT closed(struct ctx *c, const char *expected, const char *got)
{
    return because(c, REGISTRATION, expected, got,
                   fail(c, REGISTRATION_CLOSED, "nobody registers like this"));
}

/* What the service allows. */
static RESULT check_service(struct ctx *c, const struct account_registration *in)
{
    if (c->config->registration == MODE_CLOSED)
        return closed(c, NULL, "closed");
    if (c->config->registration == MODE_INVITE && in->invitation == NULL)
        return because(c, REGISTRATION, "an invitation", NULL,
                       fail_say(c, REGISTRATION_CLOSED, "An invitation is needed.",
                                "registration without an invitation"));
    return ok();
}

/* The one that an invitation is for, the one that was named, or the default one. */
static RESULT find_tenant(struct ctx *c, struct registering *r)
{
    bool named = r->in->invitation == NULL && r->in->tenant_id != NULL;
    if (r->in->invitation != NULL)
        TRY(invitation_look(c, r->in->invitation, &r->tenant));
    if (r->tenant == NULL)
        TRY(tenant_find(c, named ? r->in->tenant_id : TENANT_DEFAULT_ID, &r->tenant));
    /* Whether there is such a tenant is told no more than that it takes nobody. */
    return r->tenant != NULL && (!named || r->tenant->status == TENANT_ACTIVE)
               ? ok()
               : closed(c, "a tenant", NULL);
}

/* What the tenant allows: nobody, who is invited, or who has an address of its domains, too.  The
 * default one is where people register, if it says nothing. */
static RESULT check_tenant(struct ctx *c, const struct registering *r)
{
    struct tenant_settings settings;
    TRY(tenant_settings_read(c, r->tenant->settings, &settings));
    const char *how = settings.registration;
    if (text_equal(how, TENANT_REGISTRATION_CLOSED))
        return closed(c, NULL, how);
    if (r->in->invitation != NULL || (how == NULL && text_equal(r->tenant->id, TENANT_DEFAULT_ID)))
        return ok();
    if (!text_equal(how, TENANT_REGISTRATION_DOMAINS))
        return closed(c, "an invitation", NULL);
    /* The link in the mail is what proves that the address is theirs. */
    if (!c->config->require_verified_email)
        return closed(c, "require_verified_email", "off");
    return tenant_has_domain(r->tenant, r->email.canonical)
               ? ok()
               : closed(c, "an address of the tenant's domains", NULL);
}

static RESULT check_fields(struct ctx *c, struct registering *r)
{
    TRY(email_read(c, "email", r->in->email, &r->email));
    TRY(full_name_check(c, r->in->full_name));
    TRY(find_tenant(c, r));
    TRY(check_tenant(c, r));
    const struct password_owner owner = { r->email.canonical, r->in->full_name, r->tenant->id };
    return password_policy_check(c, "password", r->in->password, owner);
}

RESULT account_register(struct ctx *c, const struct account_registration *registration,
                        struct account_registered *out)
{
    struct registering r = { .in = registration, .ttl = c->config->verify_email_hours * 3600 };
    TRY(check_service(c, registration));
    TRY(check_fields(c, &r));
    TRY(throttle_take(c, THROTTLE_MAIL, r.email.canonical, NULL));
    TRY(password_hash(c, registration->password, &r.password_hash));
    r.token = random_token(c);
    r.link_hash = token_hash(c->arena, r.token);
    const char *stand_in = random_uuid(c);
    TRY(db_atomically(c, register_in, &r));
    /* EN-10: the id of somebody who was there before would tell that they were. */
    bool own = r.how == REGISTRATION_NEW || r.verified;
    *out = (struct account_registered){ .id = own ? r.user_id : stand_in,
                                        .email = r.email.canonical,
                                        .full_name = registration->full_name,
                                        .created_at = c->now,
                                        .verified = r.verified };
    return ok();
}
