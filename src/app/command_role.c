/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth role list, create, update, delete: what roles allow.
 */
#include "api/admin_roles.h"
#include "app/command_server.h"
#include "app/command_tenant.h"
#include "app/commands.h"

#include "identity/role_rules.h"

static const char role_is_made[] = "is made";
static const char role_is_changed[] = "is changed";
static const char role_is_removed[] = "is removed, from everybody who had it";

static void show_roles(struct ctx *c, const struct command_line *line,
                       const struct role_rows *roles)
{
    static const char *const titles[] = { "ROLE", "OF", "PERMISSIONS", "DESCRIPTION" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    const char **cells = ARENA_NEWS(c->arena, const char *, roles->n *COLUMNS);
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < roles->n; i++) {
        const struct role_row *role = &roles->at[i];
        const char **row = cells + i * COLUMNS;
        row[0] = role->name;
        row[1] = role->builtin ? "uauth" : role->tenant_id == NULL ? "all tenants" : "this tenant";
        row[2] = text_join(c->arena, role->permissions, " ");
        row[3] = role->description;
        json_object(&w, NULL);
        json_text(&w, "name", role->name);
        json_text(&w, "description", role->description);
        json_texts(&w, "permissions", role->permissions);
        json_bool(&w, "builtin", role->builtin);
        json_bool(&w, "all_tenants", role->tenant_id == NULL);
        json_object_end(&w);
    }
    json_array_end(&w);
    command_show(line, &w);
    if (!line->json)
        command_print_table(c->arena, titles, COLUMNS, cells, roles->n);
}

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct tenant_row *tenant = NULL;
    struct role_rows roles;
    TRY(command_tenant_option(c, line, &tenant));
    TRY(roles_in(c, tenant->id, &roles));
    show_roles(c, line, &roles);
    return ok();
}

static RESULT definition(struct ctx *c, const struct command_line *line,
                         struct role_definition *out)
{
    const struct tenant_row *tenant = NULL;
    const char *description = command_value(line, "--description");
    TRY(command_tenant_option(c, line, &tenant));
    *out = (struct role_definition){
        .tenant_id = command_has(line, "--all-tenants") ? NULL : tenant->id,
        .description = description == NULL ? "" : description,
        .permissions = command_values(c->arena, line, "--permission"),
    };
    return command_argument(c, line, "a role", &out->name);
}

static RESULT create(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct role_definition role;
    TRY(definition(c, line, &role));
    TRY(role_create(c, &role));
    command_done(c, line, role.name, role_is_made);
    return ok();
}

static RESULT update(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct role_definition role;
    TRY(definition(c, line, &role));
    TRY(role_change(c, &role));
    command_done(c, line, role.name, role_is_changed);
    return ok();
}

static RESULT delete_one(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct role_definition role;
    TRY(definition(c, line, &role));
    TRY(role_delete(c, NULL, role.tenant_id, role.name));
    command_done(c, line, role.name, role_is_removed);
    return ok();
}

/* ---- on a server ---- */

static RESULT list_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    struct admin_call call = { .path = "/admin/roles" };
    struct items found;
    TRY(command_acting_tenant(c, line, server, &call.tenant_id));
    TRY(admin_list(c, server, &call, &admin_role_list_shape, &found));
    struct role_row *rows = ARENA_NEWS(c->arena, struct role_row, found.n);
    for (size_t i = 0; i < found.n; i++) {
        const struct admin_role *role = (const struct admin_role *)found.at + i;
        rows[i] = (struct role_row){ .tenant_id = role->all_tenants ? NULL : "",
                                     .name = role->name,
                                     .description = role->description,
                                     .builtin = role->builtin,
                                     .permissions = role->permissions };
    }
    show_roles(c, line, &(struct role_rows){ rows, found.n });
    return ok();
}

/* What the options say, and the call for it. */
static RESULT definition_there(struct ctx *c, const struct command_line *line,
                               const struct admin_server *server, struct admin_role_new *role,
                               struct admin_call *call)
{
    const char *description = command_value(line, "--description");
    *role = (struct admin_role_new){
        .description = description == NULL ? "" : description,
        .permissions = command_values(c->arena, line, "--permission"),
        .all_tenants = command_has(line, "--all-tenants"),
    };
    *call = (struct admin_call){ .path = "/admin/roles" };
    TRY(command_acting_tenant(c, line, server, &call->tenant_id));
    return command_argument(c, line, "a role", &role->name);
}

static RESULT create_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    struct admin_role_new role;
    struct admin_call call;
    TRY(definition_there(c, line, server, &role, &call));
    call.method = "POST";
    call.in_shape = &admin_role_new_shape;
    call.in = &role;
    TRY(admin_send(c, server, &call, NULL));
    command_done(c, line, role.name, role_is_made);
    return ok();
}

/* The role as it is, and its state; NOT_FOUND if it is another tenant's, or of all where one of
 * this tenant is meant. */
static RESULT find_there(struct ctx *c, const struct admin_server *server,
                         const struct admin_role_new *role, struct admin_call *call)
{
    struct admin_role now = { 0 };
    struct admin_reply reply;
    call->path = admin_path(c->arena, "/admin/roles", role->name, "");
    struct admin_call asked = *call;
    asked.method = "GET";
    asked.out_shape = &admin_role_shape;
    asked.out = &now;
    TRY(admin_send(c, server, &asked, &reply));
    call->if_match = reply.etag;
    return now.all_tenants == role->all_tenants
               ? ok()
               : fail(c, NOT_FOUND, "there is no role %s %s", role->name,
                      role->all_tenants ? "of all tenants" : "of the tenant");
}

static RESULT update_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    struct admin_role_new role;
    struct admin_call call;
    TRY(definition_there(c, line, server, &role, &call));
    TRY(find_there(c, server, &role, &call));
    const struct admin_role_put put = { role.description, role.permissions };
    call.method = "PUT";
    call.in_shape = &admin_role_put_shape;
    call.in = &put;
    TRY(admin_send(c, server, &call, NULL));
    command_done(c, line, role.name, role_is_changed);
    return ok();
}

static RESULT delete_one_there(struct ctx *c, const struct command_line *line,
                               const struct admin_server *server)
{
    struct admin_role_new role;
    struct admin_call call;
    TRY(definition_there(c, line, server, &role, &call));
    TRY(find_there(c, server, &role, &call));
    call.method = "DELETE";
    TRY(admin_send(c, server, &call, NULL));
    command_done(c, line, role.name, role_is_removed);
    return ok();
}

/* ---- the rows ---- */

COMMAND_RUN(list)
COMMAND_RUN(create)
COMMAND_RUN(update)
COMMAND_RUN(delete_one)

#define PLACE                                                                                      \
    COMMAND_TENANT_OPTION,                                                                         \
    {                                                                                              \
        "--all-tenants", NULL, "A role of all tenants", false, false                               \
    }
static const struct command_option list_options[] = {
    COMMAND_TENANT_OPTION,
};
static const struct command_option set_options[] = {
    PLACE,
    { "--permission", "PERMISSION", "What it allows: resource:action or resource:*", false, true },
    { "--description", "TEXT", "What it is for", false, false },
};
static const struct command_option delete_options[] = {
    PLACE,
    { "--yes", NULL, "It cannot be undone", true, false },
};

const struct command command_role_list = {
    .name = "role list",
    .summary = "List the roles that can be given in a tenant",
    COMMAND_OPTIONS(list_options),
    .run = run_list,
    .there = list_there,
};
const struct command command_role_create = {
    .name = "role create",
    .summary = "Make a role",
    .arguments = "ROLE",
    COMMAND_OPTIONS(set_options),
    .run = run_create,
    .there = create_there,
};
const struct command command_role_update = {
    .name = "role update",
    .summary = "Replace what a role allows",
    .arguments = "ROLE",
    COMMAND_OPTIONS(set_options),
    .run = run_update,
    .there = update_there,
};
const struct command command_role_delete = {
    .name = "role delete",
    .summary = "Remove a role, from everybody who has it",
    .arguments = "ROLE",
    COMMAND_OPTIONS(delete_options),
    .run = run_delete_one,
    .there = delete_one_there,
};
