/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/people.h"

#include "crypto/password.h"
#include "identity/audit.h"
#include "identity/email.h"
#include "identity/full_name.h"
#include "identity/last_admin.h"
#include "identity/link.h"
#include "identity/password_policy.h"
#include "identity/role_rules.h"
#include "identity/tenancy.h"

#include <string.h>

/* ---- finding ---- */

RESULT people_find(struct ctx *c, const char *id_or_email, const struct user_row **out)
{
    const struct user_row *user = NULL;
    const char *canonical = NULL;
    if (email_canonical(c->arena, id_or_email, &canonical))
        TRY(user_find_email(c, canonical, &user));
    else
        TRY(user_find(c, id_or_email, &user));
    if (user == NULL)
        return fail(c, NOT_FOUND, "there is no such user");
    *out = user;
    return ok();
}

/* ---- roles ---- */

RESULT people_give_role(struct ctx *c, const char *user_id, const char *role, const char *actor_id)
{
    return role_assign(c, &(struct role_assignment){ .tenant_id = TENANT_DEFAULT_ID,
                                                     .user_id = user_id,
                                                     .role = role,
                                                     .actor_id = actor_id });
}

RESULT people_take_role(struct ctx *c, const char *user_id, const char *role, const char *actor_id)
{
    return role_unassign(c, &(struct role_assignment){ .tenant_id = TENANT_DEFAULT_ID,
                                                       .user_id = user_id,
                                                       .role = role,
                                                       .actor_id = actor_id });
}

/* ---- adding ---- */

struct adding {
    const struct people_new *person;
    struct email email;
    const char *hash;
    const struct user_row *user;
};

static const char *tenant_of(const struct people_new *person)
{
    if (person->actor != NULL)
        return authority_tenant(person->actor);
    return person->tenant_id != NULL ? person->tenant_id : TENANT_DEFAULT_ID;
}

static const char *actor_id_of(const struct people_new *person)
{
    return person->actor != NULL ? person->actor->user_id : person->actor_id;
}

/* AT-04: whoever operates the service vouches for an address.  A tenant's administrators do not, as
 * an account is the same in all tenants: its owner proves it by the link, as who registers does. */
static bool is_unverified(const struct people_new *person)
{
    return person->unverified || (person->actor != NULL && !authority_operates(person->actor));
}

static bool gets_link(const struct people_new *person)
{
    return is_unverified(person) && !person->quiet;
}

static RESULT taken(struct ctx *c)
{
    return fail_say(c, CONFLICT, "The e-mail address has an account already.",
                    "the address is taken");
}

static RESULT add_user(struct ctx *c, const struct adding *a, const char **id)
{
    const struct people_new *person = a->person;
    if (person->actor != NULL)
        TRY(tenancy_check_address(c, tenant_of(person), a->email.canonical));
    TRY(user_add(c,
                 &(struct user_new){ .email = a->email.canonical,
                                     .email_entered = a->email.entered,
                                     .full_name = person->full_name,
                                     .password_hash = a->hash,
                                     .must_change = person->must_change,
                                     .verified = !is_unverified(person),
                                     .tenant_id = tenant_of(person) },
                 id));
    if (*id == NULL)
        return taken(c);
    return audit_add(c, &(struct audit){ .event = AUDIT_USER_CREATED,
                                         .user_id = *id,
                                         .actor_id = actor_id_of(person),
                                         .tenant_id = tenant_of(person),
                                         .personal = { { "email", a->email.entered } } });
}

/* `user` comes with being one; what goes beyond, the actor has to have. */
static RESULT give_roles(struct ctx *c, const struct people_new *person, const char *id)
{
    struct role_assignment a = { .actor_id = actor_id_of(person),
                                 .tenant_id = tenant_of(person),
                                 .user_id = id,
                                 .role = ROLE_USER };
    TRY(role_assign(c, &a));
    a.actor = person->actor;
    for (size_t i = 0; i < person->roles.n; i++) {
        a.role = person->roles.at[i];
        TRY(role_assign(c, &a));
    }
    return ok();
}

static RESULT add_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct adding *a = arg;
    const struct people_new *person = a->person;
    const char *id = NULL;
    TRY(add_user(c, a, &id));
    TRY(give_roles(c, person, id));
    if (person->disabled)
        TRY(people_set_status(c, id, USER_DISABLED, actor_id_of(person)));
    TRY(user_find(c, id, &a->user));
    return gets_link(person) ? link_send_password(c, a->user) : ok();
}

/* What else would be refused in the transaction. */
static RESULT check_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct adding *a = arg;
    const struct user_row *user = NULL;
    TRY(tenancy_check_address(c, tenant_of(a->person), a->email.canonical));
    TRY(user_find_email(c, a->email.canonical, &user));
    if (user != NULL)
        return taken(c);
    return roles_check_giving(c, a->person->actor, tenant_of(a->person), a->person->roles);
}

static RESULT add_by(struct ctx *c, struct adding *a)
{
    const struct people_new *person = a->person;
    const struct authority_mail mail = { check_in, add_in, a, &a->email.canonical };
    return gets_link(person) ? authority_mail(c, person->actor, &mail)
                             : authority_act(c, person->actor, add_in, a);
}

/* The hash to store: of the password, or the imported one; NULL if neither is given. */
static RESULT hash_of(struct ctx *c, const struct adding *a, const char **hash)
{
    const struct people_new *person = a->person;
    const struct password_owner owner = { a->email.canonical, person->full_name,
                                          tenant_of(person) };
    if (person->password_hash != NULL) {
        TRY(password_import_check(c, person->password_hash));
        *hash = person->password_hash;
        return ok();
    }
    if (person->password == NULL)
        return ok();
    TRY(password_policy_check(c, "password", person->password, owner));
    return password_hash(c, person->password, hash);
}

RESULT people_add(struct ctx *c, const struct people_new *person, const struct user_row **out)
{
    struct adding a = { .person = person };
    TRY(email_read(c, "email", person->email, &a.email));
    TRY(full_name_check(c, person->full_name));
    TRY(hash_of(c, &a, &a.hash));
    TRY(person->actor != NULL ? add_by(c, &a) : db_atomically(c, add_in, &a));
    *out = a.user;
    return ok();
}
