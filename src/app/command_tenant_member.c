/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth tenant members, member, invite: who belongs to a tenant.
 */
#include "app/command_tenant.h"
#include "app/commands.h"

#include "identity/invitation.h"
#include "identity/tenancy.h"
#include "store/page.h"
#include "store/roles.h"

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
    command_done(c, line, user->email_entered == NULL ? user->id : user->email_entered,
                 text_printf(c->arena, "%s of %s",
                             removes ? "is no longer a member" : "is a member", tenant->slug));
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
    command_done(c, line, made->email_entered,
                 text_printf(c->arena, "is invited into %s", tenant->slug));
    return ok();
}

#define RUN(work)                                                                                  \
    static RESULT run_##work(struct ctx *c, const struct command_line *line)                       \
    {                                                                                              \
        return command_on_node(c, line, NEEDS_DATABASE, work);                                     \
    }
RUN(list)
RUN(set)
RUN(invite)
#undef RUN

#define OPTIONS(rows) .options = (rows), .options_n = sizeof(rows) / sizeof((rows)[0])
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
    OPTIONS(list_options),
    .run = run_list,
};
const struct command command_tenant_member = {
    .name = "tenant member",
    .summary = "Make a user a member of a tenant with these roles, or end it",
    .arguments = "USER",
    .details = "USER is an id or an address.",
    OPTIONS(set_options),
    .run = run_set,
};
const struct command command_tenant_invite = {
    .name = "tenant invite",
    .summary = "Send an invitation to join a tenant",
    .arguments = "ADDRESS",
    OPTIONS(invite_options),
    .run = run_invite,
};
