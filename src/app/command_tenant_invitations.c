/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth tenant invitations, uninvite: who is invited, and taking it back.
 */
#include "app/command_server.h"
#include "app/command_tenant.h"
#include "app/commands.h"

#include "identity/invitation.h"
#include "store/page.h"

/* ---- showing ---- */

static void show(struct ctx *c, const struct command_line *line,
                 const struct admin_invitation *rows, size_t n)
{
    static const char *const titles[] = { "ID", "ADDRESS", "ROLES", "MADE", "GOOD UNTIL" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    const char **cells = ARENA_NEWS(c->arena, const char *, n *COLUMNS);
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < n; i++) {
        const char **row = cells + i * COLUMNS;
        row[0] = rows[i].id;
        row[1] = rows[i].email;
        row[2] = text_join(c->arena, rows[i].roles, " ");
        row[3] = command_time(c->arena, rows[i].created_at);
        row[4] = command_time(c->arena, rows[i].expires_at);
        shape_write(&w, NULL, &admin_invitation_shape, &rows[i]);
    }
    json_array_end(&w);
    command_show(line, &w);
    if (!line->json)
        command_print_table(c->arena, titles, COLUMNS, cells, n);
}

/* ---- on the data folder ---- */

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct tenant_row *tenant = NULL;
    struct page page = { .limit = PAGE_MAX };
    struct invitation_rows rows;
    TRY(command_tenant_option(c, line, &tenant));
    TRY(invitations_page(c, tenant->id, page, &rows));
    struct admin_invitation *all = ARENA_NEWS(c->arena, struct admin_invitation, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        all[i] = admin_invitation_of(&rows.at[i]);
    show(c, line, all, rows.n);
    return ok();
}

static RESULT withdraw(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct tenant_row *tenant = NULL;
    const char *id = NULL;
    TRY(command_argument(c, line, "the id of an invitation", &id));
    TRY(command_tenant_option(c, line, &tenant));
    TRY(invitation_withdraw(c, NULL, tenant->id, id));
    command_done(c, line, id, "is taken back");
    return ok();
}

COMMAND_RUN(list)

COMMAND_RUN(withdraw)

/* ---- on a server ---- */

static RESULT path_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server, const char **path)
{
    struct admin_tenant tenant;
    TRY(command_tenant_there(c, server, command_value(line, "--tenant"), &tenant));
    *path = admin_path(c->arena, "/admin/tenants", tenant.id, "/invitations");
    return ok();
}

static RESULT list_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    struct admin_call call = { .query = { { "limit", ADMIN_PAGE } }, .most = PAGE_MAX };
    struct items found;
    TRY(path_there(c, line, server, &call.path));
    TRY(admin_list(c, server, &call, &admin_invitation_list_shape, &found));
    show(c, line, found.at, found.n);
    return ok();
}

static RESULT withdraw_there(struct ctx *c, const struct command_line *line,
                             const struct admin_server *server)
{
    const char *id = NULL;
    const char *path = NULL;
    TRY(command_argument(c, line, "the id of an invitation", &id));
    TRY(path_there(c, line, server, &path));
    TRY(command_do_there(c, server, "DELETE", admin_path(c->arena, path, id, "")));
    command_done(c, line, id, "is taken back");
    return ok();
}

static const struct command_option options[] = { COMMAND_TENANT_OPTION };

const struct command command_tenant_invitations = {
    .name = "tenant invitations",
    .summary = "List who is invited into a tenant, at most 200",
    COMMAND_OPTIONS(options),
    .run = run_list,
    .there = list_there,
};
const struct command command_tenant_uninvite = {
    .name = "tenant uninvite",
    .summary = "Take an invitation back: its link is dead at once",
    .arguments = "INVITATION",
    .details = "INVITATION is an id that uauth tenant invitations shows.",
    COMMAND_OPTIONS(options),
    .run = run_withdraw,
    .there = withdraw_there,
};
