/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth permission list: what roles may allow of this service.
 */
#include "api/admin_roles.h"
#include "app/command_server.h"
#include "app/commands.h"

#include "identity/access.h"

static RESULT show(struct ctx *c, const struct command_line *line,
                   const struct admin_permission *rows, size_t n)
{
    static const char *const titles[] = { "PERMISSION", "LEAST ROLE", "WHAT IT ALLOWS" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    const char **cells = ARENA_NEWS(c->arena, const char *, n *COLUMNS);
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < n; i++) {
        const char **row = cells + i * COLUMNS;
        row[0] = rows[i].name;
        row[1] = rows[i].least_role;
        row[2] = rows[i].summary;
        shape_write(&w, NULL, &admin_permission_shape, &rows[i]);
    }
    json_array_end(&w);
    command_show(line, &w);
    if (!line->json)
        command_print_table(c->arena, titles, COLUMNS, cells, n);
    return ok();
}

static RESULT run_list(struct ctx *c, const struct command_line *line)
{
    size_t n = 0;
    const struct permission_row *rows = permission_rows(&n);
    struct admin_permission *all = ARENA_NEWS(c->arena, struct admin_permission, n);
    for (size_t i = 0; i < n; i++)
        all[i] = (struct admin_permission){ rows[i].text, rows[i].least_role, rows[i].summary };
    return show(c, line, all, n);
}

static RESULT list_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    struct items found;
    TRY(admin_list(c, server, &(struct admin_call){ .path = "/admin/permissions" },
                   &admin_permission_list_shape, &found));
    return show(c, line, found.at, found.n);
}

const struct command command_permission_list = {
    .name = "permission list",
    .summary = "List the permissions that calls of the service ask for",
    .details = "A server lists those of its version.",
    .run = run_list,
    .there = list_there,
};
