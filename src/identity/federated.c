/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/federated.h"

#include "base/config.h"
#include "identity/audit.h"
#include "identity/email.h"
#include "identity/full_name.h"
#include "identity/last_admin.h"
#include "identity/sign_in.h"
#include "store/roles.h"
#include "store/setup.h"
#include "store/tenants.h"

enum { RECENT = 300 };

/* Whose account it is, found or made in one transaction. */
struct finding {
    const struct federated_person *person;
    const char *user_id;
    const struct user_row *user;
};

/* Where the provider's people and their roles are. */
static const char *home(const struct federated_person *person)
{
    return person->tenant_id == NULL ? TENANT_DEFAULT_ID : person->tenant_id;
}

static RESULT tell(struct ctx *c, enum audit_event event, const struct finding *f)
{
    return audit_add(c, &(struct audit){ .event = event,
                                         .user_id = f->user_id,
                                         .tenant_id = home(f->person),
                                         .details = { { "provider", f->person->provider } } });
}

/* ---- making an account ---- */

static const char *name_of(struct ctx *c, const struct federated_person *person)
{
    const char *name = person->full_name;
    if (name != NULL && full_name_check(c, name).code == ERR_OK)
        return name;
    fault_clear(c);
    return person->email;
}

/* Nobody is made in a tenant that is suspended or gone. */
static RESULT check_home(struct ctx *c, const struct federated_person *person)
{
    const struct tenant_row *tenant = NULL;
    TRY(tenant_find(c, home(person), &tenant));
    if (tenant == NULL || tenant->status != TENANT_ACTIVE)
        return fail_say(c, FORBIDDEN, "No accounts are made for your organization at present.",
                        "the tenant %s of %s is not active", home(person), person->provider);
    return ok();
}

static RESULT check_may_create(struct ctx *c, const struct federated_person *person)
{
    if (!person->may_create)
        return because(
            c, PROVIDER_UNLINKED, NULL, person->provider,
            fail_say(c, FORBIDDEN,
                     "No account here is linked to this one. Sign in as usual and link it on "
                     "the page of your account.",
                     "nobody is linked to this identity of %s", person->provider));
    if (person->email == NULL)
        return because(
            c, PROVIDER_EMAIL, NULL, person->provider,
            fail_say(c, FORBIDDEN,
                     "Your provider does not vouch for an e-mail address of yours, so no "
                     "account could be made.",
                     "%s does not vouch for an address", person->provider));
    return check_home(c, person);
}

static RESULT make(struct ctx *c, struct finding *f)
{
    const struct federated_person *person = f->person;
    struct email email;
    const char *linked = NULL;
    TRY(check_may_create(c, person));
    TRY(email_read(c, "email", person->email, &email));
    const struct user_new new = { .email = email.canonical,
                                  .email_entered = email.entered,
                                  .full_name = name_of(c, person),
                                  .verified = true,
                                  .tenant_id = home(f->person) };
    TRY(user_add(c, &new, &f->user_id));
    if (f->user_id == NULL)
        return fail_say(c, CONFLICT,
                        "There is an account with your e-mail address. Sign in to it as usual and "
                        "link this one on the page of your account.",
                        "the address that %s vouches for is taken", person->provider);
    const struct identity_row row = { .provider = person->provider,
                                      .issuer = person->issuer,
                                      .subject = person->subject,
                                      .user_id = f->user_id };
    TRY(identity_add(c, &row, &linked));
    if (linked == NULL)
        return fail(c, CONFLICT, "this identity was linked meanwhile");
    TRY(tell(c, AUDIT_USER_PROVISIONED, f));
    return tell(c, AUDIT_IDENTITY_LINKED, f);
}

/* ---- roles ---- */

static RESULT tell_role(struct ctx *c, const struct finding *f, const char *role, bool given)
{
    return audit_add(
        c, &(struct audit){ .event = given ? AUDIT_ROLE_GIVEN : AUDIT_ROLE_TAKEN,
                            .user_id = f->user_id,
                            .tenant_id = home(f->person),
                            .details = { { "role", role }, { "provider", f->person->provider } } });
}

static RESULT give(struct ctx *c, const struct finding *f, const char *role)
{
    enum role_outcome how = ROLE_UNKNOWN;
    bool closed = false;
    TRY(role_give(c, home(f->person), f->user_id, role, &how));
    if (how != ROLE_GIVEN)
        return ok(); /* they have it; or it is not there, and then nobody has it */
    if (text_equal(role, ROLE_ADMIN) && text_equal(home(f->person), TENANT_DEFAULT_ID))
        TRY(setup_close(c, &closed));
    return tell_role(c, f, role, true);
}

/* The last administrator stays one, whatever a directory says (AZ-15). */
static RESULT take(struct ctx *c, const struct finding *f, const char *role)
{
    bool taken = false;
    if (text_equal(role, ROLE_ADMIN)) {
        bool others = false;
        TRY(role_held_by_others(c, home(f->person), f->user_id, role, &others));
        if (!others)
            return ok();
    }
    TRY(role_take(c, home(f->person), f->user_id, role, &taken));
    return taken ? tell_role(c, f, role, false) : ok();
}

static RESULT bring_roles(struct ctx *c, const struct finding *f)
{
    const struct federated_person *person = f->person;
    for (size_t i = 0; i < person->governed.n; i++) {
        const char *role = person->governed.at[i];
        TRY(texts_hold(person->due, role) ? give(c, f, role) : take(c, f, role));
    }
    return ok();
}

/* ---- the sign-in ---- */

static RESULT find_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct finding *f = arg;
    const struct federated_person *person = f->person;
    const struct identity_row *identity = NULL;
    f->user_id = NULL;
    TRY(identity_use(c, person->provider, person->issuer, person->subject, &identity));
    if (identity == NULL)
        TRY(make(c, f));
    else
        f->user_id = identity->user_id;
    TRY(user_find(c, f->user_id, &f->user));
    if (f->user == NULL || f->user->status != USER_ACTIVE)
        return ok();
    return bring_roles(c, f);
}

/* What asks for a recent sign-in takes 300 seconds (decision 1). */
static int64_t time_of(const struct ctx *c, const struct federated_person *person)
{
    return person->auth_time != 0 ? person->auth_time : c->now - RECENT - 1;
}

static const char *why_not(const struct ctx *c, const struct user_row *user)
{
    if (user->status != USER_ACTIVE)
        return "status";
    return c->config->require_verified_email && user->email_verified_at == 0 ? "unverified" : NULL;
}

static RESULT check_known(struct ctx *c, const struct federated_person *person,
                          const struct user_row *user)
{
    if (user == NULL || why_not(c, user) != NULL)
        return fail(c, FORBIDDEN, "the user of this identity of %s is not active or not verified",
                    person->provider);
    if (user->totp)
        return because(c, SIGN_IN_CLASS, "a second factor", sign_in_acr(MFA_NONE),
                       fail(c, FORBIDDEN,
                            "user %s has a second factor, and nobody is there to "
                            "show it",
                            user->id));
    return ok();
}

RESULT federated_known(struct ctx *c, const struct federated_person *person,
                       struct federated_known *out)
{
    const struct identity_row *identity = NULL;
    const struct user_row *user = NULL;
    TRY(identity_use(c, person->provider, person->issuer, person->subject, &identity));
    if (identity == NULL)
        return because(
            c, PROVIDER_UNLINKED, NULL, person->provider,
            fail(c, FORBIDDEN, "nobody is linked to this identity of %s", person->provider));
    TRY(user_find(c, identity->user_id, &user));
    TRY(check_known(c, person, user));
    *out = (struct federated_known){ .user = user,
                                     .amr = sign_in_amr(c->arena, "fed", MFA_NONE),
                                     .acr = sign_in_acr(MFA_NONE),
                                     .auth_time = time_of(c, person) };
    return ok();
}

static RESULT renew_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    return bring_roles(c, arg);
}

RESULT federated_renew(struct ctx *c, const char *user_id, const struct federated_person *person)
{
    struct finding f = { .person = person, .user_id = user_id };
    return db_atomically(c, renew_in, &f);
}

RESULT federated_end(struct ctx *c, const struct upstream_meant *meant, int64_t *ended)
{
    struct upstream_sessions rows = { NULL, PAGE_MAX };
    *ended = 0;
    /* Those that have ended are not found again. */
    while (rows.n == PAGE_MAX) {
        TRY(upstream_sessions_meant(c, meant, &rows));
        for (size_t i = 0; i < rows.n; i++) {
            TRY(logout(c, rows.at[i].user_id, rows.at[i].session_id, false));
            (*ended)++;
        }
    }
    return ok();
}

RESULT login_federated(struct ctx *c, const struct federated_login *attempt, struct login_done *out)
{
    struct finding f = { .person = &attempt->person };
    const struct upstream_session upstream = { .provider = attempt->person.provider,
                                               .issuer = attempt->person.issuer,
                                               .subject = attempt->person.subject,
                                               .sid = attempt->person.sid,
                                               .sealed = attempt->person.sealed,
                                               .check_at = attempt->person.check_at };
    struct sign_in s = { .mode = attempt->mode,
                         .tenant_id = attempt->tenant_id,
                         .scope = attempt->scope,
                         .provider = attempt->person.provider,
                         .auth_time = time_of(c, &attempt->person),
                         .upstream = &upstream };
    if (s.scope != NULL)
        TRY(scopes_read(c, s.scope, &s.scopes));
    TRY(db_atomically(c, find_in, &f));
    if (f.user == NULL || f.user->email == NULL)
        return fail(c, INVALID_CREDENTIALS, "the user of this identity is gone");
    s.who = f.user->email;
    TRY(sign_in_find(c, &s, attempt->device));
    if (s.row == NULL || !text_equal(s.row->user.id, f.user->id))
        return fail(c, INVALID_CREDENTIALS, "the user of this identity has changed meanwhile");
    s.why = why_not(c, &s.row->user);
    return sign_in_conclude(c, &s, out);
}
