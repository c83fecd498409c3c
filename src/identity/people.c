/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/people.h"

#include "crypto/password.h"
#include "identity/audit.h"
#include "identity/email.h"
#include "identity/full_name.h"
#include "identity/last_admin.h"
#include "identity/link.h"
#include "identity/password_policy.h"
#include "store/roles.h"
#include "store/setup.h"
#include "store/tenants.h"

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

/* The first administrator closes setup for ever. */
static RESULT close_setup(struct ctx *c, const char *user_id, const char *actor_id)
{
    bool closed = false;
    TRY(setup_close(c, &closed));
    if (!closed)
        return ok();
    return audit_add(c, &(struct audit){ .event = AUDIT_SETUP_COMPLETED,
                                         .user_id = user_id,
                                         .actor_id = actor_id,
                                         .details = { { "by", "administrator" } } });
}

struct role_change {
    const char *user_id, *role, *actor_id;
};

/* Whoever asks may give roles, so may know which there are. */
static RESULT no_such_role(struct ctx *c, const char *role)
{
    struct role_rows roles;
    TRY(roles_in(c, TENANT_DEFAULT_ID, &roles));
    struct text_buffer say = text_buffer(c->arena);
    text_addf(&say, "There is no role \"%s\".  There are:", role);
    for (size_t i = 0; i < roles.n; i++)
        text_addf(&say, "%s %s", i == 0 ? "" : ",", roles.at[i].name);
    text_add(&say, ".");
    return fail_say(c, NOT_FOUND, text_of(&say), "no role %s", role);
}

static RESULT give_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct role_change *change = arg;
    enum role_outcome how = ROLE_UNKNOWN;
    TRY(role_give(c, TENANT_DEFAULT_ID, change->user_id, change->role, &how));
    switch (how) {
    case ROLE_HAD:
        return ok();
    case ROLE_UNKNOWN:
        return no_such_role(c, change->role);
    case ROLE_NO_MEMBER:
        return fail_say(c, NOT_FOUND, "There is no such user.", "%s is no member", change->user_id);
    case ROLE_GIVEN:
        break;
    }
    TRY(audit_add(c, &(struct audit){ .event = AUDIT_ROLE_GIVEN,
                                      .user_id = change->user_id,
                                      .actor_id = change->actor_id,
                                      .tenant_id = TENANT_DEFAULT_ID,
                                      .details = { { "role", change->role } } }));
    if (!text_equal(change->role, ROLE_ADMIN))
        return ok();
    return close_setup(c, change->user_id, change->actor_id);
}

RESULT people_give_role(struct ctx *c, const char *user_id, const char *role, const char *actor_id)
{
    struct role_change change = { user_id, role, actor_id };
    return db_atomically(c, give_in, &change);
}

static RESULT take_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct role_change *change = arg;
    bool taken = false;
    if (change->actor_id != NULL && text_equal(change->role, ROLE_ADMIN))
        TRY(last_admin_check(c, change->user_id));
    TRY(role_take(c, TENANT_DEFAULT_ID, change->user_id, change->role, &taken));
    if (!taken)
        return fail(c, NOT_FOUND, "%s does not have the role %s", change->user_id, change->role);
    return audit_add(c, &(struct audit){ .event = AUDIT_ROLE_TAKEN,
                                         .user_id = change->user_id,
                                         .actor_id = change->actor_id,
                                         .tenant_id = TENANT_DEFAULT_ID,
                                         .details = { { "role", change->role } } });
}

RESULT people_take_role(struct ctx *c, const char *user_id, const char *role, const char *actor_id)
{
    struct role_change change = { user_id, role, actor_id };
    return db_atomically(c, take_in, &change);
}

/* ---- adding ---- */

struct adding {
    const struct people_new *person;
    struct email email;
    const char *hash;
    const struct user_row *user;
};

static RESULT add_user(struct ctx *c, const struct adding *a, const char **id)
{
    const struct people_new *person = a->person;
    TRY(user_add(c,
                 &(struct user_new){ .email = a->email.canonical,
                                     .email_entered = a->email.entered,
                                     .full_name = person->full_name,
                                     .password_hash = a->hash,
                                     .must_change = person->must_change,
                                     .verified = !person->unverified,
                                     .tenant_id = TENANT_DEFAULT_ID },
                 id));
    if (*id == NULL)
        return fail_say(c, CONFLICT, "The e-mail address has an account already.",
                        "the address is taken");
    return audit_add(c, &(struct audit){ .event = AUDIT_USER_CREATED,
                                         .user_id = *id,
                                         .actor_id = person->actor_id,
                                         .tenant_id = TENANT_DEFAULT_ID,
                                         .personal = { { "email", a->email.entered } } });
}

static RESULT add_in(struct ctx *c, struct db *tx, void *arg)
{
    struct adding *a = arg;
    const struct people_new *person = a->person;
    const char *id = NULL;
    TRY(add_user(c, a, &id));
    TRY(give_in(c, tx, &(struct role_change){ id, ROLE_USER, person->actor_id }));
    for (size_t i = 0; i < person->roles.n; i++)
        TRY(give_in(c, tx, &(struct role_change){ id, person->roles.at[i], person->actor_id }));
    if (person->unverified)
        TRY(link_send_own_address(c, id, a->email.entered));
    return user_find(c, id, &a->user);
}

/* The hash to store: of the password, or the imported one; NULL if neither is given. */
static RESULT hash_of(struct ctx *c, const struct adding *a, const char **hash)
{
    const struct people_new *person = a->person;
    const struct password_owner owner = { a->email.canonical, person->full_name };
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
    TRY(db_atomically(c, add_in, &a));
    *out = a.user;
    return ok();
}

/* ---- inviting ---- */

struct inviting {
    struct email email;
    const char *actor_id;
};

static RESULT invite_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct inviting *i = arg;
    const struct user_row *user = NULL;
    TRY(user_find_email(c, i->email.canonical, &user));
    if (user != NULL && (user->email_verified_at != 0 || user->status != USER_ACTIVE))
        return fail_say(c, CONFLICT, "The e-mail address has an account already.",
                        "the invited address is taken");
    TRY(link_send(c, &(struct link){ .kind = ONE_TIME_INVITATION,
                                     .letter = LETTER_INVITATION,
                                     .about = i->email.canonical,
                                     .to = i->email.entered,
                                     .ttl = INVITATION_SECONDS }));
    return audit_add(c, &(struct audit){ .event = AUDIT_INVITATION_MADE,
                                         .actor_id = i->actor_id,
                                         .tenant_id = TENANT_DEFAULT_ID,
                                         .personal = { { "email", i->email.entered } } });
}

RESULT people_invite(struct ctx *c, const char *email, const char *actor_id)
{
    struct inviting i = { .actor_id = actor_id };
    TRY(email_read(c, "email", email, &i.email));
    return db_atomically(c, invite_in, &i);
}
