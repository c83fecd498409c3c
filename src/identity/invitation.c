/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/invitation.h"

#include "crypto/digest.h"
#include "identity/audit.h"
#include "identity/email.h"
#include "identity/last_admin.h"
#include "identity/link.h"
#include "identity/role_rules.h"
#include "identity/tenancy.h"
#include "identity/tenant_settings.h"

#include <string.h>

/* A tenant whose registration is closed invites nobody, and takes nobody who was invited. */
static RESULT check_takes(struct ctx *c, const struct tenant_row *tenant)
{
    struct tenant_settings settings;
    TRY(tenant_settings_read(c, tenant->settings, &settings));
    if (!text_equal(settings.registration, TENANT_REGISTRATION_CLOSED))
        return ok();
    return because(c, REGISTRATION, NULL, "closed",
                   fail_say(c, REGISTRATION_CLOSED, "This tenant takes nobody by invitation.",
                            "registration of tenant %s is closed", tenant->id));
}

/* ---- sending ---- */

struct making {
    const struct invitation_new *new;
    struct email email;
    const struct user_row *owner; /* of the address, if they can sign in; or NULL */
    const struct tenant_row *tenant;
    const struct invitation_row *out;
};

/* Whose the address is, if they can sign in; members are known to whoever invites.  Who is one
 * without having proven the address registers anew: anybody can have written it. */
static RESULT find_owner(struct ctx *c, const struct making *m, const struct user_row **owner)
{
    const struct user_row *user = NULL;
    bool member = false;
    TRY(user_find_email(c, m->email.canonical, &user));
    bool active = user != NULL && user->status == USER_ACTIVE;
    bool pending = active && user->email_verified_at == 0;
    *owner = active && !pending ? user : NULL;
    if (user != NULL && !pending)
        TRY(membership_has(c, m->new->tenant_id, user->id, &member));
    return member ? fail_say(c, CONFLICT, "This user is a member already.", "user %s", user->id)
                  : ok();
}

static RESULT check_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct making *m = arg;
    const char *tenant_id = m->new->tenant_id;
    TRY(roles_check_giving(c, m->new->actor, tenant_id, m->new->roles));
    TRY(tenancy_check_address(c, tenant_id, m->email.canonical));
    TRY(find_owner(c, m, &m->owner));
    TRY(tenant_find(c, tenant_id, &m->tenant));
    if (m->tenant == NULL)
        return fail(c, NOT_FOUND, "there is no tenant %s", tenant_id);
    return check_takes(c, m->tenant);
}

static RESULT send(struct ctx *c, const struct making *m, const char *id)
{
    const char *about = text_printf(c->arena, "%s %s", m->tenant->id, m->email.canonical);
    return link_send(c, &(struct link){
                            .kind = ONE_TIME_INVITATION,
                            .letter = m->owner == NULL ? LETTER_INVITATION : LETTER_JOIN,
                            .about = about,
                            .payload = id,
                            .to = m->email.entered,
                            .phrase = m->tenant->name,
                            .locale = m->owner == NULL ? NULL : m->owner->locale,
                            .ttl = INVITATION_SECONDS,
                        });
}

static RESULT make_in(struct ctx *c, struct db *tx, void *arg)
{
    struct making *m = arg;
    const struct actor *actor = m->new->actor;
    const char *id = NULL;
    TRY(check_in(c, tx, m));
    TRY(invitation_put(
        c,
        &(struct invitation_row){ .tenant_id = m->new->tenant_id,
                                  .email = m->email.canonical,
                                  .email_entered = m->email.entered,
                                  .roles = m->new->roles,
                                  .invited_by = actor == NULL ? NULL : actor->user_id,
                                  .invited_in = actor == NULL ? NULL : actor->tenant_id,
                                  .expires_at = c->now + INVITATION_SECONDS },
        &id));
    TRY(send(c, m, id));
    /* The address is in the invitation, and goes with it: there is no key of its owner to seal it
     * under, as nobody is told whether there is one (TN-09). */
    TRY(audit_add(c, &(struct audit){ .event = AUDIT_INVITATION_MADE,
                                      .actor_id = actor == NULL ? NULL : actor->user_id,
                                      .tenant_id = m->new->tenant_id,
                                      .details = { { "invitation", id } } }));
    return invitation_find(c, id, &m->out);
}

RESULT invitation_make(struct ctx *c, const struct invitation_new *invitation,
                       const struct invitation_row **out)
{
    struct making m = { .new = invitation };
    const struct authority_mail mail = { check_in, make_in, &m, &m.email.canonical };
    TRY(email_read(c, "email", invitation->email, &m.email));
    TRY(invitation->actor != NULL ? authority_mail(c, invitation->actor, &mail)
                                  : db_atomically(c, make_in, &m));
    *out = m.out;
    return ok();
}

/* ---- taking back ---- */

struct withdrawing {
    const struct actor *actor;
    const char *tenant_id, *id;
};

static RESULT withdraw_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct withdrawing *w = arg;
    bool removed = false;
    TRY(invitation_remove(c, w->tenant_id, w->id, &removed));
    if (!removed)
        return fail(c, NOT_FOUND, "tenant %s has no invitation %s", w->tenant_id, w->id);
    return audit_add(c, &(struct audit){ .event = AUDIT_INVITATION_WITHDRAWN,
                                         .actor_id = w->actor == NULL ? NULL : w->actor->user_id,
                                         .tenant_id = w->tenant_id,
                                         .details = { { "invitation", w->id } } });
}

RESULT invitation_withdraw(struct ctx *c, const struct actor *actor, const char *tenant_id,
                           const char *id)
{
    struct withdrawing w = { actor, tenant_id, id };
    return db_atomically(c, withdraw_in, &w);
}

/* ---- of who is erased ---- */

enum { TOLD_AT_ONCE = 100, ID_BYTES = 37 };

/* Those of the address behind the id `after`, which then is the last of them. */
static RESULT tell_some(struct ctx *c, const char *email, char after[ID_BYTES], size_t *n)
{
    struct invitation_rows rows;
    TRY(invitations_of_email(c, email, (struct page){ .after = after, .limit = TOLD_AT_ONCE },
                             &rows));
    for (size_t i = 0; i < rows.n; i++)
        TRY(audit_add(c, &(struct audit){ .event = AUDIT_INVITATION_WITHDRAWN,
                                          .tenant_id = rows.at[i].tenant_id,
                                          .details = { { "invitation", rows.at[i].id } } }));
    if (rows.n > 0)
        memcpy(after, rows.at[rows.n - 1].id, ID_BYTES);
    *n = rows.n;
    return ok();
}

RESULT invitations_end(struct ctx *c, const char *email)
{
    const struct origin origin = c->origin;
    char after[ID_BYTES] = "";
    size_t n = TOLD_AT_ONCE;
    err told = ok();
    c->origin = (struct origin){ 0 };
    while (told.code == ERR_OK && n == TOLD_AT_ONCE) {
        struct arena_mark mark = arena_mark(c->arena);
        told = tell_some(c, email, after, &n);
        if (told.code == ERR_OK)
            arena_rewind(c->arena, mark);
    }
    c->origin = origin;
    return told;
}

/* ---- accepting ---- */

RESULT invitation_check(struct ctx *c, const char *id, const char *email,
                        const struct invitation_row **out)
{
    const struct tenant_row *tenant = NULL;
    TRY(invitation_find(c, id, out));
    if (*out == NULL)
        return because(c, LINK, NULL, NULL, fail(c, INVALID_TOKEN_LINK, "the invitation is gone"));
    if (email != NULL && !text_equal((*out)->email, email))
        return because(c, LINK, "the invited address", NULL,
                       fail(c, INVALID_TOKEN_LINK, "the invitation was sent to another address"));
    TRY(tenant_find(c, (*out)->tenant_id, &tenant));
    if (tenant == NULL || tenant->status != TENANT_ACTIVE)
        return because(c, LINK, NULL, NULL,
                       fail(c, INVALID_TOKEN_LINK, "the tenant of the invitation is suspended"));
    return check_takes(c, tenant);
}

RESULT invitation_look(struct ctx *c, const char *token, const struct tenant_row **out)
{
    const struct invitation_row *invitation = NULL;
    struct one_time_row row = { 0 };
    bool found = false;
    *out = NULL;
    TRY(one_time_look(c, ONE_TIME_INVITATION, token_hash(c->arena, token), &found, &row));
    if (found)
        TRY(invitation_find(c, row.payload, &invitation));
    return invitation == NULL ? ok() : tenant_find(c, invitation->tenant_id, out);
}

/* Whether whoever invited may still give the role; a command may. */
static RESULT may_still_give(struct ctx *c, const struct invitation_row *invitation,
                             const char *name, bool *may)
{
    const char *everything[] = { "admin:*" };
    const struct actor actor = { .user_id = invitation->invited_by,
                                 .tenant_id = invitation->invited_in,
                                 .permissions = { everything, 1 },
                                 .permission = "members:write" };
    const struct role_row *role = NULL;
    const struct user_row *inviter = NULL;
    bool live = false;
    TRY(role_find(c, invitation->tenant_id, name, &role));
    *may = role != NULL && invitation->invited_by == NULL;
    if (role == NULL || invitation->invited_by == NULL)
        return ok();
    TRY(user_find(c, invitation->invited_by, &inviter));
    TRY(membership_is_live(c, invitation->invited_in, invitation->invited_by, &live));
    *may = live && inviter != NULL && inviter->status == USER_ACTIVE &&
           authority_to_give(c, &actor, role->permissions).code == ERR_OK;
    fault_clear(c);
    return ok();
}

static RESULT give_roles(struct ctx *c, const struct invitation_row *invitation,
                         const char *user_id)
{
    struct role_assignment a = { .actor_id = invitation->invited_by,
                                 .tenant_id = invitation->tenant_id,
                                 .user_id = user_id,
                                 .role = ROLE_USER };
    TRY(role_assign(c, &a));
    for (size_t i = 0; i < invitation->roles.n; i++) {
        bool may = false;
        a.role = invitation->roles.at[i];
        TRY(may_still_give(c, invitation, a.role, &may));
        if (may)
            TRY(role_assign(c, &a));
    }
    return ok();
}

RESULT invitation_join(struct ctx *c, const struct invitation_row *invitation, const char *user_id)
{
    bool added = false;
    bool removed = false;
    TRY(invitation_remove(c, invitation->tenant_id, invitation->id, &removed));
    if (!removed)
        return fail(c, INVALID_TOKEN_LINK, "the invitation is gone");
    TRY(membership_add(c, invitation->tenant_id, user_id, &added));
    TRY(give_roles(c, invitation, user_id));
    return audit_add(c, &(struct audit){ .event = AUDIT_INVITATION_ACCEPTED,
                                         .user_id = user_id,
                                         .tenant_id = invitation->tenant_id,
                                         .details = { { "invitation", invitation->id } } });
}

static RESULT accept_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const char *hash = *(const char *const *)arg;
    enum one_time_outcome how = ONE_TIME_UNKNOWN;
    struct one_time_row token = { 0 };
    const struct invitation_row *invitation = NULL;
    const struct user_row *user = NULL;
    TRY(one_time_use(c, ONE_TIME_INVITATION, hash, &how, &token));
    if (how != ONE_TIME_DONE)
        return because(
            c, LINK, NULL, NULL,
            fail(c, INVALID_TOKEN_LINK, "the link is unknown, expired, used, or another one"));
    TRY(invitation_check(c, token.payload, NULL, &invitation));
    TRY(user_find_email(c, invitation->email, &user));
    if (user == NULL || user->status != USER_ACTIVE || user->email_verified_at == 0)
        return fail(c, INVALID_TOKEN_LINK, "nobody can sign in with the invited address");
    return invitation_join(c, invitation, user->id);
}

RESULT invitation_accept(struct ctx *c, const char *token)
{
    const char *hash = token_hash(c->arena, token);
    return db_atomically(c, accept_in, &hash);
}
