/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/role_rules.h"

#include "identity/audit.h"
#include "identity/last_admin.h"
#include "store/setup.h"
#include "store/tenants.h"

#include <string.h>

/* ---- what a role may look like ---- */

#define LOWER "abcdefghijklmnopqrstuvwxyz"

static bool is_role_name(const char *name)
{
    size_t n = strspn(name, LOWER "0123456789_-");
    return strchr(LOWER, name[0]) != NULL && n >= 1 && n <= ROLE_NAME_MAX && name[n] == '\0';
}

static bool is_permission_name(const char *text)
{
    static const char letters[] = LOWER "0123456789_.-";
    size_t resource = strspn(text, letters);
    if (resource == 0 || text[resource] != ':' || strlen(text) > PERMISSION_MAX)
        return false;
    const char *action = text + resource + 1;
    return text_equal(action, "*") ||
           (action[0] != '\0' && action[strspn(action, letters)] == '\0');
}

RESULT permissions_check(struct ctx *c, struct texts permissions)
{
    if (permissions.n > ROLE_PERMISSIONS_MAX)
        return fail_field(c, INVALID_FIELD, "permissions", "These are at most 100.");
    for (size_t i = 0; i < permissions.n; i++) {
        if (!is_permission_name(permissions.at[i]))
            return fail_field(c, INVALID_FIELD, "permissions",
                              "Each is resource:action or resource:*, of a-z, 0-9, '_', '.', '-'.");
        if (texts_hold((struct texts){ permissions.at, i }, permissions.at[i]))
            return fail_field(c, INVALID_FIELD, "permissions", "One stands twice.");
    }
    return ok();
}

static RESULT check_definition(struct ctx *c, const struct role_definition *role)
{
    if (!is_role_name(role->name))
        return fail_field(c, INVALID_FIELD, "name",
                          "This begins with a-z and has at most 64 of a-z, 0-9, '_' and '-'.");
    if (text_has_control(role->description) ||
        text_code_points(role->description) > ROLE_DESCRIPTION_MAX)
        return fail_field(c, INVALID_FIELD, "description",
                          "This is at most 200 characters on one line.");
    return permissions_check(c, role->permissions);
}

/* ---- defining ---- */

struct defining {
    struct role_definition role;
    const struct role_row *before;
    enum audit_event event;
};

/* The role of exactly that tenant, or NULL. */
static RESULT find_own(struct ctx *c, struct defining *d)
{
    const struct role_row *found = NULL;
    TRY(role_find(c, d->role.tenant_id, d->role.name, &found));
    bool own = found != NULL && text_equal(found->tenant_id, d->role.tenant_id);
    bool builtin = found != NULL && found->builtin;
    d->before = own || builtin ? found : NULL;
    return ok();
}

/* What holds for all tenants is for who acts in the operators'. */
static RESULT check_reach(struct ctx *c, const struct role_definition *role)
{
    const struct actor *actor = role->actor;
    if (actor == NULL || role->tenant_id != NULL || text_equal(actor->tenant_id, TENANT_DEFAULT_ID))
        return ok();
    return because(c, OPERATOR, "an operator", NULL,
                   fail_say(c, FORBIDDEN, "Roles of all tenants are for operators.",
                            "user %s acts in tenant %s", actor->user_id, actor->tenant_id));
}

static const char *joined(struct ctx *c, const struct role_row *role)
{
    return role == NULL ? NULL : text_join(c->arena, role->permissions, " ");
}

static RESULT record_role(struct ctx *c, const struct defining *d, const struct role_row *after)
{
    const struct actor *actor = d->role.actor;
    return audit_add(c, &(struct audit){ .event = d->event,
                                         .actor_id = actor == NULL ? NULL : actor->user_id,
                                         .tenant_id = d->role.tenant_id != NULL ? d->role.tenant_id
                                                                                : TENANT_DEFAULT_ID,
                                         .details = { { "role", d->role.name },
                                                      { "before", joined(c, d->before) },
                                                      { "after", joined(c, after) } } });
}

static RESULT store_role(struct ctx *c, const struct defining *d)
{
    const struct role_row row = { .tenant_id = d->role.tenant_id,
                                  .name = d->role.name,
                                  .description = d->role.description,
                                  .permissions = d->role.permissions };
    bool done = false;
    TRY(authority_to_give(c, d->role.actor, row.permissions));
    TRY(role_set(c, &row, &done));
    if (!done)
        return fail(c, INTERNAL, "the role %s cannot be stored", row.name);
    return record_role(c, d, &row);
}

static RESULT create_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct defining *d = arg;
    TRY(check_reach(c, &d->role));
    TRY(find_own(c, d));
    if (d->before != NULL)
        return fail_say(c, CONFLICT, "There is a role of this name already.", "role %s exists",
                        d->role.name);
    return store_role(c, d);
}

RESULT role_create(struct ctx *c, const struct role_definition *role)
{
    struct defining d = { .role = *role, .event = AUDIT_ROLE_CREATED };
    TRY(check_definition(c, role));
    return db_atomically(c, create_in, &d);
}

/* One that is there, is not built in, and holds nothing that the actor does not have. */
static RESULT find_changeable(struct ctx *c, struct defining *d)
{
    TRY(check_reach(c, &d->role));
    TRY(find_own(c, d));
    if (d->before == NULL)
        return fail(c, NOT_FOUND, "there is no role %s", d->role.name);
    if (d->before->builtin)
        return fail_say(c, CONFLICT, "A role that is built in stays as it is.", "role %s",
                        d->role.name);
    return authority_to_give(c, d->role.actor, d->before->permissions);
}

static RESULT change_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct defining *d = arg;
    TRY(find_changeable(c, d));
    return store_role(c, d);
}

RESULT role_change(struct ctx *c, const struct role_definition *role)
{
    struct defining d = { .role = *role, .event = AUDIT_ROLE_UPDATED };
    TRY(check_definition(c, role));
    return db_atomically(c, change_in, &d);
}

static RESULT delete_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct defining *d = arg;
    bool removed = false;
    TRY(find_changeable(c, d));
    TRY(role_remove(c, d->role.tenant_id, d->role.name, &removed));
    return removed ? record_role(c, d, NULL)
                   : fail(c, NOT_FOUND, "there is no role %s", d->role.name);
}

RESULT role_delete(struct ctx *c, const struct actor *actor, const char *tenant_id,
                   const char *name)
{
    struct defining d = { .role = { .actor = actor, .tenant_id = tenant_id, .name = name },
                          .event = AUDIT_ROLE_DELETED };
    return db_atomically(c, delete_in, &d);
}

/* ---- who has it ---- */

/* The first administrator closes setup for ever. */
static RESULT close_setup(struct ctx *c, const struct role_assignment *a, const char *actor_id)
{
    bool closed = false;
    TRY(setup_close(c, &closed));
    if (!closed)
        return ok();
    return audit_add(c, &(struct audit){ .event = AUDIT_SETUP_COMPLETED,
                                         .user_id = a->user_id,
                                         .actor_id = actor_id,
                                         .details = { { "by", "administrator" } } });
}

/* Whoever asks may give roles, so may know which there are. */
static RESULT no_such_role(struct ctx *c, const struct role_assignment *a)
{
    struct role_rows roles;
    TRY(roles_in(c, a->tenant_id, &roles));
    struct text_buffer say = text_buffer(c->arena);
    text_addf(&say, "There is no role \"%s\".  There are:", a->role);
    for (size_t i = 0; i < roles.n; i++)
        text_addf(&say, "%s %s", i == 0 ? "" : ",", roles.at[i].name);
    text_add(&say, ".");
    return fail_say(c, NOT_FOUND, text_of(&say), "no role %s", a->role);
}

/* The role, if it is there and the actor has all of it. */
static RESULT check_role(struct ctx *c, const struct role_assignment *a)
{
    const struct role_row *role = NULL;
    TRY(role_find(c, a->tenant_id, a->role, &role));
    return role == NULL ? no_such_role(c, a) : authority_to_give(c, a->actor, role->permissions);
}

RESULT roles_check_giving(struct ctx *c, const struct actor *actor, const char *tenant_id,
                          struct texts roles)
{
    for (size_t i = 0; i < roles.n; i++)
        TRY(check_role(c, &(struct role_assignment){
                              .actor = actor, .tenant_id = tenant_id, .role = roles.at[i] }));
    return ok();
}

static const char *actor_id_of(const struct role_assignment *a)
{
    return a->actor == NULL ? a->actor_id : a->actor->user_id;
}

static RESULT record_assignment(struct ctx *c, const struct role_assignment *a,
                                enum audit_event event)
{
    return audit_add(c, &(struct audit){ .event = event,
                                         .user_id = a->user_id,
                                         .actor_id = actor_id_of(a),
                                         .tenant_id = a->tenant_id,
                                         .details = { { "role", a->role } } });
}

static RESULT assign_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct role_assignment *a = arg;
    enum role_outcome how = ROLE_UNKNOWN;
    TRY(check_role(c, a));
    TRY(role_give(c, a->tenant_id, a->user_id, a->role, &how));
    switch (how) {
    case ROLE_HAD:
        return ok();
    case ROLE_UNKNOWN:
        return no_such_role(c, a);
    case ROLE_NO_MEMBER:
        return fail_say(c, NOT_FOUND, "There is no such user.", "%s is no member", a->user_id);
    case ROLE_GIVEN:
        break;
    }
    TRY(record_assignment(c, a, AUDIT_ROLE_GIVEN));
    if (!text_equal(a->role, ROLE_ADMIN) || !text_equal(a->tenant_id, TENANT_DEFAULT_ID))
        return ok();
    return close_setup(c, a, actor_id_of(a));
}

RESULT role_assign(struct ctx *c, const struct role_assignment *assignment)
{
    struct role_assignment a = *assignment;
    return db_atomically(c, assign_in, &a);
}

static RESULT unassign_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct role_assignment *a = arg;
    bool taken = false;
    TRY(check_role(c, a));
    if (actor_id_of(a) != NULL && text_equal(a->role, ROLE_ADMIN))
        TRY(last_admin_check_in(c, a->tenant_id, a->user_id));
    TRY(role_take(c, a->tenant_id, a->user_id, a->role, &taken));
    if (!taken)
        return fail(c, NOT_FOUND, "%s does not have the role %s", a->user_id, a->role);
    return record_assignment(c, a, AUDIT_ROLE_TAKEN);
}

RESULT role_unassign(struct ctx *c, const struct role_assignment *assignment)
{
    struct role_assignment a = *assignment;
    return db_atomically(c, unassign_in, &a);
}
