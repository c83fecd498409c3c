/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who belongs to a tenant.
 */
#include "identity/audit.h"
#include "identity/last_admin.h"
#include "identity/role_rules.h"
#include "identity/tenancy.h"

/* ---- members ---- */

static const char *actor_id_of(const struct tenancy_member *m)
{
    return m->actor == NULL ? NULL : m->actor->user_id;
}

static RESULT record(struct ctx *c, const struct tenancy_member *m, enum audit_event event)
{
    return audit_add(c, &(struct audit){ .event = event,
                                         .user_id = m->user_id,
                                         .actor_id = actor_id_of(m),
                                         .tenant_id = m->tenant_id });
}

/* A member already, or made one by who may. */
static RESULT ensure_member(struct ctx *c, const struct tenancy_member *m)
{
    bool member = false;
    bool added = false;
    bool may = m->actor == NULL || text_equal(m->actor->tenant_id, TENANT_DEFAULT_ID);
    TRY(membership_has(c, m->tenant_id, m->user_id, &member));
    if (!member && may)
        TRY(membership_add(c, m->tenant_id, m->user_id, &added));
    if (!member && !added)
        return fail(c, NOT_FOUND, "user %s is no member of %s", m->user_id, m->tenant_id);
    return added ? record(c, m, AUDIT_MEMBER_ADDED) : ok();
}

static RESULT take_others(struct ctx *c, const struct tenancy_member *m, struct texts had)
{
    for (size_t i = 0; i < had.n; i++) {
        bool kept = texts_hold(m->roles, had.at[i]) || text_equal(had.at[i], ROLE_USER);
        if (!kept)
            TRY(role_unassign(c, &(struct role_assignment){ .actor = m->actor,
                                                            .tenant_id = m->tenant_id,
                                                            .user_id = m->user_id,
                                                            .role = had.at[i] }));
    }
    return ok();
}

static RESULT set_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct tenancy_member *m = arg;
    struct role_assignment a = { .actor_id = actor_id_of(m),
                                 .tenant_id = m->tenant_id,
                                 .user_id = m->user_id,
                                 .role = ROLE_USER };
    struct texts had;
    TRY(ensure_member(c, m));
    TRY(roles_given(c, m->user_id, m->tenant_id, &had));
    /* It comes with being a member. */
    TRY(role_assign(c, &a));
    a.actor = m->actor;
    for (size_t i = 0; i < m->roles.n; i++) {
        a.role = m->roles.at[i];
        if (!texts_hold(had, a.role))
            TRY(role_assign(c, &a));
    }
    return take_others(c, m, had);
}

RESULT tenancy_set_member(struct ctx *c, const struct tenancy_member *member)
{
    struct tenancy_member m = *member;
    return db_atomically(c, set_in, &m);
}

static RESULT remove_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct tenancy_member *m = arg;
    const struct user_row *user = NULL;
    bool removed = false;
    if (m->actor != NULL) {
        TRY(authority_over(c, m->actor, m->user_id, AUTHORITY_MEMBER, &user));
        TRY(last_admin_check_in(c, m->tenant_id, m->user_id));
    }
    TRY(membership_remove(c, m->tenant_id, m->user_id, &removed));
    if (!removed)
        return fail(c, NOT_FOUND, "user %s is no member of %s", m->user_id, m->tenant_id);
    return record(c, m, AUDIT_MEMBER_REMOVED);
}

RESULT tenancy_remove_member(struct ctx *c, const struct tenancy_member *member)
{
    struct tenancy_member m = *member;
    return db_atomically(c, remove_in, &m);
}

/* ---- export ---- */

RESULT tenancy_note_export(struct ctx *c, const struct actor *actor, const char *id)
{
    return audit_add(c, &(struct audit){ .event = AUDIT_TENANT_EXPORTED,
                                         .actor_id = actor == NULL ? NULL : actor->user_id,
                                         .tenant_id = id });
}
