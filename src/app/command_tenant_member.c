/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth tenant members, member, invite, and user invite: who belongs to a tenant.
 */
#include "app/command_server.h"
#include "app/command_tenant.h"
#include "app/commands.h"

#include "identity/invitation.h"
#include "identity/tenancy.h"
#include "store/page.h"
#include "store/roles.h"

#include <string.h>

struct listed {
    const struct user_row *user;
    struct texts roles;
};

static void show_members(struct ctx *c, const struct command_line *line, const struct listed *at,
                         size_t n)
{
    static const char *const titles[] = { "ID", "ADDRESS", "NAME", "ROLES" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    const char **cells = ARENA_NEWS(c->arena, const char *, n *COLUMNS);
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < n; i++) {
        const char **row = cells + i * COLUMNS;
        row[0] = at[i].user->id;
        row[1] = at[i].user->email_entered;
        row[2] = at[i].user->full_name;
        row[3] = text_join(c->arena, at[i].roles, " ");
        json_object(&w, NULL);
        json_text(&w, "id", row[0]);
        json_text(&w, "email", row[1]);
        json_text(&w, "full_name", row[2]);
        json_texts(&w, "roles", at[i].roles);
        json_object_end(&w);
    }
    json_array_end(&w);
    command_show(line, &w);
    if (!line->json)
        command_print_table(c->arena, titles, COLUMNS, cells, n);
}

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct tenant_row *tenant = NULL;
    struct page page = { .after = command_value(line, "--after"), .limit = PAGE_MAX };
    struct user_rows rows;
    if (!page_after_is_sound(page.after))
        return fail_field(c, INVALID_FIELD, "--after", "This is the id of a user.");
    TRY(command_tenant_option(c, line, &tenant));
    TRY(users_of_tenant(c, &(struct member_filter){ .tenant_id = tenant->id }, page, &rows));
    struct listed *members = ARENA_NEWS(c->arena, struct listed, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        members[i].user = &rows.at[i];
        TRY(roles_given(c, rows.at[i].id, tenant->id, &members[i].roles));
    }
    show_members(c, line, members, rows.n);
    return ok();
}

static void show_set(struct ctx *c, const struct command_line *line, const char *user,
                     const char *tenant)
{
    const char *done = command_has(line, "--remove") ? "is no longer a member" : "is a member";
    command_done(c, line, user, text_printf(c->arena, "%s of %s", done, tenant));
}

static void show_invited(struct ctx *c, const struct command_line *line, const char *email,
                         const char *tenant)
{
    command_done(c, line, email, text_printf(c->arena, "is invited into %s", tenant));
}

static RESULT set(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct tenant_row *tenant = NULL;
    const struct user_row *user = NULL;
    struct tenancy_member member = { .roles = command_values(c->arena, line, "--role") };
    TRY(command_tenant_option(c, line, &tenant));
    TRY(command_user(c, line, &user));
    member.tenant_id = tenant->id;
    member.user_id = user->id;
    bool removes = command_has(line, "--remove");
    TRY(removes ? tenancy_remove_member(c, &member) : tenancy_set_member(c, &member));
    show_set(c, line, user->email_entered == NULL ? user->id : user->email_entered, tenant->slug);
    return ok();
}

static RESULT invite(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct tenant_row *tenant = NULL;
    const struct invitation_row *made = NULL;
    struct invitation_new invitation = { .roles = command_values(c->arena, line, "--role") };
    TRY(command_tenant_option(c, line, &tenant));
    TRY(command_argument(c, line, "an address", &invitation.email));
    invitation.tenant_id = tenant->id;
    TRY(invitation_make(c, &invitation, &made));
    show_invited(c, line, made->email_entered, tenant->slug);
    return ok();
}

/* ---- on a server ---- */

static RESULT members_there(struct ctx *c, const struct admin_server *server, const char *tenant_id,
                            struct items *out)
{
    const struct admin_call call = {
        .path = admin_path(c->arena, "/admin/tenants", tenant_id, "/members"),
        .query = { { "limit", ADMIN_PAGE } },
    };
    return admin_list(c, server, &call, &admin_member_list_shape, out);
}

static RESULT list_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    struct admin_tenant tenant;
    struct items found;
    const char *after = command_value(line, "--after");
    if (!page_after_is_sound(after))
        return fail_field(c, INVALID_FIELD, "--after", "This is the id of a user.");
    TRY(command_tenant_there(c, server, command_value(line, "--tenant"), &tenant));
    TRY(members_there(c, server, tenant.id, &found));
    struct listed *members = ARENA_NEWS(c->arena, struct listed, found.n);
    struct user_row *rows = ARENA_NEWS(c->arena, struct user_row, found.n);
    size_t n = 0;
    for (size_t i = 0; i < found.n && n < PAGE_MAX; i++) {
        const struct admin_member *member = (const struct admin_member *)found.at + i;
        if (after != NULL && strcmp(member->user_id, after) <= 0)
            continue;
        rows[n] = (struct user_row){ .id = member->user_id,
                                     .email_entered = member->email,
                                     .full_name = member->full_name };
        members[n] = (struct listed){ &rows[n], member->roles };
        n++;
    }
    show_members(c, line, members, n);
    return ok();
}

/* Among the members of the tenant, whoever's accounts they are; else in that of the token, whose
 * people operators may make members elsewhere. */
static RESULT find_there(struct ctx *c, const struct admin_server *server, const char *tenant_id,
                         const char *who, struct admin_user *out)
{
    struct items found;
    TRY(members_there(c, server, tenant_id, &found));
    for (size_t i = 0; i < found.n; i++) {
        const struct admin_member *member = (const struct admin_member *)found.at + i;
        if (text_equal(member->user_id, who) || text_equal_nocase(member->email, who)) {
            *out = (struct admin_user){ .id = member->user_id, .email = member->email };
            return ok();
        }
    }
    return command_find_user_there(c, server, who, out);
}

static RESULT set_there(struct ctx *c, const struct command_line *line,
                        const struct admin_server *server)
{
    struct admin_tenant tenant;
    struct admin_user user;
    const char *who = NULL;
    const struct admin_member_put wanted = { command_values(c->arena, line, "--role") };
    bool removes = command_has(line, "--remove");
    TRY(command_tenant_there(c, server, command_value(line, "--tenant"), &tenant));
    TRY(command_argument(c, line, "the id or address of a user", &who));
    TRY(find_there(c, server, tenant.id, who, &user));
    const char *members = admin_path(c->arena, "/admin/tenants", tenant.id, "/members");
    TRY(admin_send(c, server,
                   &(struct admin_call){ .method = removes ? "DELETE" : "PUT",
                                         .path = admin_path(c->arena, members, user.id, ""),
                                         .in_shape = removes ? NULL : &admin_member_put_shape,
                                         .in = &wanted },
                   NULL));
    show_set(c, line, user.email, tenant.slug);
    return ok();
}

static RESULT invite_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    struct admin_tenant tenant;
    struct admin_invitation_new wanted = { .roles = command_values(c->arena, line, "--role") };
    TRY(command_tenant_there(c, server, command_value(line, "--tenant"), &tenant));
    TRY(command_argument(c, line, "an address", &wanted.email));
    TRY(admin_send(c, server,
                   &(struct admin_call){
                       .method = "POST",
                       .path = admin_path(c->arena, "/admin/tenants", tenant.id, "/invitations"),
                       .in_shape = &admin_invitation_new_shape,
                       .in = &wanted },
                   NULL));
    show_invited(c, line, wanted.email, tenant.slug);
    return ok();
}

/* ---- the rows ---- */

COMMAND_RUN(list)
COMMAND_RUN(set)
COMMAND_RUN(invite)

static const struct command_option list_options[] = {
    COMMAND_TENANT_OPTION,
    { "--after", "ID", "Go on behind the user with this id", false, false },
};
static const struct command_option set_options[] = {
    COMMAND_TENANT_OPTION,
    { "--role", "ROLE", "A role there, beside user; those not named are taken", false, true },
    { "--remove", NULL, "End the membership, with roles and sessions there", false, false },
};
static const struct command_option invite_options[] = {
    COMMAND_TENANT_OPTION,
    { "--role", "ROLE", "A role that they get, beside user", false, true },
};

const struct command command_tenant_members = {
    .name = "tenant members",
    .summary = "List the members of a tenant with their roles",
    COMMAND_OPTIONS(list_options),
    .run = run_list,
    .there = list_there,
};
const struct command command_tenant_member = {
    .name = "tenant member",
    .summary = "Make a user a member of a tenant with these roles, or end it",
    .arguments = "USER",
    .details = "USER is an id or an address.",
    COMMAND_OPTIONS(set_options),
    .run = run_set,
    .there = set_there,
};
const struct command command_tenant_invite = {
    .name = "tenant invite",
    .summary = "Send an invitation to join a tenant",
    .arguments = "ADDRESS",
    COMMAND_OPTIONS(invite_options),
    .run = run_invite,
    .there = invite_there,
};
/* The same, where people look for it who have one tenant. */
const struct command command_user_invite = {
    .name = "user invite",
    .summary = "Send an invitation to register",
    .arguments = "ADDRESS",
    .details = "Who has an account already is invited to join the tenant with it.",
    COMMAND_OPTIONS(invite_options),
    .run = run_invite,
    .there = invite_there,
};
